//===- Report.h - what a network costs --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_REPORT_H
#define TALLY_DRIVER_REPORT_H

#include "tally/Cost/CostReport.h"

#include <optional>

namespace tally {

struct ReportJob {
  std::string energyTable;        ///< a file; empty for the built-in table
  std::string memory;             ///< where everything lies; empty for the smallest that fits
  std::optional<MulFree> mulFree; ///< counted for; by default the level that the network remembers
  /// As in CompileJob: what the object takes is reported too. Empty for no object.
  std::string target = {};
  std::string processor = {};
  /// Of each layer in a circuit, all busy; 0 for none.
  int64_t lanes = 0;
  /// The circuit that `emit-verilog` makes, in place of that: its lanes and style, see
  /// EmitVerilogJob.
  struct Circuit {
    std::string lanes, style = "sequential";
  };
  std::optional<Circuit> circuit = {};
};

/// Flash, RAM, operations and estimated energy, layer by layer, beside int8 multiply-accumulate.
Result<CostReport> report(mlir::ModuleOp module, const ReportJob &job);

} // namespace tally

#endif // TALLY_DRIVER_REPORT_H
