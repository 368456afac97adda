//===- CategoricalToLinalg.cpp - probabilities of levels ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Slopes of categorical quantizers, and those with masks themselves: the formulas of
// tally/Run/Categorical.h, level by level.
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

/// The levels of `op`, a quantizer or its slope, around one number.
template <typename OpT> struct Levels : Numbers {
  OpT op;
  CodeRange range;
  ValueRange masks;
  Value width, first, place; ///< as CategoricalPlace has them

  /// `v` is the number, its step, sigma, the masks, and what was in the result's place.
  Levels(OpBuilder &b, Location at, OpT op, ValueRange v)
      : Numbers{b, at}, op(op), range(getStepRange(op.getLevels())),
        masks(v.drop_front(3).drop_back()) {
    Value x = v[0], scale = v[1], sigma = v[2];
    if (!masks.empty())
      sigma =
          arith::MaximumFOp::create(b, at, sigma, mul(scale, number(reference::kLeastMaskedSigma)));
    width = div(scale, sigma);
    Value lowest = mul(width, number(double(range.min) - 0.5)), raw = sub(lowest, div(x, sigma));
    Value reach = number(reference::kCategoricalReach);
    Value span = mul(width, number(double(range.max - range.min + 1)));
    Value least = sub(number(-reference::kCategoricalReach), span);
    first = clamp(raw, least, reach);
    place = sub(lowest, first);
  }

  Edge makeEdge(Value t) const {
    Value share = below(t);
    return {t, share, below(negate(t))};
  }
  Edge makeUpperEdge(int64_t level) const {
    Value distance = mul(width, number(double(level - range.min + 1)));
    return makeEdge(add(first, distance));
  }
  int64_t maskOf(int64_t level) const {
    return masks.empty() ? -1 : reference::maskOf(level, OpT(op).getEndpoints());
  }
  Value applyMask(int64_t level, Value share) const {
    int64_t mask = maskOf(level);
    return mask < 0 ? share : mul(masks[mask], share);
  }
  Value select(Value condition, Value x, Value y) const {
    return arith::SelectOp::create(b, at, condition, x, y);
  }

  Value findMostProbable() const {
    Edge lower = makeEdge(first);
    Value best = number(double(range.min)), most = number(-1);
    for (int64_t level = range.min; level <= range.max; ++level) {
      Edge upper = makeUpperEdge(level);
      Value weight = applyMask(level, mul(upper.below, lower.above));
      Value isMore = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGT, weight, most);
      best = select(isMore, number(double(level)), best);
      most = select(isMore, weight, most);
      lower = upper;
    }
    return best;
  }
};

/// Sums over the levels.
struct Sums {
  Value all, levels, ofPlace, ofSigma, levelsOfPlace, levelsOfSigma;
};

/// Those without the levels of a mask, and of these levels with a mask of 1.
struct MaskSums {
  Value others, levelsOfOthers, masked, levelsMasked, modeOfOthers, modeMasked;
};

struct Slopes : Levels<CategoricalSlopeOp> {
  using Levels::Levels;

  CategoricalSlopeOp slope() const { return op; }

  /// The level that is taken, with `literal`; null without.
  Value findMode(Value x, Value scale) const {
    if (!slope().getLiteral())
      return {};
    if (!masks.empty())
      return findMostProbable();
    Value steps = clamp(div(x, scale), number(double(range.min)), number(double(range.max)));
    return math::RoundEvenOp::create(b, at, steps);
  }

  void collect(Value &sum, Value term) const { sum = sum ? add(sum, term) : term; }

