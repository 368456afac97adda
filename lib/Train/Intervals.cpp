//===- Intervals.cpp - between what values of a network lie ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Intervals.h"

#include "Gradients/TosaBuilder.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tally {

namespace {

/// How intervals go through an operation.
enum class Rule : uint8_t {
  None,     ///< they do not
  Rising,   ///< it rises with each operand
  Sub,      ///< it rises with the first and falls with the second
  Falling,  ///< it falls with its operand
  Quantize, ///< it rises with the first; the others say how
  Products, ///< sums of products with what does not depend on images
  Adder,
};

Rule getRule(Operation *op) {
  return TypeSwitch<Operation *, Rule>(op)
      .Case<tosa::AddOp, tosa::MaximumOp, tosa::MinimumOp, tosa::ClampOp, tosa::MaxPool2dOp,
            tosa::AvgPool2dOp, tosa::SigmoidOp, tosa::TanhOp, tosa::ExpOp, tosa::ErfOp, tosa::LogOp,
            tosa::ReduceSumOp, tosa::ReduceMaxOp, tosa::ReduceMinOp, SumPool2DOp, BoxSumOp, RoundOp,
            SnapOp, ObserveOp, quant::QuantizeCastOp, quant::DequantizeCastOp>(
          [](auto) { return Rule::Rising; })
      .Case<tosa::SubOp>([](auto) { return Rule::Sub; })
      .Case<tosa::NegateOp>([](auto) { return Rule::Falling; })
      .Case<LearnedQuantizerOp, MixtureOp>([](auto) { return Rule::Quantize; })
      .Case<tosa::Conv2DOp, tosa::DepthwiseConv2DOp, tosa::MatMulOp, tosa::MulOp, ChannelAffineOp,
            BatchNormOp>([](auto) { return Rule::Products; })
      .Case<AdderConv2DOp>([](auto) { return Rule::Adder; })
      .Default([](Operation *other) {
        return isa<DataMovementOpInterface>(other) ? Rule::Rising : Rule::None;
      });
}

Value cloneWith(OpBuilder &builder, Operation *op, ArrayRef<std::pair<unsigned, Value>> operands) {
  Operation *copy = builder.clone(*op);
  for (auto [index, value] : operands)
    copy->setOperand(index, value);
  return copy->getResult(0);
}

/// The sum over the window of each output, for all filters of the group that reads it.
Value sumWindows(OpBuilder &builder, AdderConv2DOp op, Value input) {
  TosaBuilder b(builder, op.getLoc());
  ArrayRef<int64_t> kernel = TosaBuilder::shapeOf(op.getFilter()).slice(1, 2);
  auto type = TosaBuilder::typeOf(op.getOutput());
  SmallVector<int64_t> shape(type.getShape());
  int64_t groups = op.getGroup(), filters = shape[3], channels = TosaBuilder::shapeOf(input)[3];
  if (groups == 1) { // one sum serves all filters
    shape[3] = 1;
    return BoxSumOp::create(builder, op.getLoc(), type.clone(shape), input, kernel, op.getPad(),
                            op.getStride(), op.getDilation());
  }
  int64_t positions = shape[0] * shape[1] * shape[2];
  shape[3] = channels;
  Value sums = SumPool2DOp::create(builder, op.getLoc(), type.clone(shape), input, kernel,
                                   op.getPad(), op.getStride(), op.getDilation());
  Value each = b.reduceSum(b.reshape(sums, {positions, groups, channels / groups}), 2);
  return b.reshape(b.add(b.splat({1, 1, filters / groups}, 0), each), type.getShape());
}

} // namespace

std::optional<Interval> Intervals::find(Value value) const {
  auto it = known.find(value);
  return it == known.end() ? std::nullopt : std::optional(it->second);
}

