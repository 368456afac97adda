//===- VerilogSources.h - a network as Verilog ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_VERILOG_VERILOGSOURCES_H
#define TALLY_TARGET_VERILOG_VERILOGSOURCES_H

#include "tally/Data/Tensor.h"
#include "tally/Rtl/Schedule.h"
#include "tally/Support/File.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tally {

struct VerilogSources {
  struct File {
    std::string name, contents;
  };
  /// NAME.v first; then its tables, self-test, lists for tools, and the library.
  std::vector<File> files;
  std::vector<std::string> schedule; ///< stages, lanes, cycles: lines to be read
  int64_t latency = 0;               ///< cycles of an image by itself
};

struct VerilogOptions {
  std::string name = "net"; ///< of the module, and prefix of files
  /// Lanes: filters at once, as many of a layer as tools take quickly where 0, by input channels at
  /// once.
  int64_t filterLanes = 0, channelLanes = 1;
  bool pipelined = false; ///< stages work at the same time, each on another image
};

/// What the circuit of an `integer` network takes, of which nothing is written.
struct VerilogSchedule {
  std::vector<StageSummary> stages;
  int64_t interval = 0, latency = 0; ///< cycles from an image to the next, and of one by itself
};
mlir::FailureOr<VerilogSchedule> scheduleVerilog(mlir::ModuleOp module,
                                                 const VerilogOptions &options);

/// An `integer` network as a circuit of stages, with a self-test on `vectors`.
mlir::FailureOr<VerilogSources> emitVerilog(mlir::ModuleOp module, const VerilogOptions &options,
                                            const std::vector<std::vector<Tensor>> &vectors);

/// The files that do not depend on the network.
std::vector<std::string> verilogSourcePaths(const std::string &directory, const std::string &name);

/// All of them, or none.
Status writeVerilogSources(const VerilogSources &sources, const std::string &directory);

} // namespace tally

#endif // TALLY_TARGET_VERILOG_VERILOGSOURCES_H
