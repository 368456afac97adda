//===- LearnedParts.cpp - of what learned quantizers are made -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LearnedParts.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/Parameters.h"
#include "tally/Run/Categorical.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

Type withUnitScale(Type type) {
  return withScales(type, SmallVector<double>(getLevelScales(type).size(), 1.0));
}

Value getFloatFilter(Operation *layer) {
  Value filter = layer->getOperand(1);
  if (auto dequantize = filter.getDefiningOp<DequantizeCastOp>())
    if (auto quantize = dequantize.getInput().getDefiningOp<QuantizeCastOp>())
      filter = quantize.getInput();
  ElementsAttr elements = getConstantElements(filter);
  return elements && isa<Float32Type>(elements.getElementType()) ? filter : Value();
}

Value makeConstant(OpBuilder &builder, Location loc, ArrayRef<float> numbers) {
  auto type = RankedTensorType::get(int64_t(numbers.size()), builder.getF32Type());
  return tosa::ConstOp::create(builder, loc, type, DenseElementsAttr::get(type, numbers));
}

Value makeSigma(OpBuilder &builder, Location loc, const std::string &name,
                std::vector<float> scales) {
  for (float &scale : scales)
    scale *= float(reference::kFirstSigma);
  return makeParameter(builder, loc, name + ".sigma", int64_t(scales.size()), scales);
}

Value makeMasks(OpBuilder &builder, Location loc, const std::string &name, const LayerPlan &plan) {
  if (plan.dropBits == DropRule::None)
    return {};
  bool byEndpoints = plan.dropBits == DropRule::Endpoints;
  int64_t largest = (int64_t(1) << (plan.bits - 1)) - 1;
  int64_t count = reference::maskOf(largest, byEndpoints) + 1;
  std::vector<float> start(count, float(std::log(plan.keep / (1 - plan.keep))));
  Value logits = plan.learnedBits ? makeParameter(builder, loc, name + ".masks", count, start)
                                  : makeConstant(builder, loc, start);
  return LevelMasksOp::create(builder, loc, logits, /*noise=*/Value());
}

void eraseUnused(DequantizeCastOp pair) {
  Operation *quantize = pair.getInput().getDefiningOp();
  if (!pair->use_empty())
    return;
  pair.erase();
  if (quantize->use_empty())
    quantize->erase();
}

} // namespace tally
