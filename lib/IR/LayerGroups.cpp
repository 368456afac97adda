//===- LayerGroups.cpp - operations that belong to one layer --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/LayerGroups.h"

#include "tally/IR/Tally.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace tally {

llvm::DenseSet<Value> findActivations(func::FuncOp function) {
  llvm::DenseSet<Value> activations;
  auto add = [&](auto values) {
    for (Value value : values)
      if (isa<RankedTensorType>(value.getType()))
        activations.insert(value);
  };
  add(function.getArguments());
  for (Operation &op : function.front())
    if (llvm::any_of(op.getOperands(), [&](Value v) { return activations.contains(v); }))
      add(op.getResults());
  return activations;
}

/// The operation that alone takes the result of `op`, or null.
static Operation *getOnlyUser(Operation *op) {
  Operation *user = nullptr;
  for (Operation *each : op->getResult(0).getUsers()) {
    if (isa<func::ReturnOp>(each) || (user && user != each))
      return nullptr;
    user = each;
  }
  return user;
}

namespace {

/// Follows chains of operations on one value, each link once.
class Chains {
public:
  Chains(func::FuncOp function, const llvm::DenseSet<Value> &activations) {
    for (Operation &op : function.front())
      if (op.getNumResults() > 0 && activations.contains(op.getResult(0)))
        operations.push_back(&op);
    for (Operation *op : operations) {
      auto taken = llvm::make_filter_range(op->getOperands(),
                                           [&](Value v) { return activations.contains(v); });
      bool joins = std::next(taken.begin()) != taken.end();
      Operation *producer = (*taken.begin()).getDefiningOp();
      if (isa<ReductionOpInterface>(op) || joins)
        next[op] = op;
      else if (producer && getOnlyUser(producer) == op)
        first[op] = getFirst(producer);
    }
    for (Operation *op : llvm::reverse(operations))
      if (Operation *user = next.contains(op) ? nullptr : getOnlyUser(op))
        if (Operation *main = next.lookup(user))
          next[op] = main;
  }

  /// To the first operation of the chain that `op` stands in and, where that only prepares the
  /// input of a layer, to that layer.
  Operation *findMain(Operation *op) const {
    Operation *start = getFirst(op);
    Operation *main = next.lookup(start);
    return main ? main : start;
  }

  SmallVector<Operation *> operations; ///< on activations

private:
  Operation *getFirst(Operation *op) const {
    Operation *start = first.lookup(op);
    return start ? start : op;
  }

  /// The first operations of chains that do not start there.
  llvm::DenseMap<Operation *, Operation *> first;
  /// What sums or joins two values: the operation itself, or the first at the end of a chain.
  llvm::DenseMap<Operation *, Operation *> next;
};

} // namespace

std::vector<LayerGroup> groupLayers(func::FuncOp function,
                                    const llvm::DenseSet<Value> &activations) {
  llvm::MapVector<Operation *, std::vector<Operation *>> members;
  Chains chains(function, activations);
  for (Operation *op : chains.operations)
    members[chains.findMain(op)].push_back(op);
  std::vector<LayerGroup> groups;
  for (auto &[main, operations] : members)
    groups.push_back({main, operations});
  llvm::stable_sort(groups, [](const LayerGroup &a, const LayerGroup &b) {
    return a.main->isBeforeInBlock(b.main);
  });
  return groups;
}

bool isView(Operation *op) {
  auto movement = dyn_cast<DataMovementOpInterface>(op);
  return movement && movement.getMovement() == Movement::View;
}

Value getViewed(Value value) {
  for (Operation *op = value.getDefiningOp(); op && isView(op); op = value.getDefiningOp())
    value = op->getOperand(0);
  return value;
}

StoredTensors::StoredTensors(func::FuncOp function, const llvm::DenseSet<Value> &activations) {
  llvm::DenseSet<Value> taken;
  stored.insert(function.args_begin(), function.args_end());
  for (Operation &op : function.front()) {
    if (isView(&op)) {
      shown[op.getResult(0)] = findBase(op.getOperand(0));
      continue; // its takers are its operand's own
    }
    bool keeps = isa<ReductionOpInterface>(op) || isa<func::ReturnOp>(op);
    llvm::SmallDenseSet<Value> operands;
    for (Value operand : op.getOperands())
      if (activations.contains(operand))
        operands.insert(findBase(operand));
    for (Value tensor : operands)
      if (!taken.insert(tensor).second || keeps)
        stored.insert(tensor);
  }
}

Value StoredTensors::findBase(Value value) const {
  Value base = shown.lookup(value);
  return base ? base : value;
}

} // namespace tally
