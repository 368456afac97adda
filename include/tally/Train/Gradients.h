//===- Gradients.h - what flows back to each value --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reverse-mode differentiation of one block: `DifferentiableOpInterface` is the rule of one
// operation, `Gradients` what rules read and add to.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_GRADIENTS_H
#define TALLY_TRAIN_GRADIENTS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace tally {

/// The gradients of values of one block, built behind them.
class Gradients {
public:
  /// Gradients are wanted of `targets` and of what is computed of them.
  Gradients(mlir::OpBuilder &builder, mlir::ArrayRef<mlir::Value> targets);

  mlir::OpBuilder &getBuilder() { return builder; }

  /// Whether `value` depends on a target.
  bool isWanted(mlir::Value value) const { return wanted.contains(value); }
  /// What flows to `value`; null where nothing does.
  mlir::Value of(mlir::Value value) const { return flows.lookup(value); }
  /// Adds `gradient`, of the type of `value`, to what flows to it; ignored where none is wanted.
  void add(mlir::Value value, mlir::Value gradient);

  /// Goes back from the values with gradients to the targets, over all operations of the block in
  /// front of `end`. Emits an error at an operation without a rule, with its layer's name.
  mlir::LogicalResult flowBack(mlir::Operation *end);

private:
  mlir::OpBuilder &builder;
  llvm::DenseSet<mlir::Value> wanted;
  llvm::DenseMap<mlir::Value, mlir::Value> flows;
};

/// The rules of operations of networks, ours and upstream's.
void registerGradientModels(mlir::DialectRegistry &registry);

} // namespace tally

#include "tally/Train/DifferentiableOpInterface.h.inc"

#endif // TALLY_TRAIN_GRADIENTS_H
