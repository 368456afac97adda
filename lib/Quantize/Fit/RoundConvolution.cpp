//===- RoundConvolution.cpp - a convolution's weights on powers of two ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerFitter.h"
#include "Quantize/FilterLevels.h"
#include "Quantize/FilterRules.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Math/LevelAdmm.h"
#include "tally/Support/Parallel.h"

#include "llvm/Support/DebugLog.h"
#include <cmath>

using namespace mlir;

#define DEBUG_TYPE "tally-fit-layers"

namespace tally {

namespace {

/// Filters that read the same inputs, and the moments of these.
struct FilterGroup {
  std::vector<float> weights;    // [filters, terms]
  std::vector<int64_t> elements; // where each weight lies in the parameter
  std::optional<InputMoments> inputs;
};

/// One group for an ordinary convolution, one a channel for a depthwise one.
std::vector<FilterGroup> makeGroups(ArrayRef<float> weights, RankedTensorType filter,
                                    bool depthwise) {
  std::vector<FilterGroup> groups(depthwise ? filter.getDimSize(2) : 1);
  if (!depthwise) {
    groups[0].weights = weights.vec();
    for (int64_t i = 0; i < int64_t(weights.size()); ++i)
      groups[0].elements.push_back(i);
    return groups;
  }
  int64_t taps = filter.getDimSize(0) * filter.getDimSize(1);
  int64_t channels = filter.getDimSize(2), multiplier = filter.getDimSize(3);
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t m = 0; m < multiplier; ++m)
      for (int64_t tap = 0; tap < taps; ++tap) {
        int64_t element = (tap * channels + c) * multiplier + m;
        groups[c].elements.push_back(element);
        groups[c].weights.push_back(weights[element]);
      }
  return groups;
}

/// Second moments of the inputs under the window, in pieces that need little memory.
InputMoments measureInputs(const Tensor &input, const Window &window, const Shape &outputShape,
                           ArrayRef<int64_t> positions, int64_t first, int64_t channels) {
  constexpr size_t kPiece = 4096;
  InputMoments moments(window.kernel[0] * window.kernel[1] * channels);
  for (size_t begin = 0; begin < positions.size(); begin += kPiece)
    moments.add(gatherPatches(input, window, outputShape,
                              positions.slice(begin, std::min(kPiece, positions.size() - begin)),
                              first, channels));
  return moments;
}

/// Rounds without looking at how inputs vary together.
FittedFilter roundPlainly(const PaddedMatrix &moments, ArrayRef<float> weights, double scale,
                          const LevelGrid &grid, const PowerOfTwoLevels &levels,
                          RoundingRule rule) {
  FittedFilter filter = roundToNearest(moments, weights, grid, scale);
  if (rule == RoundingRule::Log)
    for (size_t k = 0; k < weights.size(); ++k)
      filter.levels[k] = grid.nearest(double(levels.nearestExponent(weights[k] / scale)));
  return filter;
}

std::vector<FittedFilter> fitGroup(const FilterGroup &group, const LayerPlan &plan,
                                   const LevelGrid &grid, const PowerOfTwoLevels &levels,
                                   bool oneScale) {
  // What is corrected afterwards need not be kept by the rounding.
  PaddedMatrix moments = plan.correction == Correction::None ? group.inputs->secondMoments()
                                                             : group.inputs->covariance();
  if (plan.rounding == RoundingRule::Compensated) {
    LevelFitOptions options;
    options.powerOfTwo = plan.powerOfTwoScales;
    options.shared = oneScale;
    return fitFilters(moments, factorForRounding(moments), group.weights, grid, options);
  }
  if (plan.rounding == RoundingRule::Admm) {
    AdmmOptions options;
    options.powerOfTwo = plan.powerOfTwoScales;
    options.shared = oneScale;
    return fitByAdmm(moments, group.weights, grid, options);
  }
  int64_t terms = moments.terms();
  ArrayRef<float> all = group.weights;
  std::vector<double> meanSquares = group.inputs->secondMoments().diagonal(), repeated;
  for (size_t f = 0; f < all.size() / terms; ++f)
    repeated.insert(repeated.end(), meanSquares.begin(), meanSquares.end());
  double shared = searchScale(all, repeated, grid, plan.powerOfTwoScales).scale;
  std::vector<FittedFilter> filters;
  for (size_t first = 0; first < all.size(); first += terms) {
    ArrayRef<float> weights = all.slice(first, terms);
    double scale =
        oneScale ? shared : searchScale(weights, meanSquares, grid, plan.powerOfTwoScales).scale;
    filters.push_back(roundPlainly(moments, weights, scale, grid, levels, plan.rounding));
  }
  return filters;
}

} // namespace

