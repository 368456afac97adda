//===- LayerGroups.h - operations that belong to one layer ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a reader calls a layer: one operation that sums, or joins two values, with the
// element-by-element operations around it. And which tensors a network keeps in memory between
// its layers.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_LAYERGROUPS_H
#define TALLY_IR_LAYERGROUPS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include <vector>

namespace tally {

struct LayerGroup {
  mlir::Operation *main; ///< the first one, where none sums or joins
  std::vector<mlir::Operation *> operations;
};

/// The tensors of `function` that depend on its arguments.
llvm::DenseSet<mlir::Value> findActivations(mlir::func::FuncOp function);

/// Every operation of `function` that computes on `activations`, once, groups in program order.
/// An operation on one value belongs to the layer whose result it takes, if nothing else
/// takes that, or else to the layer that alone takes what it makes.
std::vector<LayerGroup> groupLayers(mlir::func::FuncOp function,
                                    const llvm::DenseSet<mlir::Value> &activations);

/// Whether `op` shows its operand under another shape, or a part of it.
bool isView(mlir::Operation *op);

/// The value that `value` shows under another shape, or a part of; itself where it shows none.
mlir::Value getViewed(mlir::Value value);

/// The tensors that are kept in memory: arguments, results, inputs of sums, and values that are
/// taken more than once. All others are intermediate results of one element. Reshaped or
/// sliced tensors are part of the tensor they show.
class StoredTensors {
public:
  StoredTensors(mlir::func::FuncOp function, const llvm::DenseSet<mlir::Value> &activations);

  /// The stored tensor that `value` shows all or a part of, or null.
  mlir::Value find(mlir::Value value) const {
    mlir::Value base = findBase(value);
    return stored.contains(base) ? base : mlir::Value();
  }
  bool contains(mlir::Value value) const { return stored.contains(value); }

private:
  /// The value that `value` shows under another shape, or a part of.
  mlir::Value findBase(mlir::Value value) const;

  llvm::DenseSet<mlir::Value> stored;
  llvm::DenseMap<mlir::Value, mlir::Value> shown; ///< only those that show another value
};

} // namespace tally

#endif // TALLY_IR_LAYERGROUPS_H
