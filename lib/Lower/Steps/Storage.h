//===- Storage.h - which tensors get a buffer -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. A tensor is stored where computing its elements again at
// each use would cost more than memory: inputs of reductions, padded tensors, values
// with several users, results of the function. Everything else is computed inside the loop
// nest that needs it.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_STEPS_STORAGE_H
#define TALLY_LIB_LOWER_STEPS_STORAGE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

namespace tally {

/// The value whose elements, in the same row-major order, `value` shows under
/// another shape.
mlir::Value getStorageBase(mlir::Value value);

/// The dense elements of a constant tensor, or null.
mlir::ElementsAttr getConstantTensor(mlir::Value value);

struct StorageOptions {
  bool noDivision = false; ///< no index has to be divided
  /// What pooling reads, in windows that do not overlap, is computed while it is read: that takes
  /// less memory.
  bool fuseWindows = false;
};

/// The bases that get a buffer, in program order, without the function's arguments.
llvm::SetVector<mlir::Value> findStoredValues(mlir::func::FuncOp function,
                                              const StorageOptions &options);

} // namespace tally

#endif // TALLY_LIB_LOWER_STEPS_STORAGE_H
