//===- LearnedQuantizers.cpp - quantizers as training has them ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/LearnedQuantizers.h"

#include "tally/IR/FilterQuantizer.h"
#include "tally/IR/Parameters.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

Type withScales(Type type, ArrayRef<double> scales) {
  if (auto uniform = dyn_cast<UniformQuantizedType>(type))
    return UniformQuantizedType::get(uniform.getFlags(), uniform.getStorageType(),
                                     uniform.getExpressedType(), scales[0], uniform.getZeroPoint(),
                                     uniform.getStorageTypeMin(), uniform.getStorageTypeMax());
  if (auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type))
    return UniformQuantizedPerAxisType::get(
        perAxis.getFlags(), perAxis.getStorageType(), perAxis.getExpressedType(), scales,
        perAxis.getZeroPoints(), perAxis.getQuantizedDimension(), perAxis.getStorageTypeMin(),
        perAxis.getStorageTypeMax());
  auto powers = cast<PowerOfTwoType>(type);
  return PowerOfTwoType::get(type.getContext(), powers.getBits(), powers.getIsSigned(),
                             powers.getAdditive(), powers.getHasZero(),
                             DenseF64ArrayAttr::get(type.getContext(), scales), powers.getAxis());
}

SmallVector<double> getLevelScales(Type type) {
  if (auto uniform = dyn_cast<UniformQuantizedType>(type))
    return {uniform.getScale()};
  if (auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type))
    return SmallVector<double>(perAxis.getScales());
  if (auto powers = dyn_cast<PowerOfTwoType>(type))
    return SmallVector<double>(powers.getScales());
  return {};
}

int64_t getScaleAxis(Type type) {
  if (auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type))
    return perAxis.getQuantizedDimension();
  if (auto powers = dyn_cast<PowerOfTwoType>(type))
    return powers.getAxis();
  return -1;
}

bool hasZeroPointsAlongAxis(Type type) {
  auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type);
  return perAxis && llvm::any_of(perAxis.getZeroPoints(), [](int64_t zero) { return zero != 0; });
}

Type withSteps(Type type, int64_t most) {
  if (auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type))
    return UniformQuantizedPerAxisType::get(
        perAxis.getFlags(), perAxis.getStorageType(), perAxis.getExpressedType(),
        perAxis.getScales(), perAxis.getZeroPoints(), perAxis.getQuantizedDimension(), -most, most);
  auto uniform = cast<UniformQuantizedType>(type);
  return UniformQuantizedType::get(uniform.getFlags(), uniform.getStorageType(),
                                   uniform.getExpressedType(), uniform.getScale(),
                                   uniform.getZeroPoint(), -most, most);
}

Type getQuantizerLevels(Operation *op) {
  if (auto learned = dyn_cast_or_null<LearnedQuantizerOp>(op))
    return learned.getLevels();
  if (auto ofFilter = dyn_cast_or_null<FilterQuantizerOp>(op))
    return ofFilter.getLevels();
  return {};
}

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
