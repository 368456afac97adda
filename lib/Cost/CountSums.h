//===- CountSums.h - what sums of a network cost ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_COST_COUNTSUMS_H
#define TALLY_LIB_COST_COUNTSUMS_H

#include "tally/Cost/CountOperation.h"

namespace tally {

/// Counts a convolution, a matrix product, an adder layer or a pooling; false for others.
bool countSum(mlir::Operation *op, CountedOperation &counted);

/// Elements of a tensor.
int64_t elementsOf(mlir::Value value);

/// An operation of `kind` on `value`s of this type.
OperationType typeOf(OperationKind kind, mlir::Value value);

} // namespace tally

#endif // TALLY_LIB_COST_COUNTSUMS_H
