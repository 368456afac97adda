//===- ElementwiseGradients.cpp - arithmetic, functions, reductions -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GradientModels.h"
#include "TosaBuilder.h"
#include "tally/IR/Tally.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace tally;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Of a value that may have been broadcast: added up over what it was repeated along.
void addBroadcast(Gradients &gradients, TosaBuilder &b, Value operand, Value gradient) {
  if (gradients.isWanted(operand))
    gradients.add(operand, b.sumTo(gradient, TosaBuilder::shapeOf(operand)));
}

struct Add : GradientRule<Add, tosa::AddOp> {
  static LogicalResult build(tosa::AddOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    addBroadcast(gradients, b, op.getInput1(), g);
    addBroadcast(gradients, b, op.getInput2(), g);
    return success();
  }
};

struct Sub : GradientRule<Sub, tosa::SubOp> {
  static LogicalResult build(tosa::SubOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    addBroadcast(gradients, b, op.getInput1(), g);
    if (gradients.isWanted(op.getInput2()))
      addBroadcast(gradients, b, op.getInput2(), b.negate(g));
    return success();
  }
};

struct Mul : GradientRule<Mul, tosa::MulOp> {
  static LogicalResult build(tosa::MulOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    for (auto [operand, other] :
         {std::pair(op.getInput1(), op.getInput2()), std::pair(op.getInput2(), op.getInput1())})
      if (gradients.isWanted(operand))
        addBroadcast(gradients, b, operand, b.mul(g, other));
    return success();
  }
};

struct Pow : GradientRule<Pow, tosa::PowOp> {
  static LogicalResult build(tosa::PowOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Value x = op.getInput1(), exponent = op.getInput2();
    if (gradients.isWanted(x))
      addBroadcast(gradients, b, x, b.mul(g, b.mul(exponent, b.pow(x, b.add(exponent, -1.0)))));
    if (gradients.isWanted(exponent))
      addBroadcast(gradients, b, exponent, b.mul(g, b.mul(op.getOutput(), b.log(x))));
    return success();
  }
};

/// To the first operand where it is chosen alone, else to the second.
template <typename OpT, int sign> struct Choice : GradientRule<Choice<OpT, sign>, OpT> {
  static LogicalResult build(OpT op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Value first = b.inside(b.sub(op.getInput1(), op.getInput2()), sign > 0 ? 0 : -kInfinity,
                           sign > 0 ? kInfinity : 0);
    addBroadcast(gradients, b, op.getInput1(), b.mul(g, first));
    if (gradients.isWanted(op.getInput2()))
      addBroadcast(gradients, b, op.getInput2(), b.mul(g, b.add(b.negate(first), 1.0)));
    return success();
  }
};
template <typename OpT> using Larger = Choice<OpT, 1>;
template <typename OpT> using Smaller = Choice<OpT, -1>;

struct Clamp : GradientRule<Clamp, tosa::ClampOp> {
  static LogicalResult build(tosa::ClampOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    double low = cast<FloatAttr>(op.getMinValAttr()).getValueAsDouble();
    double high = cast<FloatAttr>(op.getMaxValAttr()).getValueAsDouble();
    gradients.add(op.getInput(), b.mul(g, b.inside(op.getInput(), low, high)));
    return success();
  }
};

/// `derivative(b, x, y)` times the gradient, for y = f(x).
template <typename OpT, Value derivative(TosaBuilder &, Value, Value)>
struct Function : GradientRule<Function<OpT, derivative>, OpT> {
  static LogicalResult build(OpT op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Value x = op->getOperand(0);
    gradients.add(x, b.mul(g, derivative(b, x, op->getResult(0))));
    return success();
  }
};

