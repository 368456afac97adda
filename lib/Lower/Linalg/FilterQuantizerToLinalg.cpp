//===- FilterQuantizerToLinalg.cpp - scales that follow from weights ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The sums of FilterScales.h, in its order and in double precision, so that code and reference
// have the same scales.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Reductions.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/FilterQuantizer.h"
#include "tally/Run/FilterScales.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tally;

namespace {

using utils::IteratorType;

struct ConvertFilterQuantizer : OpConversionPattern<FilterQuantizerOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(FilterQuantizerOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value weights = adaptor.getInput();
    auto type = cast<RankedTensorType>(op.getType());
    if (!type.getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "only f32 is compiled");
    Builder b{rewriter, op.getLoc(), weights, type, op.getAxis()};
    switch (op.getRule()) {
    case FilterRule::Bwn:
      rewriter.replaceOp(op, b.binary());
      break;
    case FilterRule::Twn:
      rewriter.replaceOp(op, b.ternary());
      break;
    case FilterRule::Sawb:
      rewriter.replaceOp(op, b.clipped(op.getMost()));
      break;
    }
    return success();
  }

  struct Builder {
    OpBuilder &builder;
    Location loc;
    Value weights;
    RankedTensorType type;
    int64_t axis;

    using Body = function_ref<Value(OpBuilder &, Location, ValueRange)>;

    int64_t places() const { return axis < 0 ? 1 : type.getDimSize(axis); }
    double count() const { return double(type.getNumElements() / places()); }

    static Value number(OpBuilder &b, Location at, Type element, double value) {
      return arith::ConstantOp::create(b, at, b.getFloatAttr(element, value));
    }
    static Value wide(OpBuilder &b, Location at, double value) {
      return number(b, at, b.getF64Type(), value);
    }
    static Value magnitude(OpBuilder &b, Location at, Value weight) {
      Value size = math::AbsFOp::create(b, at, weight);
      return arith::ExtFOp::create(b, at, b.getF64Type(), size);
    }

    /// From the weights' dimensions to the scale of each.
    AffineMap toPlace() const {
      return AffineMap::get(type.getRank(), 0,
                            axis < 0 ? builder.getAffineConstantExpr(0)
                                     : builder.getAffineDimExpr(axis),
                            builder.getContext());
    }

    /// The sum of `addend(weight, others)` over the weights of each place, where `others` are
    /// numbers of the place.
    Value sum(ValueRange others, Body addend) const {
      SmallVector<Value> inputs = {weights};
      llvm::append_range(inputs, others);
      SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(type.getRank())};
      maps.append(others.size() + 1, toPlace());
      SmallVector<IteratorType> iterators(type.getRank(), IteratorType::reduction);
      if (axis >= 0)
        iterators[axis] = IteratorType::parallel;
      Value start = makeZero(builder, loc, {places()}, builder.getF64Type());
      return linalg::GenericOp::create(
                 builder, loc, start.getType(), inputs, ValueRange{start}, maps, iterators,
                 [&](OpBuilder &b, Location at, ValueRange v) {
                   Value term = addend(b, at, v.drop_back());
                   linalg::YieldOp::create(
                       b, at, arith::AddFOp::create(b, at, v.back(), term).getResult());
                 })
          .getResult(0);
    }

    /// A number of each place from others.
    Value perPlace(ValueRange numbers, Type element, Body body) const {
      SmallVector<AffineMap> maps(numbers.size(), builder.getMultiDimIdentityMap(1));
      return buildElementwise(builder, loc, {places()}, element, numbers, maps, body);
    }

    Value sumMagnitudes() const {
      return sum({},
                 [](OpBuilder &b, Location at, ValueRange v) { return magnitude(b, at, v[0]); });
    }

    /// A scale in f32, never 0.
    static Value toScale(OpBuilder &b, Location at, Value scale) {
      Value bounded =
          arith::MaximumFOp::create(b, at, scale, wide(b, at, reference::kLeastWeightScale));
      return arith::TruncFOp::create(b, at, b.getF32Type(), bounded);
    }

