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

static double getLargest(UniformQuantizedType type) {
  CodeRange range = getCodeRange(type);
  int64_t zero = type.getZeroPoint();
  return double(std::max(std::abs(range.max - zero), std::abs(range.min - zero))) * type.getScale();
}

/// The largest magnitude among constant parameters; infinite where they are not constant.
static double getLargest(Value parameter) {
  ElementsAttr elements = getConstantElements(parameter);
  std::vector<float> values = elements ? getFloats(elements) : std::vector<float>();
  double largest = values.empty() ? INFINITY : 0;
  for (float value : values)
    largest = std::max<double>(largest, std::fabs(value));
  return largest;
}

/// Nothing is left of what is multiplied by 0, however large it is.
static double multiply(double bound, double factor) { return factor == 0 ? 0 : bound * factor; }

double Bounds::lookup(Value value) const {
  auto it = known.find(value);
  return it == known.end() ? INFINITY : it->second;
}

double Bounds::compute(Operation *op) const {
  if (auto cast = dyn_cast<DequantizeCastOp>(op)) {
    auto type = dyn_cast<UniformQuantizedType>(getElementTypeOrSelf(cast.getInput().getType()));
    return type ? getLargest(type) : INFINITY;
  }
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
  if (isa<tosa::AddOp, tosa::SubOp>(op))
    return lookup(op->getOperand(0)) + lookup(op->getOperand(1));
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

double Bounds::ofAddends(Value value) {
  double factor = 1, largest = 0;
  Operation *op = value.getDefiningOp();
  for (; isa_and_nonnull<ChannelAffineOp, tosa::ClampOp>(op); op = value.getDefiningOp()) {
    value = op->getOperand(0);
    auto affine = dyn_cast<ChannelAffineOp>(op);
    if (!affine)
      continue;
    factor = multiply(factor, getLargest(affine.getScale()));
    if (value.getDefiningOp<tosa::ClampOp>())
      largest = std::max(largest, multiply(of(value), factor));
  }
  if (!op)
    return largest;
  if (isDataMovement(op))
    return std::max(largest, multiply(of(value), factor));
  if (isa<tosa::AddOp, tosa::SubOp, tosa::MaximumOp, tosa::MinimumOp>(op))
    for (Value operand : op->getOperands())
      largest = std::max(largest, multiply(of(operand), factor));
  return largest;
}

} // namespace tally
