//===- StepOrigins.cpp - what a step computes, and its name ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tally/IR/Tally.h"

#include "StepOrigins.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace tally {

void StepOrigin::attachTo(Operation *call) const {
  Builder builder(call->getContext());
  call->setAttr(TallyDialect::kStepAttr, builder.getStringAttr(name));
  SmallVector<StringRef> layerNames(layers.begin(), layers.end());
  call->setAttr(TallyDialect::kLayersAttr, builder.getStrArrayAttr(layerNames));
  if (value)
    call->setAttr(TallyDialect::kValueAttr, value);
  if (!border)
    return;
  call->setAttr(TallyDialect::kShapeAttr, builder.getDenseI64ArrayAttr(shape));
  call->setAttr(TallyDialect::kLowAttr, builder.getDenseI64ArrayAttr(low));
  call->setAttr(TallyDialect::kHighAttr, builder.getDenseI64ArrayAttr(high));
  call->setAttr(TallyDialect::kBorderAttr, border);
}

/// The same elements in the same order.
static bool isView(Operation *op) {
  return isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp>(op);
}

StepOrigins::StepOrigins(func::FuncOp function, const llvm::SetVector<Value> &stored)
    : stored(stored) {
  for (Operation &op : function.front()) {
    for (const Origin &origin : getOrigins(op.getLoc())) {
      if (op.getNumOperands() == 0 || origin.value.empty())
        continue;
      names.reserve(origin.layer);
      // What only shows a value completes it where nothing computes it.
      auto [it, isNew] = last.try_emplace(origin.value, &op);
      if (!isNew && (!isView(&op) || isView(it->second)))
        it->second = &op;
    }
  }
}

SmallVector<Origin> StepOrigins::completes(Operation *op) const {
  SmallVector<Origin> origins;
  if (op)
    llvm::copy_if(getOrigins(op->getLoc()), std::back_inserter(origins),
                  [&](const Origin &origin) { return last.lookup(origin.value) == op; });
  return origins;
}

/// What is computed where `value` is stored, in program order.
SmallVector<Operation *> StepOrigins::findOperations(Value value) const {
  llvm::SetVector<Operation *> found;
  SmallVector<Value> open = {value};
  while (!open.empty()) {
    Value next = open.pop_back_val();
    Operation *op = next.getDefiningOp();
    bool isRead = next != value && stored.contains(next);
    if (!op || isRead || !found.insert(op))
      continue;
    // Bodies may read tensors from outside.
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (operand.getParentBlock() == op->getBlock() && isa<RankedTensorType>(operand.getType()))
          open.push_back(operand);
    });
  }
  SmallVector<Operation *> operations = found.takeVector();
  llvm::sort(operations, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return operations;
}

/// What a step does that computes no layer, but `value`.
static std::string getPart(Value value, const std::optional<Origin> &origin) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<tensor::PadOp>(op))
    return "pad";
  if (!op || isView(op))
    return "copy";
  if (!origin)
    return "step";
  if (!origin->part.empty())
    return origin->part;
  // What two concatenations begin with is stored once, and is neither's result.
  return isa<tensor::InsertSliceOp>(op) ? "beginning" : "sum";
}

std::string StepOrigins::makeName(Value value, ArrayRef<Operation *> operations) {
  Operation *op = value.getDefiningOp();
  std::optional<Origin> origin = op ? getOrigin(op->getLoc()) : std::nullopt;
  std::string layer = origin ? origin->layer : "";
  return names.forPart(layer, operations.empty() ? "copy" : getPart(value, origin));
}

Attribute StepOrigins::findValue(Value value) const {
  Builder builder(value.getContext());
  while (Operation *op = value.getDefiningOp()) {
    if (SmallVector<Origin> origins = completes(op); origins.size() == 1)
      return builder.getStringAttr(origins.front().value);
    if (!isView(op))
      return {};
    value = op->getOperand(0);
  }
  return builder.getI64IntegerAttr(cast<BlockArgument>(value).getArgNumber());
}

StepOrigin StepOrigins::next(Value value) {
  StepOrigin step;
  SmallVector<Operation *> operations;
  if (bool isCopy = !written.insert(value).second; !isCopy)
    operations = findOperations(value);
  for (Operation *op : operations)
    for (const Origin &origin : completes(op))
      if (origin.part.empty() && computed.insert(origin.layer).second)
        step.layers.push_back(origin.layer);
  step.name = step.layers.empty() ? makeName(value, operations) : names.forLayers(step.layers);

  Value inside = value;
  if (auto pad = value.getDefiningOp<tensor::PadOp>()) {
    auto low = getConstantIntValues(pad.getMixedLowPad());
    auto high = getConstantIntValues(pad.getMixedHighPad());
    Value padding = pad.getConstantPaddingValue();
    // With another border it is not a value that is known.
    if (!low || !high || !padding || !matchPattern(padding, m_Constant(&step.border)))
      return step;
    step.low = *low;
    step.high = *high;
    step.shape = llvm::to_vector(pad.getSourceType().getShape());
    inside = pad.getSource();
  }
  step.value = findValue(inside);
  return step;
}

} // namespace tally
