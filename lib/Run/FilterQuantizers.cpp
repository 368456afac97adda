//===- FilterQuantizers.cpp - scales that filters say themselves ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Run/FilterQuantizers.h"
#include "OperationTable.h"

using namespace mlir;

namespace tally {

FilterPlaces FilterPlaces::of(ArrayRef<int64_t> shape, int64_t axis) {
  FilterPlaces result;
  if (axis < 0)
    return result;
  result.places = shape[axis];
  for (int64_t size : shape.drop_front(axis + 1))
    result.stride *= size;
  return result;
}

reference::WeightScale getWeightScale(FilterRule rule) {
  switch (rule) {
  case FilterRule::Bwn:
    return reference::WeightScale::Binary;
  case FilterRule::Twn:
    return reference::WeightScale::Ternary;
  case FilterRule::Sawb:
    return reference::WeightScale::Clip;
  }
  llvm_unreachable("no such rule");
}

static FilterPlaces getPlaces(FilterQuantizerOp op) {
  return FilterPlaces::of(cast<RankedTensorType>(op.getType()).getShape(), op.getAxis());
}

template <typename T>
reference::FilterScales<T> measureScales(FilterQuantizerOp op, ArrayRef<T> weights) {
  auto [stride, places] = getPlaces(op);
  return reference::measureFilter(getWeightScale(op.getRule()), weights.data(),
                                  int64_t(weights.size()), stride, places, op.getMost());
}
template reference::FilterScales<float> measureScales(FilterQuantizerOp, ArrayRef<float>);
template reference::FilterScales<double> measureScales(FilterQuantizerOp, ArrayRef<double>);

/// `take(i, level, scale)` for each weight.
template <typename T, typename Take>
static void forEachLevel(FilterQuantizerOp op, ArrayRef<T> weights, Take take) {
  auto [stride, places] = getPlaces(op);
  reference::WeightScale rule = getWeightScale(op.getRule());
  int64_t most = op.getMost();
  reference::FilterScales<T> measured = measureScales(op, weights);
  for (int64_t i = 0, e = int64_t(weights.size()); i < e; ++i) {
    int64_t place = i / stride % places;
    double threshold = measured.thresholds.empty() ? 0 : measured.thresholds[place];
    T scale = measured.scales[place];
    take(i, reference::weightLevel(rule, weights[i], scale, threshold, most), scale);
  }
}

std::vector<float> chooseLevels(FilterQuantizerOp op, ArrayRef<float> weights) {
  std::vector<float> levels(weights.size());
  forEachLevel(op, weights, [&](int64_t i, float level, float) { levels[i] = level; });
  return levels;
}

std::optional<FailureOr<Tensor>> executeFilterQuantizer(const Execution &x) {
  auto op = dyn_cast<FilterQuantizerOp>(x.op);
  if (!op)
    return std::nullopt;
  const Tensor &weights = x.operands[0];
  return dispatchFloat(weights.type(), [&](auto tag) -> FailureOr<Tensor> {
    using T = decltype(tag);
    Tensor output(weights.type(), weights.shape());
    T *to = output.data<T>();
    forEachLevel(op, ArrayRef<T>(weights.data<T>(), weights.size()),
                 [&](int64_t i, T level, T scale) { to[i] = scale * level; });
    return output;
  });
}

} // namespace tally
