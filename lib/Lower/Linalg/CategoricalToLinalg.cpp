//===- CategoricalToLinalg.cpp - slopes of categorical quantizers ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The formulas of tally/Run/Categorical.h, level by level.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Categorical.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tally;

namespace {

/// Arithmetic in short.
struct Numbers {
  OpBuilder &b;
  Location at;

  Value number(double value) const {
    return arith::ConstantOp::create(b, at, b.getF32FloatAttr(float(value)));
  }
  Value add(Value x, Value y) const { return arith::AddFOp::create(b, at, x, y); }
  Value sub(Value x, Value y) const { return arith::SubFOp::create(b, at, x, y); }
  Value mul(Value x, Value y) const { return arith::MulFOp::create(b, at, x, y); }
  Value div(Value x, Value y) const { return arith::DivFOp::create(b, at, x, y); }
  Value clamp(Value x, Value low, Value high) const {
    Value lowered = arith::MinimumFOp::create(b, at, x, high);
    return arith::MaximumFOp::create(b, at, lowered, low);
  }
  Value negate(Value x) const { return arith::NegFOp::create(b, at, x); }
  /// `1 / (1 + exp(-t))`.
  Value below(Value t) const {
    Value power = math::ExpOp::create(b, at, negate(t));
    return div(number(1), add(number(1), power));
  }
};

/// Between two levels, with the probabilities of being below and above.
struct Edge {
  Value t, below, above;
};

/// Sums over the levels.
struct Sums {
  Value all, levels, ofPlace, ofSigma, levelsOfPlace, levelsOfSigma;
};

struct Slopes : Numbers {
  CategoricalSlopeOp op;

  Slopes(OpBuilder &b, Location at, CategoricalSlopeOp op) : Numbers{b, at}, op(op) {}

  Edge makeEdge(Value t) const {
    Value share = below(t);
    return {t, share, below(negate(t))};
  }

  Value build(Value x, Value scale, Value sigma) {
    CodeRange range = getStepRange(op.getLevels());
    Value width = div(scale, sigma);
    Value lowest = mul(width, number(double(range.min) - 0.5)), raw = sub(lowest, div(x, sigma));
    Value reach = number(reference::kCategoricalReach);
    Value span = mul(width, number(double(range.max - range.min + 1)));
    Value least = sub(number(-reference::kCategoricalReach), span);
    Value first = clamp(raw, least, reach), place = sub(lowest, first);
    Value steps = clamp(div(x, scale), number(double(range.min)), number(double(range.max)));
    Value mode = math::RoundEvenOp::create(b, at, steps);
    Sums sums;
    Value share = number(0), modeOfPlace = share, modeOfSigma = share;
    auto collect = [&](Value &sum, Value term) { sum = sum ? add(sum, term) : term; };
    Edge lower = makeEdge(first);
    for (int64_t level = range.min; level <= range.max; ++level) {
      Value distance = mul(width, number(double(level - range.min + 1)));
      Edge upper = makeEdge(add(first, distance));
      Value weight = mul(upper.below, lower.above);
      Value alongPlace = sub(lower.below, upper.above), scaled = mul(lower.below, lower.t);
      Value alongSigma = sub(scaled, mul(upper.above, upper.t));
      lower = upper;
      Value ofPlace = mul(weight, alongPlace), ofSigma = mul(weight, alongSigma);
      Value factor = number(double(level));
      collect(sums.all, weight);
      collect(sums.levels, mul(weight, factor));
      collect(sums.ofPlace, ofPlace);
      collect(sums.ofSigma, ofSigma);
      collect(sums.levelsOfPlace, mul(ofPlace, factor));
      collect(sums.levelsOfSigma, mul(ofSigma, factor));
      if (!op.getLiteral())
        continue;
      Value isMode = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OEQ, mode, factor);
      share = arith::SelectOp::create(b, at, isMode, weight, share);
      modeOfPlace = arith::SelectOp::create(b, at, isMode, alongPlace, modeOfPlace);
      modeOfSigma = arith::SelectOp::create(b, at, isMode, alongSigma, modeOfSigma);
    }
    Value mean = div(sums.levels, sums.all), meanPlace = div(sums.ofPlace, sums.all);
    Value meanSigma = div(sums.ofSigma, sums.all), toPlace, toSigma;
    if (op.getLiteral()) {
      Value probable = div(mul(mode, share), sums.all);
      toPlace = mul(probable, sub(modeOfPlace, meanPlace));
      toSigma = mul(probable, sub(modeOfSigma, meanSigma));
    } else {
      Value together = div(sums.levelsOfPlace, sums.all);
      toPlace = sub(together, mul(mean, meanPlace));
      Value spread = div(sums.levelsOfSigma, sums.all);
      toSigma = sub(spread, mul(mean, meanSigma));
    }
    switch (op.getOf()) {
    case CategoricalOperand::Input:
      return mul(width, toPlace);
    case CategoricalOperand::Sigma:
      return mul(width, toSigma);
    case CategoricalOperand::Scale:
      Value moved = sub(op.getLiteral() ? mode : mean, mul(place, toPlace));
      return sub(moved, toSigma);
    }
    llvm_unreachable("no other operand");
  }
};

struct ConvertCategoricalSlope : OpConversionPattern<CategoricalSlopeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(CategoricalSlopeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    AffineMap byChannel = getVectorMap(rewriter, type.getRank(), op.getScale(), op.getAxis());
    rewriter.replaceOp(
        op,
        buildElementwise(rewriter, op.getLoc(), type.getShape(), type.getElementType(),
                         {adaptor.getInput(), adaptor.getScale(), adaptor.getSigma()},
                         {rewriter.getMultiDimIdentityMap(type.getRank()), byChannel, byChannel},
                         [&](OpBuilder &b, Location at, ValueRange v) {
                           return Slopes(b, at, op).build(v[0], v[1], v[2]);
                         }));
    return success();
  }
};

} // namespace

void tally::populateCategoricalPatterns(const TypeConverter &converter,
                                        RewritePatternSet &patterns) {
  patterns.add<ConvertCategoricalSlope>(converter, patterns.getContext());
}