Value ofExp(TosaBuilder &, Value, Value y) { return y; }
Value ofLog(TosaBuilder &b, Value x, Value) { return b.reciprocal(x); }
Value ofReciprocal(TosaBuilder &b, Value, Value y) { return b.negate(b.square(y)); }
Value ofRsqrt(TosaBuilder &b, Value, Value y) { return b.mul(b.mul(b.square(y), y), -0.5); }
Value ofSigmoid(TosaBuilder &b, Value, Value y) { return b.sub(y, b.square(y)); }
Value ofTanh(TosaBuilder &b, Value, Value y) { return b.add(b.negate(b.square(y)), 1.0); }
Value ofNegate(TosaBuilder &b, Value x, Value) {
  return b.splat(SmallVector<int64_t>(TosaBuilder::typeOf(x).getRank(), 1), -1);
}
Value ofAbs(TosaBuilder &b, Value x, Value) {
  Value above = b.inside(x, 0, kInfinity);
  return b.sub(above, b.inside(x, -kInfinity, 0));
}
Value ofErf(TosaBuilder &b, Value x, Value) {
  return b.mul(b.exp(b.negate(b.square(x))), 2 / std::sqrt(M_PI));
}
Value ofSin(TosaBuilder &b, Value x, Value) { return b.cos(x); }
Value ofCos(TosaBuilder &b, Value x, Value) { return b.negate(b.sin(x)); }

struct ReduceSum : GradientRule<ReduceSum, tosa::ReduceSumOp> {
  static LogicalResult build(tosa::ReduceSumOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    gradients.add(op.getInput(), b.add(b.splat(TosaBuilder::shapeOf(op.getInput()), 0), g));
    return success();
  }
};

/// In equal parts to all that are as large as the largest.
template <typename OpT, int sign> struct Extremum : GradientRule<Extremum<OpT, sign>, OpT> {
  static LogicalResult build(OpT op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Value behind =
        sign > 0 ? b.sub(op.getOutput(), op.getInput()) : b.sub(op.getInput(), op.getOutput());
    Value chosen = b.add(b.negate(b.inside(behind, 0, kInfinity)), 1.0);
    Value share = b.mul(g, b.reciprocal(b.reduceSum(chosen, op.getAxis())));
    gradients.add(op.getInput(), b.mul(chosen, share));
    return success();
  }
};
template <typename OpT> using Largest = Extremum<OpT, 1>;
template <typename OpT> using Smallest = Extremum<OpT, -1>;

} // namespace

void tally::attachElementwiseGradients(MLIRContext *context) {
  tosa::AddOp::attachInterface<Add>(*context);
  tosa::SubOp::attachInterface<Sub>(*context);
  tosa::MulOp::attachInterface<Mul>(*context);
  tosa::PowOp::attachInterface<Pow>(*context);
  tosa::MaximumOp::attachInterface<Larger<tosa::MaximumOp>>(*context);
  tosa::MinimumOp::attachInterface<Smaller<tosa::MinimumOp>>(*context);
  tosa::ClampOp::attachInterface<Clamp>(*context);
  tosa::ExpOp::attachInterface<Function<tosa::ExpOp, ofExp>>(*context);
  tosa::LogOp::attachInterface<Function<tosa::LogOp, ofLog>>(*context);
  tosa::ReciprocalOp::attachInterface<Function<tosa::ReciprocalOp, ofReciprocal>>(*context);
  tosa::RsqrtOp::attachInterface<Function<tosa::RsqrtOp, ofRsqrt>>(*context);
  tosa::SigmoidOp::attachInterface<Function<tosa::SigmoidOp, ofSigmoid>>(*context);
  tosa::TanhOp::attachInterface<Function<tosa::TanhOp, ofTanh>>(*context);
  tosa::NegateOp::attachInterface<Function<tosa::NegateOp, ofNegate>>(*context);
  tosa::AbsOp::attachInterface<Function<tosa::AbsOp, ofAbs>>(*context);
  tosa::ErfOp::attachInterface<Function<tosa::ErfOp, ofErf>>(*context);
  tosa::SinOp::attachInterface<Function<tosa::SinOp, ofSin>>(*context);
  tosa::CosOp::attachInterface<Function<tosa::CosOp, ofCos>>(*context);
  tosa::ReduceSumOp::attachInterface<ReduceSum>(*context);
  tosa::ReduceMaxOp::attachInterface<Largest<tosa::ReduceMaxOp>>(*context);
  tosa::ReduceMinOp::attachInterface<Smallest<tosa::ReduceMinOp>>(*context);
}
