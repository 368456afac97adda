//===- QuantizerTypes.cpp - from ranges to quantized types ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "QuantizerTypes.h"

#include "OnDemand.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"

#include "llvm/ADT/SetVector.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

/// The unsigned type of `levels + 1` codes over `[low, high]`, which contains 0.
static UniformQuantizedType getUnsignedType(MLIRContext *context, RealInterval interval,
                                            int64_t levels) {
  double scale = (interval.high - interval.low) / double(levels);
  int64_t zeroPoint = std::llround(-interval.low / scale);
  return getUniformType(context, {0, levels}, scale, std::min(zeroPoint, levels));
}

AdderTypes getAdderTypes(MLIRContext *context, RealInterval interval, const LayerPlan &plan) {
  int64_t levels = (int64_t(1) << plan.bits) - 1, half = int64_t(1) << (plan.bits - 1);
  double s = std::max(std::fabs(interval.low), std::fabs(interval.high));
  switch (plan.codes) {
  case CodeRule::Unsigned: {
    UniformQuantizedType type = getUnsignedType(context, interval, levels);
    return {type, type, 1};
  }
  case CodeRule::Signed: {
    UniformQuantizedType type = getUniformType(context, {-half, half - 1}, s / double(half - 1));
    return {type, type, 1};
  }
  case CodeRule::DoubleStep: {
    double scale = s / double(levels);
    return {getUniformType(context, {0, levels}, scale),
            getUniformType(context, {-2 * half, 2 * half - 2}, scale), 2};
  }
  }
  llvm_unreachable("all rules are covered");
}

/// Leaves out the outermost values, unless they are what the values say: rare large ones among
/// zeros, or in noise. Where 20 dB or less would be left above what is lost, it reaches out to 40
/// dB.
static RealInterval getCoveredInterval(const Histogram &seen, double share) {
  constexpr double kTolerated = 0.01, kWanted = 1e-4;
  RealInterval inner = {seen.quantile(1 - share), seen.quantile(share)};
  auto widened = [&](double by) {
    return RealInterval{inner.low + (seen.min() - inner.low) * by,
                        inner.high + (seen.max() - inner.high) * by};
  };
  if (seen.clampLoss(inner.low, inner.high) <= kTolerated)
    return inner;
  double tooNarrow = 0, wide = 1;
  for (int step = 0; step < 20; ++step) {
    double middle = (tooNarrow + wide) / 2;
    RealInterval ends = widened(middle);
    (seen.clampLoss(ends.low, ends.high) <= kWanted ? wide : tooNarrow) = middle;
  }
  return widened(wide);
}

UniformQuantizedType getActivationType(MLIRContext *context, const Histogram &seen,
                                       bool nonNegative, int bits, double share) {
  constexpr double kRoom = 1.25, kSmallest = 1e-6;
  // Any step serves what was always 0; a tiny one would ask for huge factors.
  if (seen.max() <= kSmallest && seen.min() >= -kSmallest)
    return getUnsignedType(context, {0, 1}, (int64_t(1) << bits) - 1);
  RealInterval ends = {seen.min() * kRoom, seen.max() * kRoom};
  if (bits <= 8)
    ends = getCoveredInterval(seen, share);
  double low = nonNegative ? 0 : std::min(ends.low, 0.0);
  double high = std::max({ends.high, 0.0, low + kSmallest});
  return getUnsignedType(context, {low, high}, (int64_t(1) << bits) - 1);
}

UniformQuantizedType getResultType(MLIRContext *context, const Histogram &seen) {
  double largest = std::max(std::fabs(seen.min()), std::fabs(seen.max()));
  if (largest < 1e-6)
    largest = 1;
  // Room for results a thousand times as large as any seen.
  constexpr int64_t kLimit = int64_t(1) << 25;
  return getUniformType(context, {-kLimit, kLimit}, largest / double(1 << 15));
}

QuantizedType getFilterTypePerChannel(RankedTensorType filter, ArrayRef<float> weights,
                                      bool depthwise, int bits) {
  int32_t axis = depthwise ? 2 : 0;
  int64_t channels = filter.getDimSize(axis), inner = 1;
  for (int64_t dim = axis + 1; dim < filter.getRank(); ++dim)
    inner *= filter.getDimSize(dim);
  std::vector<double> scales(channels, 0.0);
  for (auto [index, w] : llvm::enumerate(weights)) {
    double &largest = scales[int64_t(index) / inner % channels];
    largest = std::max<double>(largest, std::fabs(w));
  }
  int64_t levels = (int64_t(1) << (bits - 1)) - 1;
  for (double &scale : scales)
    scale = scale > 0 ? scale / double(levels) : 1.0; // any scale serves a filter of zeros
  return getPerAxisType(filter.getContext(), {-levels, levels}, scales, axis);
}

bool onlyFeedsMaxima(Operation *op) {
  return llvm::all_of(op->getUsers(), [](Operation *user) {
    auto pool = dyn_cast<ReductionOpInterface>(user);
    return pool && pool.getReduction() == Reduction::Extremum;
  });
}

/// What `op` fills its borders with; null for operations without borders.
static Value getFiller(Operation *op) {
  auto movement = dyn_cast<DataMovementOpInterface>(op);
  OpOperand *filler = movement ? movement.getFiller() : nullptr;
  return filler ? filler->get() : Value();
}