    /// The scale times `level(weight, scale, others)`.
    Value quantize(Value scale, ValueRange others, Body level) const {
      SmallVector<Value> inputs = {weights, scale};
      llvm::append_range(inputs, others);
      SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(type.getRank())};
      maps.append(others.size() + 1, toPlace());
      return buildElementwise(
          builder, loc, type.getShape(), type.getElementType(), inputs, maps,
          [&](OpBuilder &b, Location at, ValueRange v) -> Value {
            // What is no number stays none, so that training sees it.
            Value isNumber = arith::CmpFOp::create(b, at, arith::CmpFPredicate::ORD, v[0], v[0]);
            Value chosen = arith::SelectOp::create(b, at, isNumber, level(b, at, v), v[0]);
            return arith::MulFOp::create(b, at, v[1], chosen);
          });
    }

    Value binary() const {
      double all = count();
      Value scale = perPlace(
          sumMagnitudes(), builder.getF32Type(), [&](OpBuilder &b, Location at, ValueRange v) {
            return toScale(b, at, arith::DivFOp::create(b, at, v[0], wide(b, at, all)));
          });
      return quantize(scale, {}, [](OpBuilder &b, Location at, ValueRange v) -> Value {
        Type f32 = b.getF32Type();
        Value isPositive =
            arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGE, v[0], number(b, at, f32, 0));
        return arith::SelectOp::create(b, at, isPositive, number(b, at, f32, 1),
                                       number(b, at, f32, -1));
      });
    }

    static Value isAbove(OpBuilder &b, Location at, Value weight, Value threshold) {
      return arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGT, magnitude(b, at, weight),
                                   threshold);
    }

    Value ternary() const {
      Type f64 = builder.getF64Type();
      double all = count();
      Value threshold =
          perPlace(sumMagnitudes(), f64, [&](OpBuilder &b, Location at, ValueRange v) -> Value {
            Value mean = arith::DivFOp::create(b, at, v[0], wide(b, at, all));
            return arith::MulFOp::create(b, at, wide(b, at, reference::kTernaryThreshold), mean);
          });
      Value kept = sum(threshold, [](OpBuilder &b, Location at, ValueRange v) -> Value {
        return arith::SelectOp::create(b, at, isAbove(b, at, v[0], v[1]), magnitude(b, at, v[0]),
                                       wide(b, at, 0));
      });
      Value many = sum(threshold, [](OpBuilder &b, Location at, ValueRange v) -> Value {
        return arith::SelectOp::create(b, at, isAbove(b, at, v[0], v[1]), wide(b, at, 1),
                                       wide(b, at, 0));
      });
      Value scale =
          perPlace({kept, many}, builder.getF32Type(), [](OpBuilder &b, Location at, ValueRange v) {
            Value some = arith::MaximumFOp::create(b, at, v[1], wide(b, at, 1));
            return toScale(b, at, arith::DivFOp::create(b, at, v[0], some));
          });
      return quantize(scale, threshold, [](OpBuilder &b, Location at, ValueRange v) -> Value {
        Type f32 = b.getF32Type();
        Value sign = math::CopySignOp::create(b, at, number(b, at, f32, 1), v[0]);
        return arith::SelectOp::create(b, at, isAbove(b, at, v[0], v[2]), sign,
                                       number(b, at, f32, 0));
      });
    }

    Value clipped(int64_t most) const {
      double all = count();
      auto [c1, c2] = reference::clipCoefficients(most);
      Value squares = sum({}, [](OpBuilder &b, Location at, ValueRange v) -> Value {
        Value weight = arith::ExtFOp::create(b, at, b.getF64Type(), v[0]);
        return arith::MulFOp::create(b, at, weight, weight);
      });
      Value scale = perPlace(
          {sumMagnitudes(), squares}, builder.getF32Type(),
          [&, c1 = c1, c2 = c2](OpBuilder &b, Location at, ValueRange v) {
            Value number = wide(b, at, all);
            Value mean = arith::DivFOp::create(b, at, v[0], number);
            Value root = math::SqrtOp::create(b, at, arith::DivFOp::create(b, at, v[1], number));
            Value clip =
                arith::SubFOp::create(b, at, arith::MulFOp::create(b, at, wide(b, at, c1), root),
                                      arith::MulFOp::create(b, at, wide(b, at, c2), mean));
            Value outermost = arith::MaximumFOp::create(b, at, clip, mean);
            return toScale(b, at,
                           arith::DivFOp::create(b, at, outermost, wide(b, at, double(most))));
          });
      return quantize(scale, {}, [&](OpBuilder &b, Location at, ValueRange v) -> Value {
        Type f32 = b.getF32Type();
        Value steps = arith::DivFOp::create(b, at, v[0], v[1]);
        Value raised = arith::MaximumFOp::create(b, at, steps, number(b, at, f32, -double(most)));
        return math::RoundEvenOp::create(
            b, at, arith::MinimumFOp::create(b, at, raised, number(b, at, f32, double(most))));
      });
    }
  };
};

} // namespace

void tally::populateFilterQuantizerPatterns(const TypeConverter &converter,
                                            RewritePatternSet &patterns) {
  patterns.add<ConvertFilterQuantizer>(converter, patterns.getContext());
}
