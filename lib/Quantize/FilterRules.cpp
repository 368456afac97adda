//===- FilterRules.cpp - filters whose scales follow from them ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FilterRules.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Run/FilterQuantizers.h"

using namespace mlir;

namespace tally {

static int bitsOf(LevelRule levels) { return levels == LevelRule::Binary ? 1 : 2; }

static PowerOfTwoType getPowers(MLIRContext *context, LevelRule levels, ArrayRef<double> scales,
                                int32_t axis) {
  PowerOfTwoFormat format = getFormat(levels, bitsOf(levels));
  return PowerOfTwoType::get(context, format.bits, format.isSigned, format.additive, format.hasZero,
                             DenseF64ArrayAttr::get(context, scales), axis);
}

Value quantizeByRule(OpBuilder &builder, Operation *layer, Value filter, LevelRule levels,
                     int bits) {
  MLIRContext *context = builder.getContext();
  auto type = cast<RankedTensorType>(filter.getType());
  int32_t axis = isa<tosa::DepthwiseConv2DOp>(layer) ? 2 : 0;
  SmallVector<double> ones(type.getDimSize(axis), 1.0);
  int64_t most = (int64_t(1) << (bits - 1)) - 1;
  Type element = saysItsScale(levels) ? Type(getPowers(context, levels, ones, axis))
                                      : Type(getPerAxisType(context, {-most, most}, ones, axis));
  return FilterQuantizerOp::create(builder, layer->getLoc(), type, filter, element);
}

RuledFilter RuledFilter::choose(MLIRContext *context, RankedTensorType shape,
                                ArrayRef<float> weights, LevelRule levels, int32_t axis) {
  auto rule = levels == LevelRule::Binary ? reference::WeightScale::Binary
                                          : reference::WeightScale::Ternary;
  auto [stride, places] = FilterPlaces::of(shape.getShape(), axis);
  reference::FilterScales<float> measured = reference::measureFilter(
      rule, weights.data(), int64_t(weights.size()), stride, places, /*most=*/1);
  SmallVector<double> scales;
  for (float scale : measured.scales)
    scales.push_back(boundScale(scale));
  RuledFilter result;
  result.element = getPowers(context, levels, scales, axis);
  PowerOfTwoLevels set = result.element.getLevels();
  for (auto [i, weight] : llvm::enumerate(weights)) {
    int64_t place = int64_t(i) / stride % places;
    double threshold = measured.thresholds.empty() ? 0 : measured.thresholds[place];
    float level = reference::weightLevel(rule, weight, measured.scales[place], threshold, 1);
    result.codes.push_back(*set.encode(int64_t(level)));
  }
  return result;
}

} // namespace tally
