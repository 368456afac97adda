//===- GradientsToLinalg.cpp - what flows back through layers -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gradients have the form that tiles of sums are made for: lanes along the last dimension, filters
// with the channel that lanes are for last. To the input, that is a convolution of the gradient,
// spread by the stride and padded, with the filter turned around.
//
//===----------------------------------------------------------------------===//

#include "LayerLoops.h"
#include "Reductions.h"
#include "SpreadGradient.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tally;

namespace {

using utils::IteratorType;
using Sizes = SmallVector<int64_t>;

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// An elementwise generic that reads `input` at `places` of its own indices.
Value rearrange(OpBuilder &builder, Location loc, Value input, ArrayRef<int64_t> shape,
                function_ref<SmallVector<Value>(OpBuilder &, Location, ArrayRef<Value>)> places) {
  RankedTensorType type = typeOf(input);
  Value empty = tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  return linalg::GenericOp::create(builder, loc, empty.getType(), ValueRange{}, ValueRange{empty},
                                   builder.getMultiDimIdentityMap(shape.size()),
                                   SmallVector<IteratorType>(shape.size(), IteratorType::parallel),
                                   [&](OpBuilder &b, Location at, ValueRange) {
                                     SmallVector<Value> indices;
                                     for (size_t dim = 0; dim < shape.size(); ++dim)
                                       indices.push_back(linalg::IndexOp::create(b, at, dim));
                                     Value element = tensor::ExtractOp::create(
                                         b, at, input, places(b, at, indices));
                                     linalg::YieldOp::create(b, at, element);
                                   })
      .getResult(0);
}

Value fromEnd(OpBuilder &b, Location at, int64_t size, Value index) {
  Value last = arith::ConstantIndexOp::create(b, at, size - 1);
  return arith::SubIOp::create(b, at, last, index);
}

/// How the filters of a layer fall into groups.
struct Groups {
  int64_t group, filters, channels; ///< of one group: F / group, C / group

