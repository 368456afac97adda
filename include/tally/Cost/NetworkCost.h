//===- NetworkCost.h - a network's operations and bytes ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_COST_NETWORKCOST_H
#define TALLY_COST_NETWORKCOST_H

#include "tally/Cost/OperationCount.h"
#include "tally/IR/MulFree.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tally {

/// Bytes that move for one image.
struct Traffic {
  int64_t weights = 0;           ///< weights and other constants, once each
  int64_t read = 0, written = 0; ///< activations

  int64_t activations() const { return read + written; }
  void add(const Traffic &other);
};

/// For one image.
struct LayerCost {
  std::string name, operation;
  OperationCount operations, int8Operations;
  OperationCount spared; ///< more that other weights on the same levels could take
  Traffic packed;        ///< at the width of codes
  Traffic stored;        ///< at the width that code stores them in
  Traffic int8;

  /// Of sums of inputs and weights: how many pairs are combined (multiply-accumulates, absolute
  /// differences, or shifts), and how; 0 elsewhere.
  int64_t products = 0;
  OperationType product{OperationKind::Multiply, 0};
  // Of sums; 0 elsewhere.
  int inputBits = 0, weightBits = 0, accumulatorBits = 0;
  /// Constant codes, and how many of them are zero.
  int64_t weights = 0, zeroWeights = 0;
  /// EBOPs (see `CountedOperation`).
  int64_t bitOperations = 0;
  /// Whether zero weights cost nothing: the layer shifts and adds.
  bool skipsZeros = false;
  /// Whether it shifts by sums of powers of two.
  bool isAdditive = false;
  /// Kinds of operations that nothing says a count for.
  std::vector<std::string> notCounted;
};

struct NetworkCost {
  MulFree level = MulFree::No;
  std::vector<LayerCost> layers;
  LayerCost total;                                    ///< counts, EBOPs and traffic only
  int64_t skippedWeights = 0, skippedZeroWeights = 0; ///< of layers that shift and add
};

/// Every layer of a network of any stage, in program order.
mlir::FailureOr<NetworkCost> countNetwork(mlir::ModuleOp module, MulFree level = MulFree::No);

} // namespace tally

#endif // TALLY_COST_NETWORKCOST_H
