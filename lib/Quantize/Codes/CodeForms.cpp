//===- CodeForms.cpp - operations that codes do not have ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CodeForms.h"

#include "Quantize/ElementFunctions.h"
#include "Quantize/Network.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/CodeForms.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally {

/// What computes `value`, before it is rounded or shown under another shape.
static Operation *findComputation(Value value) {
  Operation *op = value.getDefiningOp();
  while (isa_and_nonnull<DequantizeCastOp, QuantizeCastOp, tosa::ReshapeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return op;
}

bool endsSoftmax(Operation *op) {
  if (!isa<tosa::MulOp, tosa::SubOp>(op))
    return false;
  return llvm::any_of(op->getOperands(), [](Value operand) {
    Operation *function = findComputation(operand);
    if (!isa_and_nonnull<tosa::ReciprocalOp, tosa::LogOp>(function))
      return false;
    Operation *sum = findComputation(function->getOperand(0));
    return isa_and_nonnull<tosa::ReduceSumOp, SumPool2DOp>(sum) &&
           isa_and_nonnull<tosa::ExpOp>(findComputation(sum->getOperand(0)));
  });
}

bool endsNetwork(Value value) {
  return llvm::all_of(value.getUsers(), [](Operation *user) {
    return isa<func::ReturnOp>(user) ||
           ((isDataMovement(user) || isa<QuantizeCastOp, DequantizeCastOp>(user)) &&
            endsNetwork(user->getResult(0)));
  });
}

/// What `op` is that integer networks do not have; nothing where they have it.
static std::string findLack(Operation *op, const ElementFunctions &functions) {
  if (isa<tosa::MatMulOp>(op))
    return "multiplies two computed matrices";
  if (endsSoftmax(op))
    return endsNetwork(op->getResult(0)) ? "" : "is a Softmax";
  if (op->getNumResults() != 1 || !getElementTypeOrSelf(op->getResult(0).getType()).isF32())
    return "";
  bool hasForm = isDataMovement(op) || isa<ReductionOpInterface>(op) || isChannelwise(op) ||
                 isa<tosa::AddOp, tosa::SubOp, tosa::MaximumOp, tosa::MinimumOp, tosa::MulOp,
                     tosa::NegateOp, tosa::ReduceSumOp, tosa::ReduceMaxOp, tosa::ReduceMinOp,
                     DequantizeCastOp, DecodeOp, SnapOp, ObserveOp>(op) ||
                 getConstantElements(op->getResult(0)) || functions.inputOf(op->getResult(0));
  return hasForm ? "" : ("is a '" + op->getName().getStringRef() + "'").str();
}

void remarkLayersWithoutCodes(func::FuncOp network) {
  ParameterIndex parameters(network->getParentOfType<ModuleOp>());
  ElementFunctions functions(network);
  for (Operation &op : network.front().without_terminator())
    if (std::string lack = findLack(&op, functions); !lack.empty())
      op.emitRemark() << "layer '" << getLayerName(&op) << "' " << lack
                      << ", which integer networks do not have: quantize will refuse the network";
}

} // namespace tally
