//===- Gradients.cpp - reverse-mode differentiation of one block ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Gradients.h"

#include "GradientModels.h"
#include "TosaBuilder.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

using namespace mlir;

#include "tally/Train/DifferentiableOpInterface.cpp.inc"

namespace tally {

Gradients::Gradients(OpBuilder &builder, ArrayRef<Value> targets) : builder(builder) {
  SmallVector<Value> pending(targets);
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    auto tensor = dyn_cast<RankedTensorType>(value.getType());
    // Codes between two casts pass gradients on.
    if (!tensor || !isa<FloatType, quant::QuantizedType>(tensor.getElementType()) ||
        !wanted.insert(value).second)
      continue;
    for (Operation *user : value.getUsers())
      llvm::append_range(pending, user->getResults());
  }
}

void Gradients::add(Value value, Value gradient) {
  if (!isWanted(value))
    return;
  assert(value.getType() == gradient.getType() && "a gradient has the type of its value");
  Value &flow = flows[value];
  flow = flow ? TosaBuilder(builder, gradient.getLoc()).add(flow, gradient) : gradient;
}

LogicalResult Gradients::flowBack(Operation *end) {
  // Rules add operations behind `end`'s predecessors, so the list is taken first.
  SmallVector<Operation *> forward;
  for (Operation &op : *end->getBlock()) {
    if (&op == end)
      break;
    forward.push_back(&op);
  }
  builder.setInsertionPoint(end);
  for (Operation *op : llvm::reverse(forward)) {
    bool flows = llvm::any_of(op->getResults(), [&](Value result) { return Value(of(result)); });
    if (!flows || llvm::none_of(op->getOperands(), [&](Value v) { return isWanted(v); }))
      continue;
    auto rule = dyn_cast<DifferentiableOpInterface>(op);
    if (!rule)
      return op->emitError() << "'" << op->getName() << "' of layer '" << getLayerName(op)
                             << "' has no gradient, so what is in front of it cannot be trained";
    if (failed(rule.buildGradient(*this)))
      return failure();
  }
  return success();
}

void registerGradientModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TallyDialect *) {
    // The dialects that ours depends on are loaded before it.
    attachElementwiseGradients(context);
    attachLayerGradients(context);
    attachMovementGradients(context);
    attachQuantizerGradients(context);
  });
}

} // namespace tally
