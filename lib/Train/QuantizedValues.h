//===- QuantizedValues.h - what quantizers of activations make --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Train.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TRAIN_QUANTIZEDVALUES_H
#define TALLY_LIB_TRAIN_QUANTIZEDVALUES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tally {

/// The results of all quantizers of `function`, learned ones and pairs of casts, on what depends on
/// its inputs, in their order. Arguments that are parameters are no inputs.
llvm::SmallVector<mlir::Value> listQuantizedValues(mlir::func::FuncOp function);

} // namespace tally

#endif // TALLY_LIB_TRAIN_QUANTIZEDVALUES_H
