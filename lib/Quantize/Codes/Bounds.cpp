//===- Bounds.cpp - how large values of a float network can be ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Bounds.h"

#include "Quantize/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

static double getLargest(Type element) {
  if (auto levels = dyn_cast<PowerOfTwoType>(element)) {
    PowerOfTwoLevels all = levels.getLevels();
    double level = double(std::max(all.largest(), -all.sorted().front()));
    return level * *llvm::max_element(levels.getScales());
  }
  auto type = dyn_cast<QuantizedType>(element);
  if (!type)
    return INFINITY;
  CodeRange range = getCodeRange(type);
  if (auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type)) {
    double largest = 0;
    for (auto [scale, zero] : llvm::zip(perAxis.getScales(), perAxis.getZeroPoints()))
      largest = std::max(largest, scale * double(std::max(std::abs(range.max - zero),
                                                          std::abs(range.min - zero))));
    return largest;
  }
  auto uniform = cast<UniformQuantizedType>(type);
  int64_t zero = uniform.getZeroPoint();
  return double(std::max(std::abs(range.max - zero), std::abs(range.min - zero))) *
         uniform.getScale();
}

static double getLargest(ArrayRef<float> values) {
  double largest = values.empty() ? INFINITY : 0;
  for (float value : values)
    largest = std::max<double>(largest, std::fabs(value));
  return largest;
}

/// The largest magnitude among constant parameters; infinite where they are not constant.
static double getLargest(Value parameter) {
  ElementsAttr elements = getConstantElements(parameter);
  return getLargest(elements ? getFloats(elements) : std::vector<float>());
}

/// Nothing is left of what is multiplied by 0, however large it is.
static double multiply(double bound, double factor) { return factor == 0 ? 0 : bound * factor; }

double Bounds::lookup(Value value) const {
  auto it = known.find(value);
  return it == known.end() ? INFINITY : it->second;
}

double Bounds::ofReduction(ReductionOpInterface reduction) const {
  Operation *op = reduction;
  double input = lookup(op->getOperand(0)), terms = double(reduction.getNumTerms());
  OpOperand *weights = reduction.getWeightOperand();
  double weight = weights ? lookup(weights->get()) : 0;
  switch (reduction.getReduction()) {
  case Reduction::Products:
    return multiply(input, weight) * terms + (isConvolution(op) ? lookup(op->getOperand(2)) : 0);
  case Reduction::Differences:
    return (input + weight) * terms;
  case Reduction::Sum:
    return input * terms;
  case Reduction::Mean:
  case Reduction::Extremum:
    return input;
  }
  llvm_unreachable("all reductions are covered");
}

double Bounds::compute(Operation *op) const {
  if (Value input = functions.inputOf(op->getResult(0))) {
    if (!ElementFunctions::inputTypeOf(input))
      return INFINITY;
    FailureOr<std::vector<float>> results = functions.evaluate(op->getResult(0));
    return failed(results) ? INFINITY : getLargest(*results);
  }
  if (getConstantElements(op->getResult(0)))
    return getLargest(op->getResult(0));
  if (isa<DequantizeCastOp, DecodeOp>(op))
    return getLargest(getElementTypeOrSelf(op->getOperand(0).getType()));
  if (auto clamp = dyn_cast<tosa::ClampOp>(op)) {
    auto low = dyn_cast<FloatAttr>(clamp.getMinValAttr());
    auto high = dyn_cast<FloatAttr>(clamp.getMaxValAttr());
    if (!low || !high)
      return INFINITY;
    double ends = std::max(std::fabs(low.getValueAsDouble()), std::fabs(high.getValueAsDouble()));
    return std::min(lookup(clamp.getInput()), ends);
  }
  if (auto affine = dyn_cast<ChannelAffineOp>(op))
    return multiply(lookup(affine.getInput()), getLargest(affine.getScale())) +
           getLargest(affine.getBias());
  if (auto factor = getConstantFactor(op))
    return multiply(lookup(op->getOperand(1 - *factor)), getLargest(op->getOperand(*factor)));
  if (auto reduction = dyn_cast<ReductionOpInterface>(op))
    return ofReduction(reduction);
  if (isa<tosa::AddOp, tosa::SubOp>(op))
    return lookup(op->getOperand(0)) + lookup(op->getOperand(1));
  if (isa<tosa::MulOp>(op))
    return multiply(lookup(op->getOperand(0)), lookup(op->getOperand(1)));
  if (!isa<tosa::MaximumOp, tosa::MinimumOp>(op) && !isDataMovement(op))
    return INFINITY;
  double largest = 0;
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()))
      largest = std::max(largest, lookup(operand));
  return largest;
}

double Bounds::of(Value value) {
  // In the order of the block, so that a deep network needs no stack.
  if (known.empty())
    for (Operation &op : *value.getParentBlock())
      if (op.getNumResults() == 1)
        known[op.getResult(0)] = compute(&op);
  return lookup(value);
}

/// The operand of a clamp or an affine map and the largest factor that it is multiplied by; a null
/// value for other operations.
static std::pair<Value, double> readMap(Operation *op) {
  if (!op)
    return {Value(), 0};
  if (isa<tosa::ClampOp>(op))
    return {op->getOperand(0), 1};
  if (auto affine = dyn_cast<ChannelAffineOp>(op))
    return {affine.getInput(), getLargest(affine.getScale())};
  if (auto factor = getConstantFactor(op))
    return {op->getOperand(1 - *factor), getLargest(op->getOperand(*factor))};
  return {Value(), 0};
}

/// Whether `op` multiplies by a constant that is neither one number nor one for each channel. Its
/// factors combine with few others, so that what it maps may be rounded first.
static bool multipliesByPlace(Operation *op) {
  auto factor = op ? getConstantFactor(op) : std::nullopt;
  if (!factor)
    return false;
  auto type = cast<RankedTensorType>(op->getOperand(*factor).getType());
  return type.getNumElements() != type.getShape().back();
}

double Bounds::ofAddends(Value value) {
  double total = 1, largest = 0, mapped = 0;
  bool byPlace = false;
  while (!functions.inputOf(value)) {
    auto [input, factor] = readMap(value.getDefiningOp());
    if (!input)
      break;
    bool clamps = isa<tosa::ClampOp>(value.getDefiningOp());
    byPlace |= multipliesByPlace(value.getDefiningOp());
    value = input;
    total = multiply(total, factor);
    mapped = std::max(mapped, multiply(of(value), total));
    if (!clamps && value.getDefiningOp<tosa::ClampOp>())
      largest = std::max(largest, multiply(of(value), total));
  }
  if (byPlace)
    largest = std::max(largest, mapped);
  Operation *op = value.getDefiningOp();
  if (!op)
    return largest;
  if (isDataMovement(op) || functions.inputOf(value))
    return std::max(largest, multiply(of(value), total));
  if (isa<tosa::AddOp, tosa::SubOp, tosa::MaximumOp, tosa::MinimumOp>(op))
    for (Value operand : op->getOperands())
      largest = std::max(largest, multiply(of(operand), total));
  return largest;
}

} // namespace tally
