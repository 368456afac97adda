//===- BroughtQuantizers.cpp - quantizers of the imported network ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BroughtQuantizers.h"

#include "tally/IR/QuantizedTypes.h"
#include "tally/Run/Reference.h"

#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

ml_program::GlobalLoadConstOp getCodesBehind(Value value) {
  auto cast = value.getDefiningOp<DequantizeCastOp>();
  return cast ? cast.getInput().getDefiningOp<ml_program::GlobalLoadConstOp>()
              : ml_program::GlobalLoadConstOp();
}

FilterValues getFilterValues(Value filter) {
  FilterValues result;
  result.load = filter.getDefiningOp<ml_program::GlobalLoadConstOp>();
  if (ElementsAttr elements = getConstantElements(filter)) {
    result.values = getFloats(elements);
    result.steps.assign(result.values.size(), 0.0);
    return result;
  }
  result.load = getCodesBehind(filter);
  ElementsAttr elements = result.load ? getConstantElements(result.load) : ElementsAttr();
  if (!elements)
    return result;
  auto shape = cast<RankedTensorType>(filter.getType());
  Type type = getElementTypeOrSelf(result.load.getType());
  auto uniform = dyn_cast<UniformQuantizedType>(type);
  auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type);
  if (!uniform && !perAxis)
    return result;
  int64_t inner = 1, channels = 1;
  if (perAxis) {
    for (int64_t dim = perAxis.getQuantizedDimension() + 1; dim < shape.getRank(); ++dim)
      inner *= shape.getDimSize(dim);
    channels = perAxis.getScales().size();
  }
  for (auto [index, code] : llvm::enumerate(getIntegers(elements))) {
    size_t channel = int64_t(index) / inner % channels;
    double step = uniform ? uniform.getScale() : perAxis.getScales()[channel];
    int64_t zero = uniform ? uniform.getZeroPoint() : perAxis.getZeroPoints()[channel];
    result.steps.push_back(step);
    result.values.push_back(float(double(code - zero) * step));
  }
  return result;
}

/// Whether `filler` is a constant that `type` has a code for.
static bool isCode(Value filler, UniformQuantizedType type) {
  ElementsAttr elements = getConstantElements(filler);
  std::vector<float> values = elements ? getFloats(elements) : std::vector<float>();
  if (values.size() != 1)
    return false;
  CodeRange range = getCodeRange(type);
  int64_t code =
      reference::quantize(values[0], type.getScale(), type.getZeroPoint(), {range.min, range.max});
  return float(double(code - type.getZeroPoint()) * type.getScale()) == values[0];
}

/// `known` holds the types of values that were asked for before.
static UniformQuantizedType getBroughtType(Value value, int depth,
                                           llvm::DenseMap<Value, UniformQuantizedType> &known) {
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0)
    return {};
  if (auto it = known.find(value); it != known.end())
    return it->second;
  if (auto cast = dyn_cast<DequantizeCastOp>(op))
    return cast.getInput().getDefiningOp<QuantizeCastOp>()
               ? dyn_cast<UniformQuantizedType>(getElementTypeOrSelf(cast.getInput().getType()))
               : UniformQuantizedType();
  auto movement = dyn_cast<DataMovementOpInterface>(op);
  if (!movement)
    return {};
  UniformQuantizedType type = getBroughtType(op->getOperand(0), depth - 1, known);
  for (Value part : movement.getMoved().drop_front())
    if (getBroughtType(part, depth - 1, known) != type)
      type = {};
  if (OpOperand *filler = movement.getFiller(); filler && type && !isCode(filler->get(), type))
    type = {};
  return known[value] = type;
}

UniformQuantizedType getBroughtType(Value value) {
  llvm::DenseMap<Value, UniformQuantizedType> known;
  return getBroughtType(value, /*depth=*/32, known);
}

RealInterval getEnds(UniformQuantizedType type) {
  CodeRange range = getCodeRange(type);
  return {double(range.min - type.getZeroPoint()) * type.getScale(),
          double(range.max - type.getZeroPoint()) * type.getScale()};
}

UniformQuantizedType getSharedType(AdderConv2DOp layer) {
  UniformQuantizedType type = getBroughtType(layer.getInput());
  if (!type || type.getStorageTypeIntegralWidth() != 8)
    return {};
  // Padding holds the code of zero.
  CodeRange range = getCodeRange(type);
  if (!range.contains({type.getZeroPoint(), type.getZeroPoint()}))
    return {};
  constexpr double kTolerance = 1e-3;
  std::vector<float> weights = getFilterValues(layer.getFilter()).values;
  bool onSteps = llvm::all_of(weights, [&](float w) {
    double steps = w / type.getScale();
    return std::fabs(steps - std::round(steps)) < kTolerance;
  });
  return onSteps && !weights.empty() ? type : UniformQuantizedType();
}

} // namespace tally