  Groups(int64_t group, RankedTensorType filter)
      : group(group), filters(filter.getDimSize(0) / group), channels(filter.getDimSize(3)) {}
  /// One filter with one channel each: no dimension for either.
  bool isDepthwise() const { return group > 1 && filters == 1 && channels == 1; }
  bool isGrouped() const { return group > 1 && !isDepthwise(); }
};

/// `[F, KH, KW, C / group]` turned around, channels last: `[KH, KW, (group,) F / group, C /
/// group]`, or `[KH, KW, C]` where it is depthwise.
Value turnFilter(OpBuilder &builder, Location loc, Value filter, const Groups &groups) {
  ArrayRef<int64_t> shape = typeOf(filter).getShape();
  Sizes turned = {shape[1], shape[2]};
  if (groups.isDepthwise())
    turned.push_back(groups.group);
  else if (groups.isGrouped())
    turned.append({groups.group, groups.filters, groups.channels});
  else
    turned.append({groups.filters, groups.channels});
  return rearrange(builder, loc, filter, turned,
                   [&](OpBuilder &b, Location at, ArrayRef<Value> i) -> SmallVector<Value> {
                     Value kh = fromEnd(b, at, shape[1], i[0]), kw = fromEnd(b, at, shape[2], i[1]);
                     if (groups.isDepthwise())
                       return {i[2], kh, kw, arith::ConstantIndexOp::create(b, at, 0)};
                     if (!groups.isGrouped())
                       return {i[2], kh, kw, i[3]};
                     Value size = arith::ConstantIndexOp::create(b, at, groups.filters);
                     Value first = arith::MulIOp::create(b, at, i[2], size);
                     return {arith::AddIOp::create(b, at, first, i[3]), kh, kw, i[4]};
                   });
}

using TermBody = function_ref<Value(OpBuilder &, Location, ValueRange)>;

/// Sums for each input of a layer: over the outputs and taps that read it, `term` of the gradient,
/// the weight and, if it is given, the input itself.
Value sumToInput(OpBuilder &b, Location loc, Value gradient, Value filter, Value input,
                 RankedTensorType result, const Window &window, int64_t group, TermBody term) {
  Groups groups(group, typeOf(filter));
  Value spread = spreadOut(b, loc, gradient, window, result.getShape(), 0);
  Value weights = turnFilter(b, loc, filter, groups);
  Value start = makeZero(b, loc, result.getShape(), result.getElementType());
  if (groups.isGrouped()) {
    spread = splitDim(b, loc, spread, 3, group);
    start = splitDim(b, loc, start, 3, group);
    input = input ? splitDim(b, loc, input, 3, group) : input;
  }
  // Dimensions: n, h, w, [g,] c, then kh, kw, f (f is absent in depthwise form).
  int outer = groups.isGrouped() ? 5 : 4, count = outer + (groups.isDepthwise() ? 2 : 3);
  SmallVector<AffineExpr> d;
  for (int i = 0; i < count; ++i)
    d.push_back(b.getAffineDimExpr(i));
  AffineExpr kh = d[outer], kw = d[outer + 1], c = d[outer - 1];
  SmallVector<AffineExpr> from = {d[0], d[1] + kh * window.dilation[0],
                                  d[2] + kw * window.dilation[1]},
                          weight = {kh, kw}, to(d.begin(), d.begin() + outer);
  if (groups.isGrouped()) {
    from.push_back(d[3]);
    weight.push_back(d[3]);
  }
  if (!groups.isDepthwise()) {
    from.push_back(d[outer + 2]);
    weight.push_back(d[outer + 2]);
  } else {
    from.push_back(c);
  }
  weight.push_back(c);
  MLIRContext *context = b.getContext();
  SmallVector<Value> inputs = {spread, weights};
  SmallVector<AffineMap> maps = {AffineMap::get(count, 0, from, context),
                                 AffineMap::get(count, 0, weight, context)};
  if (input) {
    inputs.push_back(input);
    maps.push_back(AffineMap::get(count, 0, to, context));
  }
  maps.push_back(AffineMap::get(count, 0, to, context));
  SmallVector<IteratorType> iterators(count, IteratorType::reduction);
  std::fill_n(iterators.begin(), outer, IteratorType::parallel);
  Value sums =
      linalg::GenericOp::create(
          b, loc, start.getType(), inputs, ValueRange{start}, maps, iterators,
          [&](OpBuilder &nested, Location at, ValueRange args) {
            Value product =
                arith::MulFOp::create(nested, at, args[0], term(nested, at, args.drop_front()));
            linalg::YieldOp::create(
                nested, at, arith::AddFOp::create(nested, at, args.back(), product).getResult());
          })
          .getResult(0);
  return groups.isGrouped() ? joinDims(b, loc, sums, 3) : sums;
}

struct ConvertInputGradient : OpConversionPattern<Conv2DInputGradientOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(Conv2DInputGradientOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op,
                       sumToInput(rewriter, op.getLoc(), adaptor.getGradient(), adaptor.getFilter(),
                                  {}, typeOf(op.getOutput()), op.getWindow(), op.getGroup(),
                                  [](OpBuilder &, Location, ValueRange v) { return v[0]; }));
    return success();
  }
};

struct ConvertAdderInputGradient : OpConversionPattern<AdderInputGradientOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(AdderInputGradientOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    bool sign = op.getRule() == DifferenceRule::Sign;
    rewriter.replaceOp(
        op, sumToInput(rewriter, op.getLoc(), adaptor.getGradient(), adaptor.getFilter(),
                       adaptor.getInput(), typeOf(op.getOutput()), op.getWindow(), op.getGroup(),
                       [&](OpBuilder &b, Location at, ValueRange v) {
                         return sign ? buildSign(b, at, v[0], v[1]) : buildTanh(b, at, v[0], v[1]);
                       }));
    return success();
  }

  static Value number(OpBuilder &b, Location at, Value like, double value) {
    return arith::ConstantOp::create(b, at, b.getFloatAttr(like.getType(), value));
  }

  static Value buildSign(OpBuilder &b, Location at, Value w, Value x) {
    Value above = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGT, w, x);
    Value below = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OLT, w, x);
    Value one = number(b, at, w, 1), zero = number(b, at, w, 0), minusOne = number(b, at, w, -1);
    Value minus = arith::SelectOp::create(b, at, below, minusOne, zero);
    return arith::SelectOp::create(b, at, above, one, minus);
  }

  /// `min(max(w - x, -1), 1)`.
  static Value buildTanh(OpBuilder &b, Location at, Value w, Value x) {
    Value difference = arith::SubFOp::create(b, at, w, x);
    Value raised = arith::MaximumFOp::create(b, at, difference, number(b, at, w, -1));
    return arith::MinimumFOp::create(b, at, raised, number(b, at, w, 1));
  }
};