LogicalResult LayerFitter::roundConvolution(Operation *layer, const LayerSamples &sample,
                                            const LayerPlan &plan) {
  std::string name = getLayerName(layer).str();
  bool additive = plan.levels == LevelRule::AdditivePowerOfTwo;
  Result<PowerOfTwoLevels> levels = PowerOfTwoLevels::get(getFormat(plan.levels, plan.bits));
  if (!levels)
    return layer->emitError() << "layer '" << name << "': " << levels.error().message;
  if (additive && plan.rounding == RoundingRule::Log)
    return layer->emitError() << "layer '" << name
                              << "': sums of powers of two have no nearest exponent; use the "
                                 "rounding 'nearest', 'compensated' or 'admm'";
  auto load = layer->getOperand(1).getDefiningOp<ml_program::GlobalLoadConstOp>();
  ElementsAttr elements = getConstantElements(layer->getOperand(1));
  std::vector<float> weights = load && elements ? getFloats(elements) : std::vector<float>();
  if (weights.empty())
    return layer->emitError() << "layer '" << name << "' requires a constant filter";
  for (float w : weights)
    if (!std::isfinite(w))
      return layer->emitError() << "layer '" << name << "' has a weight that is not finite: " << w;

  auto filterType = cast<RankedTensorType>(layer->getOperand(1).getType());
  bool depthwise = isa<tosa::DepthwiseConv2DOp>(layer);
  Value filter = layer->getOperand(1);
  if (saysItsScale(plan.levels)) {
    RuledFilter ruled = RuledFilter::choose(layer->getContext(), filterType, weights, plan.levels,
                                            depthwise ? 2 : 0);
    LDBG() << "'" << name << "': " << weights.size() << " weights on " << ruled.element;
    run.continueAt(replaceFilter(layer, ruled.element, ruled.codes), filter);
    return success();
  }
  Shape outputShape(cast<RankedTensorType>(layer->getResult(0).getType()).getShape());
  const Tensor &input = run.get(layer->getOperand(0));
  LevelGrid grid(ArrayRef<int64_t>(levels->sorted()));
  std::vector<FilterGroup> groups = makeGroups(weights, filterType, depthwise);
  Window window = *cast<ReductionOpInterface>(layer).getWindow();
  std::vector<uint8_t> codes(weights.size());
  std::vector<double> scales;
  int64_t channels = depthwise ? 1 : filterType.getDimSize(3);
  for (auto [index, group] : llvm::enumerate(groups)) {
    group.inputs =
        measureInputs(input, window, outputShape, sample.positions, index * channels, channels);
    std::vector<FittedFilter> filters =
        fitGroup(group, plan, grid, *levels, plan.sharedScale || depthwise);
    for (const FittedFilter &filter : filters)
      if (!depthwise || &filter == &filters.front())
        scales.push_back(boundScale(filter.scale));
    size_t next = 0;
    for (const FittedFilter &filter : filters)
      for (int level : filter.levels)
        codes[group.elements[next++]] = *levels->encode(levels->sorted()[level]);
  }

  OpBuilder builder(layer);
  bool oneScale = plan.sharedScale && !depthwise;
  if (oneScale)
    scales.resize(1);
  auto element = PowerOfTwoType::get(builder.getContext(), plan.bits, true, additive, true,
                                     builder.getDenseF64ArrayAttr(scales),
                                     oneScale    ? -1
                                     : depthwise ? 2
                                                 : 0);
  LDBG() << "'" << name << "': " << weights.size() << " weights on " << element;
  run.continueAt(replaceFilter(layer, element, codes), filter);
  return success();
}

} // namespace tally