LogicalResult Intervals::follow(Operation *op) {
  SmallVector<unsigned> bounded;
  for (OpOperand &operand : op->getOpOperands())
    if (find(operand.get()))
      bounded.push_back(operand.getOperandNumber());
  if (bounded.empty())
    return success();
  Rule rule = op->getNumResults() == 1 ? getRule(op) : Rule::None;
  // Where only one operand may be an interval, and which; products commute.
  bool isAlone = bounded.size() == 1 && (bounded[0] == 0 || isa<tosa::MulOp, tosa::MatMulOp>(op));
  bool onlyOne = rule == Rule::Products || rule == Rule::Adder ||
                 (rule == Rule::Quantize && !isa<MixtureOp>(op));
  if (auto mixture = dyn_cast<MixtureOp>(op); mixture && find(mixture.getLogits()))
    rule = Rule::None;
  if (rule == Rule::None || (onlyOne && !isAlone))
    return op->emitError() << "layer '" << getLayerName(op) << "' is computed by '" << op->getName()
                           << "'" << (rule == Rule::None ? "" : " of two values of the network")
                           << ", which has no interval form: a network with it cannot be trained "
                              "with 'certified'";
  Interval result;
  switch (rule) {
  case Rule::Rising:
  case Rule::Quantize:
    result = {at(op, false), at(op, true)};
    break;
  case Rule::Falling:
    result = {at(op, true), at(op, false)};
    break;
  case Rule::Sub: {
    Interval a = find(op->getOperand(0)).value_or(Interval{op->getOperand(0), op->getOperand(0)}),
             c = find(op->getOperand(1)).value_or(Interval{op->getOperand(1), op->getOperand(1)});
    result = {cloneWith(builder, op, {{0, a.low}, {1, c.high}}),
              cloneWith(builder, op, {{0, a.high}, {1, c.low}})};
    break;
  }
  case Rule::Products:
    result = ofProducts(op, bounded[0]);
    break;
  case Rule::Adder:
    result = ofAdder(cast<AdderConv2DOp>(op));
    break;
  case Rule::None:
    llvm_unreachable("refused above");
  }
  set(op->getResult(0), result);
  return success();
}

/// The operation at one end of all its operands.
Value Intervals::at(Operation *op, bool high) {
  IRMapping ends;
  for (Value operand : op->getOperands())
    if (std::optional<Interval> interval = find(operand))
      ends.map(operand, high ? interval->high : interval->low);
  return builder.clone(*op, ends)->getResult(0);
}

Interval Intervals::ofProducts(Operation *op, unsigned operand) {
  TosaBuilder b(builder, op->getLoc());
  Interval input = *find(op->getOperand(operand));
  Value middle = b.mul(b.add(input.low, input.high), 0.5),
        radius = b.mul(b.sub(input.high, input.low), 0.5);
  middle = cloneWith(builder, op, {{operand, middle}});
  auto withoutBias = [&](Value weight, Value bias) {
    return cloneWith(
        builder, op,
        {{operand, radius}, {1, b.abs(weight)}, {2, b.splat(TosaBuilder::shapeOf(bias), 0)}});
  };
  radius =
      TypeSwitch<Operation *, Value>(op)
          .Case<tosa::Conv2DOp, tosa::DepthwiseConv2DOp>(
              [&](auto layer) { return withoutBias(layer.getWeight(), layer.getBias()); })
          .Case([&](ChannelAffineOp affine) { return b.mul(radius, b.abs(affine.getScale())); })
          .Case([&](BatchNormOp norm) {
            Value inverse = b.rsqrt(b.add(norm.getVariance(), norm.getEpsilon().convertToFloat()));
            return b.mul(radius, b.abs(b.mul(norm.getScale(), inverse)));
          })
          .Default([&](Operation *product) {
            unsigned other = 1 - operand;
            return cloneWith(builder, product,
                             {{operand, radius}, {other, b.abs(product->getOperand(other))}});
          });
  return {b.sub(middle, radius), b.add(middle, radius)};
}

Interval Intervals::ofAdder(Operation *op) {
  TosaBuilder b(builder, op->getLoc());
  Interval input = *find(op->getOperand(0));
  Value middle = b.mul(b.add(input.low, input.high), 0.5);
  Value radius =
      sumWindows(builder, cast<AdderConv2DOp>(op), b.mul(b.sub(input.high, input.low), 0.5));
  Value atMiddle = cloneWith(builder, op, {{0, middle}});
  Value atEnds = b.mul(b.add(at(op, false), at(op, true)), 0.5);
  return {b.sub(atMiddle, radius), b.add(atEnds, radius)};
}

} // namespace tally
