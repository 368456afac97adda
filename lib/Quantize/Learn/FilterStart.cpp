//===- FilterStart.cpp - what learned quantizers of filters start as ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FilterStart.h"
#include "Quantize/FilterLevels.h"
#include "Quantize/Network.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Math/LevelGrid.h"

#include <cmath>

using namespace mlir;

namespace tally {

/// The scale whose `outermost` level is the largest of `weights`.
static float getSpan(ArrayRef<float> weights, double outermost) {
  float largest = 0;
  for (float weight : weights)
    largest = std::max(largest, std::fabs(weight));
  return std::max(largest, 1e-30f) / float(outermost);
}

FilterStart FilterStart::choose(Operation *layer, Value filter, const QuantizerMember &member) {
  MLIRContext *context = layer->getContext();
  LayerPlan plan = getPlan(layer);
  auto type = cast<RankedTensorType>(filter.getType());
  std::vector<float> weights = getFloats(getConstantElements(filter));
  bool depthwise = isa<tosa::DepthwiseConv2DOp>(layer), isFit = isFitted(member.levels);
  int32_t axis = depthwise ? 2 : 0;
  int64_t channels = type.getDimSize(axis);
  int64_t inner = depthwise ? type.getDimSize(3) : int64_t(weights.size()) / channels;
  bool shared = isFit && plan.sharedScale;
  std::vector<std::vector<float>> parts(shared ? 1 : channels);
  for (size_t i = 0; i < weights.size(); ++i)
    parts[shared ? 0 : int64_t(i) / inner % channels].push_back(weights[i]);

  // Whose scales are not the weights' own (see FilterRules.h).
  StepRule steps = member.steps.value_or(plan.steps);
  FilterStart start;
  SmallVector<double> ones(parts.size(), 1.0);
  std::vector<double> grid;
  if (isFit) {
    bool additive = member.levels == LevelRule::AdditivePowerOfTwo;
    auto powers = PowerOfTwoType::get(context, member.bits, true, additive, true,
                                      DenseF64ArrayAttr::get(context, ones), shared ? -1 : axis);
    const PowerOfTwoLevels levels = powers.getLevels();
    grid.assign(levels.sorted().begin(), levels.sorted().end());
    start.levels = powers;
  } else {
    int64_t levels = (int64_t(1) << (member.bits - 1)) - 1;
    for (int64_t level = -levels; level <= levels; ++level)
      grid.push_back(double(level));
    start.levels = getPerAxisType(context, {-levels, levels}, ones, axis);
  }
  for (const std::vector<float> &part : parts)
    start.scales.push_back(
        steps == StepRule::MinMax
            ? getSpan(part, grid.back())
            : float(searchScale(part, {}, LevelGrid(grid), isFit && plan.powerOfTwoScales,
                                ErrorRule::Fourth)
                        .scale));
  return start;
}

} // namespace tally
