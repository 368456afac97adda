//===- EmitVerilog.h - a network becomes a circuit --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_EMITVERILOG_H
#define TALLY_DRIVER_EMITVERILOG_H

#include "tally/Driver/Images.h"
#include "tally/Support/Output.h"
#include "tally/Target/Verilog/VerilogSources.h"

namespace tally {

struct EmitVerilogJob {
  std::string name = "net";         ///< of the module, and prefix of files
  std::string lanes;                ///< FxC: filters by input channels; empty: see Rtl/Lanes.h
  std::string style = "sequential"; ///< or `pipelined`
  int64_t vectors = 2;              ///< golden vectors of the self-test, where there are no images
  ImageOptions images;              ///< those of the self-test, if any
};

/// What `lanes` and `style` of a job say; a usage error where they say nothing.
Result<VerilogOptions> chooseVerilogOptions(const std::string &lanes, const std::string &style);

/// Emits an `integer` network as Verilog, with a self-test.
Result<VerilogSources> emitVerilog(mlir::ModuleOp module, const EmitVerilogJob &job);

/// The same into the directory of `files`, where it replaces none of their inputs; stages, lanes
/// and cycles as lines.
Result<std::vector<std::string>> emitVerilog(mlir::ModuleOp module, const EmitVerilogJob &job,
                                             const Files &files);

} // namespace tally

#endif // TALLY_DRIVER_EMITVERILOG_H
