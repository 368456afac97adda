//===- WindowsToLinalg.cpp - sums and maxima over windows -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Reductions.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tally;

namespace {

using utils::IteratorType;

/// Sums and maxima over windows: iterators n, oh, ow, c, kh, kw.
struct WindowReduction {
  Window window;
  Type inputElement, result;
  bool overChannels = false;
};

Value buildWindowReduction(OpBuilder &b, Location loc, Value padded, Value start,
                           const WindowReduction &r,
                           function_ref<Value(OpBuilder &, Location, Value, Value)> body) {
  MLIRContext *context = b.getContext();
  SmallVector<AffineExpr> d;
  for (int i = 0; i < 6; ++i)
    d.push_back(b.getAffineDimExpr(i));
  // The channel is dimension 3 where it is kept, dimension 5 where it is summed over.
  AffineExpr kh = d[r.overChannels ? 3 : 4], kw = d[r.overChannels ? 4 : 5];
  AffineExpr c = d[r.overChannels ? 5 : 3];
  SmallVector<AffineExpr> x = {d[0], d[1] * r.window.stride[0] + kh * r.window.dilation[0],
                               d[2] * r.window.stride[1] + kw * r.window.dilation[1], c};
  SmallVector<AffineExpr> y = {d[0], d[1], d[2],
                               r.overChannels ? b.getAffineConstantExpr(0) : d[3]};
  // A tensor of the window's size gives the reduction its bounds.
  SmallVector<AffineExpr> k = {kh, kw};
  SmallVector<IteratorType> iterators(6, IteratorType::reduction);
  std::fill_n(iterators.begin(), r.overChannels ? 3 : 4, IteratorType::parallel);
  Value bounds = tensor::EmptyOp::create(
      b, loc, ArrayRef<int64_t>{r.window.kernel[0], r.window.kernel[1]}, b.getI8Type());
  SmallVector<AffineMap> maps = {AffineMap::get(6, 0, x, context), AffineMap::get(6, 0, k, context),
                                 AffineMap::get(6, 0, y, context)};
  return linalg::GenericOp::create(b, loc, start.getType(), ValueRange{padded, bounds},
                                   ValueRange{start}, maps, iterators,
                                   [&](OpBuilder &nested, Location at, ValueRange args) {
                                     linalg::YieldOp::create(nested, at,
                                                             body(nested, at, args[0], args[2]));
                                   })
      .getResult(0);
}

template <typename SumOp> struct ConvertWindowSum : OpConversionPattern<SumOp> {
  using OpConversionPattern<SumOp>::OpConversionPattern;
  LogicalResult matchAndRewrite(SumOp op, typename SumOp::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type inputElement = getElementTypeOrSelf(op.getInput().getType());
    int64_t zero = getZeroPoint(inputElement);
    Type storage = getElementTypeOrSelf(adaptor.getInput().getType());
    Type sum = getSumType(op.getType());
    auto resultType = cast<RankedTensorType>(op.getType());
    Value padded = padInput(rewriter, loc, adaptor.getInput(), op.getWindow(),
                            getCodeAttr(rewriter, storage, zero));
    Value start = makeZero(rewriter, loc, resultType.getShape(), sum);
    WindowReduction reduction{op.getWindow(), inputElement, sum, std::is_same_v<SumOp, BoxSumOp>};
    auto noWrap = arith::IntegerOverflowFlags::nsw;
    Value sums =
        buildWindowReduction(rewriter, loc, padded, start, reduction,
                             [&](OpBuilder &b, Location at, Value x, Value total) -> Value {
                               if (isa<FloatType>(sum))
                                 return arith::AddFOp::create(b, at, total, x);
                               x = extendCode(b, at, x, inputElement, sum);
                               if (zero != 0) {
                                 Value constant =
                                     arith::ConstantOp::create(b, at, b.getIntegerAttr(sum, zero));
                                 x = arith::SubIOp::create(b, at, x, constant, noWrap);
                               }
                               return arith::AddIOp::create(b, at, total, x, noWrap);
                             });
    rewriter.replaceOp(op, storeSums(rewriter, loc, sums, op.getType()));
    return success();
  }
};

/// Max pooling of codes; padding never wins because it is the lowest code.
struct ConvertMaxPool : OpConversionPattern<tosa::MaxPool2dOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::MaxPool2dOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type element = getElementTypeOrSelf(op.getType());
    auto resultType = cast<RankedTensorType>(op.getType());
    IntegerType storage = getStorageType(element);
    unsigned width = storage.getWidth();
    bool isUnsigned = hasUnsignedStorage(element);
    TypedAttr lowest = rewriter.getIntegerAttr(
        storage, isUnsigned ? APInt::getZero(width) : APInt::getSignedMinValue(width));
    Window window{{op.getKernel()[0], op.getKernel()[1]},
                  {op.getPad()[0], op.getPad()[1], op.getPad()[2], op.getPad()[3]},
                  {op.getStride()[0], op.getStride()[1]},
                  {1, 1}};
    Value padded = padInput(rewriter, loc, adaptor.getInput(), window, lowest);
    Value empty = tensor::EmptyOp::create(rewriter, loc, resultType.getShape(), storage);
    Value fill = arith::ConstantOp::create(rewriter, loc, lowest);
    Value start =
        linalg::FillOp::create(rewriter, loc, ValueRange{fill}, ValueRange{empty}).getResult(0);
    rewriter.replaceOp(
        op, buildWindowReduction(rewriter, loc, padded, start, {window, element, storage},
                                 [&](OpBuilder &b, Location at, Value x, Value best) -> Value {
                                   if (isUnsigned)
                                     return arith::MaxUIOp::create(b, at, best, x);
                                   return arith::MaxSIOp::create(b, at, best, x);
                                 }));
    return success();
  }
};

} // namespace

void tally::populateTallyWindowPatterns(const TypeConverter &converter,
                                        RewritePatternSet &patterns) {
  patterns.add<ConvertWindowSum<BoxSumOp>, ConvertWindowSum<SumPool2DOp>, ConvertMaxPool>(
      converter, patterns.getContext());
}
