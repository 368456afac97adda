//===- Interval.cpp - ranges that hold for every input --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Interval.h"

#include "tally/IR/QuantizedTypes.h"

#include "llvm/ADT/TypeSwitch.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

static constexpr double kInfinity = INFINITY;

static RealInterval join(RealInterval a, RealInterval b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

static RealInterval ofConstant(Value value) {
  ElementsAttr elements = getConstantElements(value);
  std::vector<float> values = elements ? getFloats(elements) : std::vector<float>();
  if (values.empty() || llvm::any_of(values, [](float v) { return std::isnan(v); }))
    return {-kInfinity, kInfinity};
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

RealInterval IntervalDerivation::compute(Value value) {
  const RealInterval unknown{-kInfinity, kInfinity};
  Operation *op = value.getDefiningOp();
  if (!op)
    return unknown;
  auto operand = [&](unsigned index) {
    const RealInterval *interval = known.find(op->getOperand(index));
    return interval ? *interval : unknown;
  };
  return TypeSwitch<Operation *, RealInterval>(op)
      .Case([&](tosa::ClampOp clamp) {
        RealInterval in = operand(0);
        auto low = dyn_cast<FloatAttr>(clamp.getMinValAttr());
        auto high = dyn_cast<FloatAttr>(clamp.getMaxValAttr());
        if (!low || !high)
          return unknown;
        double min = low.getValueAsDouble(), max = high.getValueAsDouble();
        // Bounds at the largest float stand for none.
        return RealInterval{std::clamp(in.low, min, max),
                            max >= 3.4e38 ? in.high : std::clamp(in.high, min, max)};
      })
      .Case([&](DequantizeCastOp cast) {
        auto type =
            dyn_cast_or_null<UniformQuantizedType>(getQuantizedElement(cast.getInput().getType()));
        if (!type)
          return unknown;
        CodeRange range = getCodeRange(type);
        return RealInterval{double(range.min - type.getZeroPoint()) * type.getScale(),
                            double(range.max - type.getZeroPoint()) * type.getScale()};
      })
      .Case([&](DataMovementOpInterface movement) {
        RealInterval all = operand(0);
        for (unsigned index = 1; index < movement.getNumMoved(); ++index)
          all = join(all, operand(index));
        OpOperand *filler = movement.getFiller();
        return filler ? join(all, ofConstant(filler->get())) : all;
      })
      .Case<tosa::AvgPool2dOp>([&](auto) { return operand(0); })
      .Case([&](tosa::AddOp) {
        RealInterval a = operand(0), b = operand(1);
        return RealInterval{a.low + b.low, a.high + b.high};
      })
      .Case([&](tosa::MaximumOp) {
        RealInterval a = operand(0), b = operand(1);
        return RealInterval{std::max(a.low, b.low), std::max(a.high, b.high)};
      })
      .Case([&](SnapOp snap) {
        PowerOfTwoLevels levels = snap.getLevelType().getLevels();
        double scale = snap.getLevelType().getScales()[0];
        return RealInterval{double(levels.sorted().front()) * scale,
                            double(levels.largest()) * scale};
      })
      .Case<AdderConv2DOp, AdderLinearOp>([&](auto) { return RealInterval{-kInfinity, 0}; })
      .Case<tosa::SigmoidOp>([&](auto) { return RealInterval{0, 1}; })
      .Case<tosa::ConstOp, ml_program::GlobalLoadConstOp>([&](auto) { return ofConstant(value); })
      .Default(unknown);
}

RealInterval IntervalDerivation::of(Value value) {
  return *known.get(value, [&](Value v) -> FailureOr<RealInterval> { return compute(v); });
}

} // namespace tally
