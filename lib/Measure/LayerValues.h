//===- LayerValues.h - what layers pass on ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_MEASURE_LAYERVALUES_H
#define TALLY_LIB_MEASURE_LAYERVALUES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <string>
#include <vector>

namespace tally {

/// A value that other layers take or that the network returns.
struct LayerValue {
  std::string layer;
  mlir::Operation *op; ///< that makes it, its only result
};

/// All of them that depend on the network's inputs, in program order.
std::vector<LayerValue> listLayerValues(mlir::func::FuncOp entry);

/// The network up to `op`, an operation of its entry: its only result is that of `op`.
mlir::OwningOpRef<mlir::ModuleOp> cutBehind(mlir::ModuleOp module, mlir::Operation *op);

} // namespace tally

#endif // TALLY_LIB_MEASURE_LAYERVALUES_H
