//===- LayerGroups.cpp - operations that belong to one layer --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/LayerGroups.h"

#include "tally/IR/Tally.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace tally {

bool isActivation(Value value) {
  if (!isa<RankedTensorType>(value.getType()))
    return false;
  Operation *op = value.getDefiningOp();
  return !op || llvm::any_of(op->getOperands(), isActivation);
}

static SmallVector<Value> getActivations(Operation *op) {
  return llvm::filter_to_vector(op->getOperands(), isActivation);
}

/// Sums, or joins two values.
static bool isMain(Operation *op) {
  return isa<ReductionOpInterface>(op) || getActivations(op).size() > 1;
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

static Operation *findMain(Operation *op) {
  // To the first operation of the chain that `op` stands in ...
  while (!isMain(op)) {
    Operation *producer = getActivations(op).front().getDefiningOp();
    if (!producer || getOnlyUser(producer) != op)
      break;
    op = producer;
  }
  // ... and, where that only prepares the input of a layer, to that layer.
  for (Operation *user = op; user; user = getOnlyUser(user))
    if (isMain(user))
      return user;
  return op;
}

std::vector<LayerGroup> groupLayers(func::FuncOp function) {
  llvm::MapVector<Operation *, std::vector<Operation *>> members;
  for (Operation &op : function.front())
    if (op.getNumResults() > 0 && isActivation(op.getResult(0)))
      members[findMain(&op)].push_back(&op);
  std::vector<LayerGroup> groups;
  for (auto &[main, operations] : members)
    groups.push_back({main, operations});
  llvm::stable_sort(groups, [](const LayerGroup &a, const LayerGroup &b) {
    return a.main->isBeforeInBlock(b.main);
  });
  return groups;
}

Value getViewed(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    auto movement = dyn_cast<DataMovementOpInterface>(op);
    if (!movement || movement.getMovement() != Movement::View)
      break;
    value = op->getOperand(0);
  }
  return value;
}

StoredTensors::StoredTensors(func::FuncOp function) {
  llvm::DenseSet<Value> taken;
  stored.insert(function.args_begin(), function.args_end());
  for (Operation &op : function.front()) {
    if (op.getNumResults() > 0 && getViewed(op.getResult(0)) != op.getResult(0))
      continue; // shows its operand, whose takers are its own
    bool keeps = isa<ReductionOpInterface>(op) || isa<func::ReturnOp>(op);
    llvm::SmallDenseSet<Value> operands;
    for (Value operand : op.getOperands())
      if (isActivation(operand))
        operands.insert(getViewed(operand));
    for (Value tensor : operands)
      if (!taken.insert(tensor).second || keeps)
        stored.insert(tensor);
  }
}

Value StoredTensors::find(Value value) const {
  Value base = isActivation(value) ? getViewed(value) : Value();
  return base && stored.contains(base) ? base : Value();
}

} // namespace tally
