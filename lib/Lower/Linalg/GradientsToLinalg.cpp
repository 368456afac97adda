//===- GradientsToLinalg.cpp - what flows back to filters and windows -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gradients have the form that tiles of sums are made for: lanes along the last dimension, filters
// with the channel that lanes are for last.
//
//===----------------------------------------------------------------------===//

#include "GradientLayouts.h"
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
    // Tiles go along the channels: where they are few, along those of a row of taps, which lie side
    // by side in the input.
    constexpr int64_t kFewChannels = 16;
    bool joinsRow = !groups.isGrouped() && !groups.isDepthwise() && window.dilation[1] == 1 &&
                    window.kernel[1] > 1 && groups.channels < kFewChannels;
    if (joinsRow)
      input = joinDims(b, loc, input, 2);
    if (groups.isGrouped()) {
      input = splitDim(b, loc, input, 3, groups.group);
      gradient = splitDim(b, loc, gradient, 3, groups.group);
    }
    Sizes shape = {window.kernel[0]};
    if (joinsRow)
      shape.append({window.kernel[1] * groups.channels, groups.filters});
    else if (groups.isDepthwise())
      shape.append({window.kernel[1], groups.group});
    else if (groups.isGrouped())
      shape.append({window.kernel[1], groups.group, groups.channels, groups.filters});
    else
      shape.append({window.kernel[1], groups.channels, groups.filters});
    // Dimensions: kh, kw, [g,] c, f (one of both in depthwise form, kw and c in one where they are
    // joined), then n, oh, ow.
    int outer = shape.size(), count = outer + 3;
    SmallVector<AffineExpr> d;
    for (int i = 0; i < count; ++i)
      d.push_back(b.getAffineDimExpr(i));
    AffineExpr n = d[outer], oh = d[outer + 1], ow = d[outer + 2];
    SmallVector<AffineExpr> x = {n, oh * window.stride[0] + d[0] * window.dilation[0]},
                            g = {n, oh, ow}, to(d.begin(), d.begin() + outer);
    if (joinsRow)
      x.push_back(ow * (window.stride[1] * groups.channels) + d[1]);
    else
      x.push_back(ow * window.stride[1] + d[1] * window.dilation[1]);
    if (groups.isGrouped()) {
      x.push_back(d[2]);
      g.push_back(d[2]);
    }
    if (!joinsRow)
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
    if (joinsRow)
      sums = splitDim(b, loc, sums, 1, window.kernel[1]);
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
  populateInputGradientPatterns(converter, patterns);
  patterns.add<ConvertFilterGradient, ConvertMaxPoolGradient>(converter, patterns.getContext());
}