/// The observed value, concatenation or border that `value` moves; null where there is none.
static Operation *findMoved(Value value) {
  for (int depth = 0; depth < 32; ++depth) {
    Operation *op = value.getDefiningOp();
    if (!op || isa<ObserveOp>(op) || joinsValues(op) || getFiller(op))
      return op;
    if (!isDataMovement(op))
      return nullptr;
    value = op->getOperand(0);
  }
  return nullptr;
}

static int64_t elementsPerImage(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getNumElements() / std::max<int64_t>(type.getShape().front(), 1);
}

/// What a constant is beside a `value` that was `seen`: there with each image.
static Histogram seeConstant(ElementsAttr constant, Value value, const Histogram &seen) {
  Histogram all;
  all.add(getFloats(constant));
  all.repeat(std::max<int64_t>(1, seen.count() / std::max<int64_t>(elementsPerImage(value), 1)));
  return all;
}

/// Adds the borders that `pad` fills around what was `seen` to `joined`. What codes hold anyway
/// changes nothing, and what would leave less than a 32nd of them to the rest is left out.
static void joinBorder(Operation *pad, const Histogram &seen, Histogram &joined) {
  constexpr double kMostWidening = 32;
  ElementsAttr elements = getConstantElements(getFiller(pad));
  std::vector<float> values = elements ? getFloats(elements) : std::vector<float>();
  if (values.size() != 1 || !std::isfinite(values[0]) || !seen.count())
    return;
  double filler = values[0], low = std::min(seen.min(), 0.0), high = std::max(seen.max(), 0.0);
  if ((filler >= low && filler <= high) || (filler < low && onlyFeedsMaxima(pad)) ||
      std::max(high, filler) - std::min(low, filler) > kMostWidening * (high - low))
    return;
  int64_t own = std::max<int64_t>(elementsPerImage(pad->getOperand(0)), 1);
  int64_t added = elementsPerImage(pad->getResult(0)) - own;
  Histogram border;
  border.add(values);
  border.repeat(std::max<int64_t>(1, seen.count() / own * std::max<int64_t>(added, 1)));
  joined.merge(border);
}

std::optional<Histogram> joinObserved(Value value) {
  using Seen = std::optional<Histogram>;
  OnDemand<Value, Seen> known;
  return *known.get(value, [&](Value moved) -> FailureOr<Seen> {
    Operation *op = findMoved(moved);
    if (auto observe = dyn_cast_or_null<ObserveOp>(op))
      return observe.getSketchAttr() ? Seen(Histogram(observe.getSketchAttr())) : Seen();
    if (!op)
      return Seen();
    Histogram joined, constants;
    auto parts = cast<DataMovementOpInterface>(op).getMoved();
    for (Value part : parts)
      if (const Seen *seen = known.find(part); seen && *seen) {
        for (Value other : parts)
          if (ElementsAttr constant = getConstantElements(other); constant && !joined.count())
            constants.merge(seeConstant(constant, part, **seen));
        joined.merge(**seen);
      }
    if (!joined.count())
      return Seen();
    joined.merge(constants);
    if (getFiller(op))
      joinBorder(op, Histogram(joined), joined);
    return Seen(joined);
  });
}

/// The observed value that `value` moves, without concatenations; null where there is none.
static Operation *findObserved(Value value) {
  Operation *source = value.getDefiningOp();
  while (source && isDataMovement(source) && !joinsValues(source))
    source = source->getOperand(0).getDefiningOp();
  return isa_and_nonnull<ObserveOp>(source) ? source : nullptr;
}

static void collectConcatenations(Value value, llvm::SetVector<Operation *> &concatenations,
                                  llvm::SetVector<Operation *> &borders,
                                  llvm::DenseSet<Value> &visited, int depth = 32) {
  for (Operation *user : value.getUsers()) {
    if (!isDataMovement(user) || depth == 0 || !visited.insert(user->getResult(0)).second)
      continue;
    if (joinsValues(user))
      concatenations.insert(user);
    else if (getFiller(user))
      borders.insert(user);
    collectConcatenations(user->getResult(0), concatenations, borders, visited, depth - 1);
  }
}

Histogram ConcatenatedHistograms::join(ObserveOp observe) {
  if (auto it = known.find(observe); it != known.end())
    return it->second;
  llvm::SetVector<Operation *> group, concatenations, borders;
  llvm::SetVector<Value> constants;
  llvm::DenseSet<Value> visited;
  SmallVector<Operation *> equals;
  group.insert(observe);
  for (size_t i = 0, next = 0; i < group.size(); ++i) {
    collectConcatenations(cast<ObserveOp>(group[i]).getOutput(), concatenations, borders, visited);
    for (; next < concatenations.size(); ++next) {
      SmallVector<Operation *> parts;
      for (Value part : cast<DataMovementOpInterface>(concatenations[next]).getMoved())
        if (Operation *source = findObserved(part))
          parts.push_back(source);
        else if (getConstantElements(part))
          constants.insert(part);
      group.insert(parts.begin(), parts.end());
      // All of them meet each other, and so whatever each meets.
      if (llvm::is_contained(parts, observe))
        equals.append(parts);
    }
  }
  Histogram joined;
  for (Operation *op : group)
    if (auto sketch = cast<ObserveOp>(op).getSketchAttr())
      joined.merge(Histogram(sketch));
  if (observe.getSketchAttr()) {
    Histogram seen(observe.getSketchAttr());
    for (Value constant : constants)
      joined.merge(seeConstant(getConstantElements(constant), observe.getInput(), seen));
  }
  const Histogram inside = joined;
  for (Operation *pad : borders)
    joinBorder(pad, inside, joined);
  for (Operation *op : equals)
    known[op] = joined;
  return joined;
}

} // namespace tally
