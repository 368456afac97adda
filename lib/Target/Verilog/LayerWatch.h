//===- LayerWatch.h - what a self-test compares of each layer ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_TARGET_VERILOG_LAYERWATCH_H
#define TALLY_LIB_TARGET_VERILOG_LAYERWATCH_H

#include "tally/Data/Tensor.h"
#include "tally/Rtl/Rtl.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace tally {

/// The maps of a circuit, as the layers whose values they hold, in the order in which they are
/// written.
class LayerWatch {
public:
  /// `entry`: the network that `circuit` was made from.
  LayerWatch(rtl::ModuleOp circuit, mlir::func::FuncOp entry);

  size_t size() const { return maps.size(); }
  /// Verilog for the lines that SelfTest.v leaves out: wires to each map, and the names of layers.
  std::string wires() const;
  std::string names() const;
  /// What the reference says for one vector of inputs: results, and a hash for each map.
  mlir::FailureOr<std::vector<Tensor>> interpret(const std::vector<Tensor> &inputs,
                                                 std::vector<uint32_t> &hashes) const;

private:
  struct WatchedMap {
    std::string instance, value;
    int64_t depth, width;
    bool isSigned;
  };
  std::vector<WatchedMap> maps;
  mlir::func::FuncOp entry;
  llvm::DenseMap<mlir::Operation *, std::string> valueNames;
};

} // namespace tally

#endif // TALLY_LIB_TARGET_VERILOG_LAYERWATCH_H
