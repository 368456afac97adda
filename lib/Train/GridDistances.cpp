//===- GridDistances.cpp - how far weights are from their levels ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/GridDistances.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Run/FilterQuantizers.h"

#include <cmath>

using namespace mlir;

namespace tally {

static double roundToLevel(Type levels, double steps) {
  if (auto powers = dyn_cast<PowerOfTwoType>(levels))
    return double(powers.getLevels().nearest(steps));
  CodeRange range = getStepRange(levels);
  return std::nearbyint(std::min(std::max(steps, double(range.min)), double(range.max)));
}

/// Of quantizers that are mixed the first is the layer's own.
static bool isMixedIn(Operation *op) {
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    auto mixture = dyn_cast<MixtureOp>(user);
    return mixture && mixture.getMembers().front() != op->getResult(0);
  });
}

/// Of a quantizer whose scales and levels follow from the weights.
static std::optional<double> measureFilter(FilterQuantizerOp op) {
  ElementsAttr weights = getConstantElements(op.getInput());
  if (!weights || isMixedIn(op))
    return std::nullopt;
  std::vector<float> values = getFloats(weights), levels = chooseLevels(op, values);
  std::vector<float> scales = measureScales<float>(op, values).scales;
  auto [stride, places] =
      FilterPlaces::of(cast<RankedTensorType>(op.getType()).getShape(), op.getAxis());
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i)
    sum += std::fabs(double(values[i]) / scales[int64_t(i) / stride % places] - levels[i]);
  return sum / double(values.size());
}

std::vector<std::pair<std::string, double>> measureGridDistances(ModuleOp network) {
  std::vector<std::pair<std::string, double>> distances;
  network.walk([&](Operation *quantizer) {
    if (auto ofFilter = dyn_cast<FilterQuantizerOp>(quantizer)) {
      std::optional<double> distance = measureFilter(ofFilter);
      if (ml_program::GlobalOp weights = getParameter(ofFilter.getInput()); weights && distance)
        distances.emplace_back(weights.getSymName().str(), *distance);
      return;
    }
    auto op = dyn_cast<LearnedQuantizerOp>(quantizer);
    if (!op)
      return;
    ElementsAttr weights = getConstantElements(op.getInput());
    ElementsAttr scales = getConstantElements(op.getScale());
    ml_program::GlobalOp parameter = getParameter(op.getInput());
    if (!weights || !scales || !parameter || isMixedIn(op))
      return;
    std::vector<float> values = getFloats(weights), sizes = getFloats(scales);
    auto type = cast<RankedTensorType>(op.getType());
    int64_t inner = 1;
    for (int64_t dim = op.getAxis() + 1; op.getAxis() >= 0 && dim < type.getRank(); ++dim)
      inner *= type.getDimSize(dim);
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      double steps = values[i] / sizes[sizes.size() == 1 ? 0 : i / inner % sizes.size()];
      sum += std::fabs(steps - roundToLevel(op.getLevels(), steps));
    }
    distances.emplace_back(parameter.getSymName().str(), sum / double(values.size()));
  });
  return distances;
}

} // namespace tally
