//===- FractionBits.cpp - how many fractional bits weights have -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// High-granularity quantization (HGQ: Sun et al., 2024): fixed-point weights round(w * 2^f) / 2^f
// whose number f of fractional bits is learned, for each channel or for each weight. Rounding f
// and rounding w both pass gradients on as the identity does, so what comes to f is
// `-ln 2 * (rounded - w)`: the error grows as 2^-f, as published.
//
//===----------------------------------------------------------------------===//

#include "LearnedParts.h"
#include "Quantize/Codes/FilterCodes.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Run/Interpreter.h"

#include "llvm/Support/DebugLog.h"
#include <algorithm>
#include <cmath>

#define DEBUG_TYPE "tally-learn-quantizers"

using namespace mlir;

namespace tally {

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// 2^`exponents`.
static Value raiseTwo(OpBuilder &builder, Location loc, Value exponents) {
  RankedTensorType type = typeOf(exponents);
  auto one = RankedTensorType::get(SmallVector<int64_t>(type.getRank(), 1), builder.getF32Type());
  Value two = tosa::ConstOp::create(builder, loc, one, DenseElementsAttr::get(one, 2.0f));
  return tosa::PowOp::create(builder, loc, type, two, exponents);
}

static Value negate(OpBuilder &builder, Location loc, Value x) {
  auto number = RankedTensorType::get({1}, builder.getF32Type());
  Value zero = tosa::ConstOp::create(builder, loc, number, DenseElementsAttr::get(number, 0.0f));
  return tosa::NegateOp::create(builder, loc, x.getType(), x, zero, zero);
}

static Value multiply(OpBuilder &builder, Location loc, Value x, Value y) {
  auto type = RankedTensorType::get({1}, builder.getI8Type());
  Value shift = tosa::ConstOp::create(builder, loc, type,
                                      DenseElementsAttr::get(type, builder.getI8IntegerAttr(0)));
  return tosa::MulOp::create(builder, loc, x.getType(), x, y, shift);
}

/// The most of `x` along every dimension but `axis`, as a vector.
static Value reduceToAxis(OpBuilder &builder, Location loc, Value x, int64_t axis) {
  int64_t channels = typeOf(x).getDimSize(axis);
  for (int64_t dim = 0, rank = typeOf(x).getRank(); dim < rank; ++dim) {
    if (dim == axis)
      continue;
    SmallVector<int64_t> shape(typeOf(x).getShape());
    shape[dim] = 1;
    x = tosa::ReduceMaxOp::create(builder, loc, typeOf(x).clone(shape), x,
                                  builder.getI32IntegerAttr(int32_t(dim)));
  }
  auto shapeType = tosa::shapeType::get(builder.getContext(), 1);
  Value shape =
      tosa::ConstShapeOp::create(builder, loc, shapeType, builder.getIndexTensorAttr({channels}));
  return tosa::ReshapeOp::create(builder, loc, typeOf(x).clone({channels}), x, shape);
}

Value learnFractions(OpBuilder &builder, Location loc, Value filter, Type levels, bool perWeight,
                     const std::string &name) {
  RankedTensorType type = typeOf(filter);
  int64_t axis = getScaleAxis(levels), channels = type.getDimSize(axis), inner = 1;
  for (int64_t dim = axis + 1; dim < type.getRank(); ++dim)
    inner *= type.getDimSize(dim);
  std::vector<float> weights = getFloats(getConstantElements(filter));
  std::vector<float> largest(channels, kLeastWeight);
  auto channelOf = [&](size_t i) { return int64_t(i) / inner % channels; };
  for (auto [i, weight] : llvm::enumerate(weights))
    largest[channelOf(i)] = std::max(largest[channelOf(i)], std::fabs(weight));
  // As fine as the codes permit: the cost of bits takes some away.
  double most = double(getStepRange(levels).max);
  std::vector<float> start;
  for (float weight : largest)
    start.push_back(float(std::log2(most / double(weight)) - 0.5));
  SmallVector<int64_t> shape = {channels};
  if (perWeight) {
    shape.assign(type.getShape().begin(), type.getShape().end());
    std::vector<float> each;
    for (size_t i = 0; i < weights.size(); ++i)
      each.push_back(start[channelOf(i)]);
    start = std::move(each);
  }
  auto fractionType = RankedTensorType::get(shape, builder.getF32Type());
  auto module = filter.getDefiningOp()->getParentOfType<ModuleOp>();
  std::string symbol = name + ".fraction";
  Value fraction = loadParameter(
      builder, loc,
      addParameter(module, symbol, fractionType, makeElements<float>(fractionType, start, symbol)));
  Value bits = RoundOp::create(builder, loc, fractionType, fraction), finest = bits;
  if (perWeight) {
    Value raised = multiply(builder, loc, filter, raiseTwo(builder, loc, bits));
    Value rounded = RoundOp::create(builder, loc, type, raised);
    filter = multiply(builder, loc, rounded, raiseTwo(builder, loc, negate(builder, loc, bits)));
    finest = reduceToAxis(builder, loc, bits, axis);
  }
  Value scale = raiseTwo(builder, loc, negate(builder, loc, finest));
  return LearnedQuantizerOp::create(builder, loc, filter, scale, /*sigma=*/Value(),
                                    /*masks=*/Value(), levels, /*passes_outside=*/false, false,
                                    false, false, false);
}

/// The value of what is computed from constants alone; nothing where something else is in it.
static FailureOr<Tensor> computeConstant(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return failure();
  SmallVector<Tensor> operands;
  for (Value operand : op->getOperands()) {
    FailureOr<Tensor> each = computeConstant(operand);
    if (failed(each))
      return failure();
    operands.push_back(std::move(*each));
  }
  return interpretOperation(op, operands);
}

/// The parameter that a rounded filter is computed from.
static Value findFilter(Value value) {
  while (value && !value.getDefiningOp<ml_program::GlobalLoadConstOp>())
    value = value.getDefiningOp() ? value.getDefiningOp()->getOperand(0) : Value();
  return value;
}

static LogicalResult fixFraction(LearnedQuantizerOp op) {
  FailureOr<Tensor> scale = computeConstant(op.getScale()), filter = computeConstant(op.getInput());
  Value whole = findFilter(op.getInput());
  if (failed(scale) || failed(filter) || !whole)
    return op.emitError() << "requires weights and fractional bits that are parameters";
  OpBuilder builder(op);
  ArrayRef<float> scales(scale->data<float>(), scale->size()),
      weights(filter->data<float>(), filter->size());
  op.getScaleMutable().assign(makeConstant(builder, op.getLoc(), scales));
  if (op.getInput() != whole) {
    auto type = cast<RankedTensorType>(op.getInput().getType());
    std::string name = takeName(whole.getDefiningOp<ml_program::GlobalLoadConstOp>());
    auto rounded = addParameter(op->getParentOfType<ModuleOp>(), name, type,
                                makeElements<float>(type, {weights.begin(), weights.end()}, name));
    op.getInputMutable().assign(loadParameter(builder, op.getLoc(), rounded));
  }
  // As many bits as the weights need.
  RankedTensorType type = typeOf(op.getInput());
  int64_t inner = 1, range = getStepRange(op.getLevels()).max;
  for (int64_t dim = op.getAxis() + 1; dim < type.getRank(); ++dim)
    inner *= type.getDimSize(dim);
  double largest = 0;
  for (auto [i, weight] : llvm::enumerate(weights)) {
    float own = scales[int64_t(i) / inner % int64_t(scales.size())];
    largest = std::max(largest, std::fabs(std::nearbyint(double(weight) / double(own))));
  }
  int64_t most = 1;
  while (double(most) < largest && most < range)
    most = 2 * most + 1;
  LDBG() << "'" << getLayerName(op) << "': codes from " << -most << " to " << most;
  op.setLevels(withSteps(op.getLevels(), std::min(most, range)));
  return success();
}

LogicalResult fixFractions(ModuleOp module) {
  SmallVector<LearnedQuantizerOp> quantizers;
  module.walk([&](LearnedQuantizerOp op) {
    if (op.getScale().getDefiningOp<tosa::PowOp>())
      quantizers.push_back(op);
  });
  for (LearnedQuantizerOp op : quantizers) {
    SmallVector<Operation *> before = {op.getScale().getDefiningOp(),
                                       op.getInput().getDefiningOp()};
    if (failed(fixFraction(op)))
      return failure();
    // What computed them goes.
    while (!before.empty()) {
      Operation *unused = before.pop_back_val();
      if (!unused || !unused->use_empty())
        continue;
      for (Value operand : unused->getOperands())
        before.push_back(operand.getDefiningOp());
      llvm::erase(before, unused);
      unused->erase();
    }
  }
  return success();
}

} // namespace tally
