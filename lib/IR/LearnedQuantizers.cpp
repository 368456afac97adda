//===- LearnedQuantizers.cpp - quantizers as training has them ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/LearnedQuantizers.h"

#include "tally/IR/Parameters.h"

#include <cmath>

using namespace mlir;

namespace tally {

bool keepsCodes(Operation *op) {
  auto movement = dyn_cast<DataMovementOpInterface>(op);
  auto pool = dyn_cast<ReductionOpInterface>(op);
  return (movement && !isa<ObserveOp>(op) && movement.getMoved().size() == 1) ||
         (pool && pool.getReduction() == Reduction::Extremum);
}

LearnedQuantizerOp findLearned(Value value) {
  Operation *op = value.getDefiningOp();
  while (op && keepsCodes(op))
    op = op->getOperand(0).getDefiningOp();
  return dyn_cast_or_null<LearnedQuantizerOp>(op);
}

bool repeatsCodes(LearnedQuantizerOp op) {
  LearnedQuantizerOp before = findLearned(op.getInput());
  return before && before.getScale() == op.getScale() && before.getLevels() == op.getLevels();
}

std::optional<std::vector<double>> getAttention(MixtureOp op) {
  ElementsAttr elements = getConstantElements(op.getLogits());
  if (!elements)
    return std::nullopt;
  std::vector<float> logits = getFloats(elements);
  std::vector<double> attention;
  double most = *llvm::max_element(logits), sum = 0;
  for (float logit : logits)
    sum += attention.emplace_back(std::exp(double(logit) - most));
  for (double &share : attention)
    share /= sum;
  return attention;
}

size_t getDeployedMember(MixtureOp op, ArrayRef<double> attention) {
  return op.getDeploysWinner() ? llvm::max_element(attention) - attention.begin() : 0;
}

} // namespace tally