/// Sums `[KH, KW, (group,) C / group, F / group]`, then brought to the filter's order.
struct ConvertFilterGradient : OpConversionPattern<Conv2DFilterGradientOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(Conv2DFilterGradientOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    OpBuilder &b = rewriter;
    Location loc = op.getLoc();
    RankedTensorType result = typeOf(op.getOutput());
    Window window = op.getWindow();
    Groups groups(op.getGroup(), result);
    Value input =
        padInput(b, loc, adaptor.getInput(), window, b.getFloatAttr(result.getElementType(), 0));
    Value gradient = adaptor.getGradient();
    if (groups.isGrouped()) {
      input = splitDim(b, loc, input, 3, groups.group);
      gradient = splitDim(b, loc, gradient, 3, groups.group);
    }
    Sizes shape = {window.kernel[0], window.kernel[1]};
    if (groups.isDepthwise())
      shape.push_back(groups.group);
    else if (groups.isGrouped())
      shape.append({groups.group, groups.channels, groups.filters});
    else
      shape.append({groups.channels, groups.filters});
    // Dimensions: kh, kw, [g,] c, f (one of both in depthwise form), then n, oh, ow.
    int outer = shape.size(), count = outer + 3;
    SmallVector<AffineExpr> d;
    for (int i = 0; i < count; ++i)
      d.push_back(b.getAffineDimExpr(i));
    AffineExpr n = d[outer], oh = d[outer + 1], ow = d[outer + 2];
    SmallVector<AffineExpr> x = {n, oh * window.stride[0] + d[0] * window.dilation[0],
                                 ow * window.stride[1] + d[1] * window.dilation[1]},
                            g = {n, oh, ow}, to(d.begin(), d.begin() + outer);
    if (groups.isGrouped()) {
      x.push_back(d[2]);
      g.push_back(d[2]);
    }
    x.push_back(d[groups.isDepthwise() ? outer - 1 : outer - 2]);
    g.push_back(d[outer - 1]);
    MLIRContext *context = b.getContext();
    SmallVector<AffineMap> maps = {AffineMap::get(count, 0, x, context),
                                   AffineMap::get(count, 0, g, context),
                                   AffineMap::get(count, 0, to, context)};
    SmallVector<IteratorType> iterators(count, IteratorType::reduction);
    std::fill_n(iterators.begin(), outer, IteratorType::parallel);
    Value start = makeZero(b, loc, shape, result.getElementType());
    Value sums =
        linalg::GenericOp::create(
            b, loc, start.getType(), ValueRange{input, gradient}, ValueRange{start}, maps,
            iterators,
            [](OpBuilder &nested, Location at, ValueRange args) {
              Value product = arith::MulFOp::create(nested, at, args[0], args[1]);
              linalg::YieldOp::create(
                  nested, at, arith::AddFOp::create(nested, at, args[2], product).getResult());
            })
            .getResult(0);
    rewriter.replaceOp(op, toFilterOrder(b, loc, sums, result.getShape(), groups));
    return success();
  }

  static Value toFilterOrder(OpBuilder &builder, Location loc, Value sums, ArrayRef<int64_t> shape,
                             const Groups &groups) {
    return rearrange(builder, loc, sums, shape,
                     [&](OpBuilder &b, Location at, ArrayRef<Value> i) -> SmallVector<Value> {
                       if (groups.isDepthwise())
                         return {i[1], i[2], i[0]};
                       if (!groups.isGrouped())
                         return {i[1], i[2], i[3], i[0]};
                       Value size = arith::ConstantIndexOp::create(b, at, groups.filters);
                       return {i[1], i[2], arith::DivUIOp::create(b, at, i[0], size), i[3],
                               arith::RemUIOp::create(b, at, i[0], size)};
                     });
  }
};