  Value buildOfMask(Value scale, Value mode) const {
    MaskSums sums;
    sums.modeOfOthers = sums.modeMasked = number(0);
    Edge lower = makeEdge(first);
    for (int64_t level = range.min; level <= range.max; ++level) {
      Edge upper = makeUpperEdge(level);
      Value weight = mul(upper.below, lower.above), factor = number(double(level));
      lower = upper;
      bool isMasked = maskOf(level) == int64_t(slope().getMask());
      if (!isMasked)
        weight = applyMask(level, weight);
      collect(isMasked ? sums.masked : sums.others, weight);
      collect(isMasked ? sums.levelsMasked : sums.levelsOfOthers, mul(weight, factor));
      if (!mode)
        continue;
      Value isMode = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OEQ, mode, factor);
      Value &share = isMasked ? sums.modeMasked : sums.modeOfOthers;
      share = select(isMode, weight, share);
    }
    Value of = mode ? sums.modeOfOthers : sums.levelsOfOthers;
    Value more = add(of, mode ? sums.modeMasked : sums.levelsMasked);
    Value with = div(more, add(sums.others, sums.masked));
    Value worth = sub(with, div(of, sums.others));
    return mul(scale, mode ? mul(mode, worth) : worth);
  }

  Value build(Value x, Value scale) const {
    Value mode = findMode(x, scale);
    if (slope().getOf() == CategoricalOperand::Masks)
      return buildOfMask(scale, mode);
    Sums sums;
    Value share = number(0), modeOfPlace = share, modeOfSigma = share;
    Edge lower = makeEdge(first);
    for (int64_t level = range.min; level <= range.max; ++level) {
      Edge upper = makeUpperEdge(level);
      Value weight = applyMask(level, mul(upper.below, lower.above));
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
      if (!mode)
        continue;
      Value isMode = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OEQ, mode, factor);
      share = select(isMode, weight, share);
      modeOfPlace = select(isMode, alongPlace, modeOfPlace);
      modeOfSigma = select(isMode, alongSigma, modeOfSigma);
    }
    Value mean = div(sums.levels, sums.all), meanPlace = div(sums.ofPlace, sums.all);
    Value meanSigma = div(sums.ofSigma, sums.all), toPlace, toSigma;
    if (mode) {
      Value probable = div(mul(mode, share), sums.all);
      toPlace = mul(probable, sub(modeOfPlace, meanPlace));
      toSigma = mul(probable, sub(modeOfSigma, meanSigma));
    } else {
      Value together = div(sums.levelsOfPlace, sums.all);
      toPlace = sub(together, mul(mean, meanPlace));
      Value spread = div(sums.levelsOfSigma, sums.all);
      toSigma = sub(spread, mul(mean, meanSigma));
    }
    switch (slope().getOf()) {
    case CategoricalOperand::Input:
      return mul(width, toPlace);
    case CategoricalOperand::Sigma:
      return mul(width, toSigma);
    case CategoricalOperand::Scale: {
      Value moved = sub(mode ? mode : mean, mul(place, toPlace));
      return sub(moved, toSigma);
    }
    case CategoricalOperand::Masks:
      break;
    }
    llvm_unreachable("no other operand");
  }
};

/// `body` of each number, its step, its sigma and the masks.
template <typename OpT>
Value buildByLevels(OpBuilder &builder, OpT op, typename OpT::Adaptor adaptor,
                    function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  auto type = cast<RankedTensorType>(op.getType());
  int64_t rank = type.getRank();
  AffineMap byChannel = getVectorMap(builder, rank, op.getScale(), op.getAxis());
  SmallVector<Value> inputs = {adaptor.getInput(), adaptor.getScale(), adaptor.getSigma()};
  SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(rank), byChannel, byChannel};
  if (Value masks = adaptor.getMasks())
    for (int64_t k = 0, e = op.getMasks().getType().getDimSize(0); k < e; ++k) {
      inputs.push_back(masks);
      maps.push_back(getElementMap(builder, rank, k));
    }
  return buildElementwise(builder, op.getLoc(), type.getShape(), type.getElementType(), inputs,
                          maps, body);
}

struct ConvertCategoricalSlope : OpConversionPattern<CategoricalSlopeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(CategoricalSlopeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, buildByLevels(rewriter, op, adaptor, [&](OpBuilder &b, Location at, ValueRange v) {
          return Slopes(b, at, op, v).build(v[0], v[1]);
        }));
    return success();
  }
};

struct ConvertMaskedQuantizer : OpConversionPattern<LearnedQuantizerOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(LearnedQuantizerOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!op.getMasks())
      return failure();
    rewriter.replaceOp(
        op, buildByLevels(rewriter, op, adaptor, [&](OpBuilder &b, Location at, ValueRange v) {
          Levels<LearnedQuantizerOp> levels(b, at, op, v);
          return levels.mul(levels.findMostProbable(), v[1]);
        }));
    return success();
  }
};

} // namespace

void tally::populateCategoricalPatterns(const TypeConverter &converter,
                                        RewritePatternSet &patterns) {
  patterns.add<ConvertCategoricalSlope, ConvertMaskedQuantizer>(converter, patterns.getContext());
}
