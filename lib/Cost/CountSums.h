//===- CountSums.h - what sums of a network cost ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_COST_COUNTSUMS_H
#define TALLY_LIB_COST_COUNTSUMS_H

#include "tally/Cost/CountOperation.h"
#include "tally/IR/TallyInterfaces.h"

namespace tally {

/// Counts a convolution, a matrix product, an adder layer or a pooling.
CountedOperation countSum(ReductionOpInterface sum);

/// Elements of a tensor.
int64_t elementsOf(mlir::Value value);

/// An operation of `kind` on `value`s of this type.
OperationType typeOf(OperationKind kind, mlir::Value value);

} // namespace tally

#endif // TALLY_LIB_COST_COUNTSUMS_H
