//===- FilterLevels.cpp - filters and values on powers of two -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FilterLevels.h"

#include "BroughtQuantizers.h"

#include "tally/IR/QuantizedTypes.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

Operation *replaceFilter(Operation *layer, PowerOfTwoType element,
                         const std::vector<uint8_t> &codes) {
  OpBuilder builder(layer);
  auto filterType = cast<RankedTensorType>(layer->getOperand(1).getType());
  auto codeType = filterType.clone(element);
  std::string symbol = takeName(getFilterValues(layer->getOperand(1)).load);
  auto parameter = addParameter(layer->getParentOfType<ModuleOp>(), symbol, codeType,
                                packCodes(codeType, codes, symbol));
  Value packed = loadParameter(builder, layer->getLoc(), parameter);
  auto decode = DecodeOp::create(builder, layer->getLoc(), filterType, packed);
  layer->setOperand(1, decode);
  return packed.getDefiningOp();
}

double recognizeStep(ArrayRef<float> values) {
  double largest = 0;
  for (float v : values)
    largest = std::max<double>(largest, std::fabs(v));
  if (!(largest > 0) || !std::isfinite(largest))
    return 0;
  constexpr double kTolerance = 1e-3;
  for (int steps = 1; steps <= 127; ++steps) {
    double step = largest / steps;
    if (llvm::all_of(values, [&](float v) {
          return std::fabs(v / step - std::round(v / step)) < kTolerance;
        }))
      return step;
  }
  return 0;
}

/// The scale near `scale` by which the largest of `values` is a level, where all values are
/// integers times `step`.
static double getExactScale(ArrayRef<float> values, double step, double scale,
                            const PowerOfTwoLevels &levels) {
  double largest = 0;
  for (float v : values)
    largest = std::max<double>(largest, std::fabs(v));
  int64_t level = levels.nearest(largest / scale);
  return level ? std::round(largest / step) * step / double(level) : scale;
}

bool recognizeLevels(Operation *layer) {
  FilterValues filter = getFilterValues(layer->getOperand(1));
  ArrayRef<float> weights = filter.values;
  if (weights.empty() || !filter.load)
    return false;
  bool depthwise = isa<tosa::DepthwiseConv2DOp>(layer);
  auto type = cast<RankedTensorType>(layer->getOperand(1).getType());
  int32_t axis = depthwise ? 2 : 0;
  int64_t channels = type.getDimSize(axis);
  int64_t inner = depthwise ? type.getDimSize(3) : int64_t(weights.size()) / channels;
  auto channelOf = [&](size_t i) { return int64_t(i) / inner % channels; };
  std::vector<std::vector<float>> perChannel(channels);
  std::vector<double> steps(channels);
  for (size_t i = 0; i < weights.size(); ++i) {
    perChannel[channelOf(i)].push_back(weights[i]);
    steps[channelOf(i)] = filter.steps[i];
  }

  for (bool oneScale : {true, false})
    for (int bits = 1; bits <= 5; ++bits)
      for (bool additive : {false, true}) {
        const PowerOfTwoFormat format = {bits, /*isSigned=*/true, additive, /*hasZero=*/bits > 1};
        auto levels = PowerOfTwoLevels::get(format);
        if (!levels)
          continue;
        std::vector<double> scales;
        auto take = [&](ArrayRef<float> values, double step) {
          std::optional<double> alpha = levels->recognize(values.data(), values.size());
          if (!alpha)
            return false;
          double scale = *alpha / double(levels->largest());
          if (step > 0)
            scale = getExactScale(values, step, scale, *levels);
          scales.push_back(boundScale(scale));
          return true;
        };
        bool taken = true;
        if (oneScale)
          taken = take(weights, llvm::all_equal(steps) ? steps[0] : 0);
        for (int64_t c = 0; c < channels && !oneScale && taken; ++c)
          taken = take(perChannel[c], steps[c]);
        if (!taken)
          continue;
        std::vector<uint8_t> codes;
        bool isExact = true; // codes of steps are these numbers, to the last bit
        for (size_t i = 0; i < weights.size(); ++i) {
          double scale = scales[oneScale ? 0 : channelOf(i)], step = filter.steps[i];
          int64_t level = levels->nearest(weights[i] / scale);
          isExact &= step == 0 || double(level) * scale == std::round(weights[i] / step) * step;
          codes.push_back(*levels->encode(level));
        }
        if (!isExact)
          continue;
        auto element = PowerOfTwoType::get(
            layer->getContext(), bits, true, additive, format.hasZero,
            DenseF64ArrayAttr::get(layer->getContext(), scales), oneScale ? -1 : axis);
        replaceFilter(layer, element, codes);
        return true;
      }
  return false;
}

UniformQuantizedType getSnappedType(SnapOp snap) {
  PowerOfTwoType type = snap.getLevelType();
  PowerOfTwoLevels levels = type.getLevels();
  return getUniformType(snap.getContext(), {levels.sorted().front(), levels.largest()},
                        type.getScales()[0]);
}

UniformQuantizedType getSnappedType(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto snap = dyn_cast<SnapOp>(op))
      return getSnappedType(snap);
    if (auto dequantize = dyn_cast<DequantizeCastOp>(op)) {
      auto quantize = dequantize.getInput().getDefiningOp<QuantizeCastOp>();
      UniformQuantizedType snapped =
          quantize ? getSnappedType(quantize.getInput()) : UniformQuantizedType();
      // Written down by training: the codes of the levels, which are rounded once only.
      return snapped == getElementTypeOrSelf(dequantize.getInput().getType())
                 ? snapped
                 : UniformQuantizedType();
    }
    auto movement = dyn_cast<DataMovementOpInterface>(op);
    if (!movement || joinsValues(op) || movement.getFiller())
      break;
    value = op->getOperand(0);
  }
  return {};
}

UniformQuantizedType getUnsnappedType(SnapOp snap) {
  PowerOfTwoType type = snap.getLevelType();
  PowerOfTwoLevels levels = type.getLevels();
  // As fine as 32 bits allow, with room for sums that are rounded to it: what is rounded here
  // falls on one side of a threshold or the other, and networks with few levels are sensitive
  // to that. It is not stored.
  constexpr int64_t limit = (int64_t(1) << 27) - 1;
  int fineness = 1;
  while (fineness < 30 && levels.largest() << (fineness + 1) <= limit)
    ++fineness;
  return getUniformType(snap.getContext(),
                        {levels.sorted().front() << fineness, levels.largest() << fineness},
                        std::ldexp(type.getScales()[0], -fineness));
}

} // namespace tally