/// First the number of the tap that each window's maximum was first found at, then, for each input,
/// the gradients of the windows that found it there.
struct ConvertMaxPoolGradient : OpConversionPattern<MaxPool2DGradientOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(MaxPool2DGradientOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    OpBuilder &b = rewriter;
    Location loc = op.getLoc();
    Window window = op.getWindow();
    RankedTensorType input = typeOf(op.getInput()), output = typeOf(op.getGradient());
    Value padded = padInput(b, loc, adaptor.getInput(), window,
                            b.getFloatAttr(input.getElementType(), -INFINITY));
    Value largest = reduceWindow(b, loc, {padded}, output, window, -INFINITY,
                                 [](OpBuilder &n, Location at, ValueRange v, Value) -> Value {
                                   return arith::MaximumFOp::create(n, at, v[0], v[1]);
                                 });
    double none = double(window.kernel[0] * window.kernel[1]);
    Value first = reduceWindow(
        b, loc, {padded, largest}, output, window, none,
        [&](OpBuilder &n, Location at, ValueRange v, Value tap) -> Value {
          Value found = arith::CmpFOp::create(n, at, arith::CmpFPredicate::OEQ, v[0], v[1]);
          Value place = arith::SelectOp::create(n, at, found, tap, number(n, at, none));
          return arith::MinimumFOp::create(n, at, v[2], place);
        });
    Value places = spreadOut(b, loc, first, window, input.getShape(), none);
    Value gradients = spreadOut(b, loc, adaptor.getGradient(), window, input.getShape(), 0);
    Window turned = window;
    turned.stride = {1, 1};
    rewriter.replaceOp(
        op, reduceWindow(b, loc, {places, gradients}, input, turned, 0,
                         [&](OpBuilder &n, Location at, ValueRange v, Value tap) -> Value {
                           Value mine = arith::SubFOp::create(n, at, number(n, at, none - 1), tap);
                           Value found =
                               arith::CmpFOp::create(n, at, arith::CmpFPredicate::OEQ, v[0], mine);
                           Value part =
                               arith::SelectOp::create(n, at, found, v[1], number(n, at, 0));
                           return arith::AddFOp::create(n, at, v[2], part);
                         }));
    return success();
  }

  static Value number(OpBuilder &b, Location at, double value) {
    return arith::ConstantOp::create(b, at, b.getF32FloatAttr(float(value)));
  }

  /// Over the windows of `inputs`, each the size of the first or, without a window, of the result;
  /// `body` gets their elements, the value so far, and the number of the tap.
  static Value reduceWindow(OpBuilder &b, Location loc, ArrayRef<Value> inputs,
                            RankedTensorType result, const Window &window, double start,
                            function_ref<Value(OpBuilder &, Location, ValueRange, Value)> body) {
    SmallVector<AffineExpr> d;
    for (int i = 0; i < 6; ++i)
      d.push_back(b.getAffineDimExpr(i));
    MLIRContext *context = b.getContext();
    AffineMap inWindow = AffineMap::get(
                  6, 0,
                  {d[0], d[1] * window.stride[0] + d[4], d[2] * window.stride[1] + d[5], d[3]},
                  context),
              outside = AffineMap::get(6, 0, {d[0], d[1], d[2], d[3]}, context);
    SmallVector<Value> operands(inputs);
    SmallVector<AffineMap> maps;
    for (Value input : inputs)
      maps.push_back(typeOf(input).getShape() == typeOf(inputs[0]).getShape() ? inWindow : outside);
    // A tensor of the window's size gives the reduction its bounds.
    operands.push_back(tensor::EmptyOp::create(
        b, loc, ArrayRef<int64_t>{window.kernel[0], window.kernel[1]}, b.getI8Type()));
    maps.push_back(AffineMap::get(6, 0, {d[4], d[5]}, context));
    maps.push_back(outside);
    SmallVector<IteratorType> iterators(6, IteratorType::parallel);
    iterators[4] = iterators[5] = IteratorType::reduction;
    Value empty = tensor::EmptyOp::create(b, loc, result.getShape(), result.getElementType());
    Value filler = number(b, loc, start);
    Value init = linalg::FillOp::create(b, loc, ValueRange{filler}, ValueRange{empty}).getResult(0);
    return linalg::GenericOp::create(
               b, loc, result, operands, ValueRange{init}, maps, iterators,
               [&](OpBuilder &n, Location at, ValueRange args) {
                 Value row = linalg::IndexOp::create(n, at, 4);
                 Value width = arith::ConstantIndexOp::create(n, at, window.kernel[1]);
                 Value start = arith::MulIOp::create(n, at, row, width);
                 Value column = linalg::IndexOp::create(n, at, 5);
                 Value place = arith::AddIOp::create(n, at, start, column);
                 Value tap = arith::SIToFPOp::create(
                     n, at, n.getF32Type(),
                     arith::IndexCastOp::create(n, at, n.getI32Type(), place));
                 SmallVector<Value> values(args.take_front(inputs.size()));
                 values.push_back(args.back());
                 linalg::YieldOp::create(n, at, body(n, at, values, tap));
               })
        .getResult(0);
  }
};

} // namespace

void tally::populateTallyGradientPatterns(const TypeConverter &converter,
                                          RewritePatternSet &patterns) {
  patterns.add<ConvertInputGradient, ConvertAdderInputGradient, ConvertFilterGradient,
               ConvertMaxPoolGradient>(converter, patterns.getContext());
}
