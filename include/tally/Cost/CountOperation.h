//===- CountOperation.h - what one operation of a network costs -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_COST_COUNTOPERATION_H
#define TALLY_COST_COUNTOPERATION_H

#include "tally/Cost/OperationCount.h"
#include "tally/IR/MulFree.h"

#include "mlir/IR/Operation.h"

namespace tally {

/// What it takes to compute the result of one operation on tensors of static shape, for the
/// whole batch. docs/Report.md says how each is counted.
struct CountedOperation {
  OperationCount operations;
  /// The same with 8-bit weights and activations that are multiplied, and 32-bit sums.
  OperationCount int8;
  /// False for operations that nothing says a count for, such as `tosa.exp`: they neither have
  /// the CostOpInterface nor move or reduce elements.
  bool known = true;

  /// Of sums of inputs and weights: how many pairs are combined, and how; 0 elsewhere.
  int64_t products = 0;
  OperationType product{OperationKind::Multiply, 0};
  // Of sums; 0 elsewhere.
  int inputBits = 0, weightBits = 0;
  int accumulatorBits = 0; ///< what the range of the result's type needs

  // Of layers whose filter is a constant of codes.
  int64_t weights = 0, zeroWeights = 0;
  /// Effective bit operations (EBOPs: HGQ), of constant codes but for adder layers: bits of the
  /// weight from its highest to its lowest digit, times those of the input.
  int64_t bitOperations = 0;
  bool skipsZeros = false; ///< zero weights cost nothing
  bool isAdditive = false; ///< weights are sums of powers of two
  /// What it would take more if no weight were 0 and all had the most terms.
  OperationCount spared;
};

/// From `MulFree::Compute` on, requantizations are counted as shifts and additions.
CountedOperation countOperation(mlir::Operation *op, MulFree level = MulFree::No);

/// Bits that a code of an element type needs; the width of a float.
int getCodeBits(mlir::Type elementType);

} // namespace tally

#endif // TALLY_COST_COUNTOPERATION_H
