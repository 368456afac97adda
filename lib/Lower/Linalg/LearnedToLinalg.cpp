//===- LearnedToLinalg.cpp - quantizers whose scales are learned ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Elementwise.h"
#include "Reductions.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace {

using utils::IteratorType;

Value makeFloat(OpBuilder &b, Location at, double value) {
  return arith::ConstantOp::create(b, at, b.getF32FloatAttr(float(value)));
}

/// `function` on each element.
Value mapElements(OpBuilder &builder, Location loc, Value input,
                  function_ref<Value(OpBuilder &, Location, Value)> function) {
  auto type = cast<RankedTensorType>(input.getType());
  return buildElementwise(
      builder, loc, type.getShape(), type.getElementType(), input,
      builder.getMultiDimIdentityMap(type.getRank()),
      [&](OpBuilder &b, Location at, ValueRange v) { return function(b, at, v[0]); });
}

/// The least f32 not below `value`: what compares with floats as `value` does.
float nextFloat(double value) {
  float rounded = float(value);
  return double(rounded) < value ? std::nextafterf(rounded, INFINITY) : rounded;
}

/// For every level from the second on, the lowest number of steps that rounds to it, as
/// `PowerOfTwoLevels::nearest` and `nearestExponent` have it.
SmallVector<float> getThresholds(const PowerOfTwoLevels &levels, bool byExponent) {
  SmallVector<float> thresholds;
  ArrayRef<int64_t> rising = levels.sorted();
  for (size_t i = 1; i < rising.size(); ++i) {
    double low = double(rising[i - 1]), high = double(rising[i]);
    bool sameSign = low != 0 && high != 0 && (low < 0) == (high < 0);
    double middle =
        byExponent && sameSign ? std::copysign(std::sqrt(low * high), high) : 0.5 * (low + high);
    // Ties go away from zero: below zero they stay with the lower level.
    float least = nextFloat(middle);
    bool rises = byExponent && sameSign ? levels.nearestExponent(least) >= rising[i]
                                        : levels.tieRises(i, Ties::Away);
    if (double(least) == middle && !rises)
      least = std::nextafterf(least, INFINITY);
    thresholds.push_back(least);
  }
  return thresholds;
}

Value buildLevel(OpBuilder &b, Location at, Value steps, const PowerOfTwoLevels &levels,
                 ArrayRef<float> thresholds) {
  Value level = makeFloat(b, at, double(levels.sorted()[0]));
  for (auto [index, threshold] : llvm::enumerate(thresholds)) {
    Value reached =
        arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGE, steps, makeFloat(b, at, threshold));
    level = arith::SelectOp::create(b, at, reached,
                                    makeFloat(b, at, double(levels.sorted()[index + 1])), level);
  }
  // What is no number stays none, so that training sees it.
  Value isNumber = arith::CmpFOp::create(b, at, arith::CmpFPredicate::ORD, steps, steps);
  return arith::SelectOp::create(b, at, isNumber, level, steps);
}

Value clampSteps(OpBuilder &b, Location at, Value steps, double low, double high) {
  Value raised = arith::MaximumFOp::create(b, at, steps, makeFloat(b, at, low));
  return arith::MinimumFOp::create(b, at, raised, makeFloat(b, at, high));
}

struct ConvertLearnedQuantizer : OpConversionPattern<LearnedQuantizerOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(LearnedQuantizerOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (op.getMasks()) // see CategoricalToLinalg.cpp
      return failure();
    auto type = cast<RankedTensorType>(op.getType());
    SmallVector<AffineMap> maps = {
        rewriter.getMultiDimIdentityMap(type.getRank()),
        getVectorMap(rewriter, type.getRank(), op.getScale(), op.getAxis())};
    rewriter.replaceOp(
        op, buildElementwise(rewriter, op.getLoc(), type.getShape(), type.getElementType(),
                             {adaptor.getInput(), adaptor.getScale()}, maps,
                             [&](OpBuilder &b, Location at, ValueRange v) -> Value {
                               Value steps = arith::DivFOp::create(b, at, v[0], v[1]);
                               return arith::MulFOp::create(b, at, round(b, at, op, steps), v[1]);
                             }));
    return success();
  }

  static Value round(OpBuilder &b, Location at, LearnedQuantizerOp op, Value steps) {
    if (auto powers = dyn_cast<PowerOfTwoType>(op.getLevels())) {
      PowerOfTwoLevels levels = powers.getLevels();
      return buildLevel(b, at, steps, levels, getThresholds(levels, op.getNearestExponent()));
    }
    CodeRange range = getStepRange(op.getLevels());
    // The ends are integers, so they may come before rounding.
    return math::RoundEvenOp::create(
        b, at, clampSteps(b, at, steps, double(range.min), double(range.max)));
  }
};

struct ConvertRound : OpConversionPattern<RoundOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(RoundOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, mapElements(rewriter, op.getLoc(), adaptor.getInput(),
                                       [](OpBuilder &b, Location at, Value x) -> Value {
                                         return math::RoundEvenOp::create(b, at, x);
                                       }));
    return success();
  }
};

struct ConvertInside : OpConversionPattern<InsideOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(InsideOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    double low = op.getLow().convertToFloat(), high = op.getHigh().convertToFloat();
    rewriter.replaceOp(
        op, mapElements(rewriter, op.getLoc(), adaptor.getInput(),
                        [&](OpBuilder &b, Location at, Value x) -> Value {
                          Value above = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGT, x,
                                                              makeFloat(b, at, low));
                          Value below = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OLT, x,
                                                              makeFloat(b, at, high));
                          Value zero = makeFloat(b, at, 0);
                          Value inner =
                              arith::SelectOp::create(b, at, below, makeFloat(b, at, 1), zero);
                          return arith::SelectOp::create(b, at, above, inner, zero);
                        }));
    return success();
  }
};

/// Sums over kh, kw and c of what the clamp takes away.
struct ConvertExcess : OpConversionPattern<AdderExcessOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(AdderExcessOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getType());
    double low = op.getLow().convertToFloat(), high = op.getHigh().convertToFloat();
    Value start = makeZero(rewriter, loc, type.getShape(), type.getElementType());
    SmallVector<AffineMap> maps = {rewriter.getMultiDimIdentityMap(4),
                                   AffineMap::get(4, 0, rewriter.getAffineDimExpr(0))};
    SmallVector<IteratorType> iterators(4, IteratorType::reduction);
    iterators[0] = IteratorType::parallel;
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(
        op, type, ValueRange{adaptor.getFilter()}, ValueRange{start}, maps, iterators,
        [&](OpBuilder &b, Location at, ValueRange args) {
          Value clamped = clampSteps(b, at, args[0], low, high);
          Value away = math::AbsFOp::create(b, at, arith::SubFOp::create(b, at, args[0], clamped));
          linalg::YieldOp::create(b, at, arith::AddFOp::create(b, at, args[1], away).getResult());
        });
    return success();
  }
};

} // namespace

void tally::populateTallyLearnedPatterns(const TypeConverter &converter,
                                         RewritePatternSet &patterns) {
  populateCategoricalPatterns(converter, patterns);
  populateFilterQuantizerPatterns(converter, patterns);
  populateMixturePatterns(converter, patterns);
  populateLevelMaskPatterns(converter, patterns);
  patterns.add<ConvertLearnedQuantizer, ConvertRound, ConvertInside, ConvertExcess>(
      converter, patterns.getContext());
}
