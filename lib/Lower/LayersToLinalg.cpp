//===- LayersToLinalg.cpp - reductions over windows -----------------------===//

#include "TallyToLinalgPatterns.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tally;

namespace {

using utils::IteratorType;

int64_t getZeroPoint(Type elementType) {
  auto uniform = dyn_cast<quant::UniformQuantizedType>(elementType);
  return uniform ? uniform.getZeroPoint() : 0;
}

/// The only element of a zero point operand. TOSA's own accessor reads unsigned
/// codes as signed ones.
std::optional<int64_t> getConstantCode(Value value) {
  ElementsAttr elements = getConstantElements(value);
  std::vector<int64_t> codes = elements ? getIntegers(elements) : std::vector<int64_t>();
  return codes.size() == 1 ? std::optional(codes.front()) : std::nullopt;
}

/// `input` with `window`'s padding made explicit, filled with `code`.
Value padInput(OpBuilder &b, Location loc, Value input, const Window &window,
               TypedAttr code) {
  if (llvm::all_of(window.pad, [](int64_t size) { return size == 0; }))
    return input;
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> low, high;
  for (int dim = 0; dim < type.getRank(); ++dim) {
    bool spatial = dim == 1 || dim == 2;
    int64_t before = spatial ? window.padBefore(dim - 1) : 0;
    int64_t after = spatial ? window.padAfter(dim - 1) : 0;
    low.push_back(b.getIndexAttr(before));
    high.push_back(b.getIndexAttr(after));
    shape[dim] += before + after;
  }
  Value padding = arith::ConstantOp::create(b, loc, code);
  return tensor::PadOp::create(b, loc, type.clone(shape), input, low, high,
                               padding, /*nofold=*/false);
}

TypedAttr getCodeAttr(OpBuilder &b, Type storage, int64_t code) {
  if (isa<FloatType>(storage))
    return b.getFloatAttr(storage, 0.0);
  return b.getIntegerAttr(storage, APInt(storage.getIntOrFloatBitWidth(),
                                         uint64_t(code), /*isSigned=*/true,
                                         /*implicitTrunc=*/true));
}

/// A tensor of `shape` filled with zero.
Value makeZero(OpBuilder &b, Location loc, ArrayRef<int64_t> shape, Type element) {
  Value empty = tensor::EmptyOp::create(b, loc, shape, element);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(element));
  return linalg::FillOp::create(b, loc, ValueRange{zero}, ValueRange{empty}).getResult(0);
}

/// The type that sums are accumulated in: f32 or i32.
Type getSumType(Type result) {
  Type element = getElementTypeOrSelf(result);
  return isa<FloatType>(element) ? element : Type(IntegerType::get(result.getContext(), 32));
}

/// Finished sums in the storage of `result`, which may be narrower: its range says
/// that they fit.
Value storeSums(OpBuilder &b, Location loc, Value sums, Type result) {
  Type element = getElementTypeOrSelf(result);
  if (isa<FloatType>(element) || getStorageType(element).getWidth() == 32)
    return sums;
  auto type = cast<RankedTensorType>(sums.getType()).clone(getStorageType(element));
  Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
  return linalg::GenericOp::create(
             b, loc, type, ValueRange{sums}, ValueRange{empty}, ArrayRef{identity, identity},
             SmallVector<IteratorType>(type.getRank(), IteratorType::parallel),
             [&](OpBuilder &nested, Location at, ValueRange args) {
               Value code = arith::TruncIOp::create(nested, at, type.getElementType(), args[0]);
               linalg::YieldOp::create(nested, at, code);
             })
      .getResult(0);
}

/// `[.., C]` to `[.., G, C / G]`, and back.
Value splitDim(OpBuilder &b, Location loc, Value value, int64_t dim, int64_t group) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin() + dim, group);
  shape[dim + 1] /= group;
  SmallVector<ReassociationIndices> reassociation;
  for (int64_t i = 0, next = 0; i < type.getRank(); ++i) {
    reassociation.push_back({next++});
    if (i == dim)
      reassociation.back().push_back(next++);
  }
  return tensor::ExpandShapeOp::create(b, loc, type.clone(shape), value, reassociation);
}

Value joinLastDims(OpBuilder &b, Location loc, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t rank = type.getRank();
  SmallVector<ReassociationIndices> reassociation;
  for (int64_t i = 0; i < rank - 1; ++i)
    reassociation.push_back({i});
  reassociation.back().push_back(rank - 1);
  return tensor::CollapseShapeOp::create(b, loc, value, reassociation);
}

/// The body of a layer: from widened activation, widened weight and sum to the new sum.
using LayerBody = function_ref<Value(OpBuilder &, Location, Value, Value, Value)>;

/// Elements and zero points of the two operands of a layer.
struct LayerTypes {
  Type inputElement, filterElement, sum;
};

/// `sum over kh, kw, c` with filter `[F, KH, KW, C / group]` on padded input.
Value buildLayer(OpBuilder &b, Location loc, Value input, Value filter,
                 Value start, const Window &window, int64_t group,
                 const LayerTypes &types, LayerBody body) {
  auto filterType = cast<RankedTensorType>(filter.getType());
  bool depthwise = filterType.getDimSize(3) == 1 && filterType.getDimSize(0) == group && group > 1;
  bool grouped = group > 1 && !depthwise;
  if (grouped) {
    input = splitDim(b, loc, input, 3, group);
    filter = splitDim(b, loc, filter, 0, group);
    start = splitDim(b, loc, start, 3, group);
  }

  // Dimensions: n, oh, ow, [g,] f, then kh, kw, c (c is absent in depthwise form).
  int outer = grouped ? 5 : 4;
  int count = outer + (depthwise ? 2 : 3);
  SmallVector<AffineExpr> d;
  for (int i = 0; i < count; ++i)
    d.push_back(b.getAffineDimExpr(i));
  auto position = [&](int dim) {
    return d[1 + dim] * window.stride[dim] + d[outer + dim] * window.dilation[dim];
  };
  SmallVector<AffineExpr> x = {d[0], position(0), position(1)};
  SmallVector<AffineExpr> w;
  SmallVector<AffineExpr> y(d.begin(), d.begin() + outer);
  AffineExpr zero = b.getAffineConstantExpr(0);
  if (depthwise) {
    x.push_back(d[3]);
    w = {d[3], d[4], d[5], zero};
  } else if (grouped) {
    x.append({d[3], d[7]});
    w = {d[3], d[4], d[5], d[6], d[7]};
  } else {
    x.push_back(d[6]);
    w = {d[3], d[4], d[5], d[6]};
  }
  SmallVector<IteratorType> iterators(count, IteratorType::reduction);
  std::fill_n(iterators.begin(), outer, IteratorType::parallel);
  MLIRContext *context = b.getContext();
  SmallVector<AffineMap> maps = {AffineMap::get(count, 0, x, context),
                                 AffineMap::get(count, 0, w, context),
                                 AffineMap::get(count, 0, y, context)};
  auto generic = linalg::GenericOp::create(
      b, loc, start.getType(), ValueRange{input, filter}, ValueRange{start},
      maps, iterators,
      [&](OpBuilder &nested, Location at, ValueRange args) {
        Value a = extendCode(nested, at, args[0], types.inputElement, types.sum);
        Value weight = extendCode(nested, at, args[1], types.filterElement, types.sum);
        linalg::YieldOp::create(nested, at, body(nested, at, a, weight, args[2]));
      });
  Value result = generic.getResult(0);
  return grouped ? joinLastDims(b, loc, result) : result;
}

struct ConvertAdder : OpConversionPattern<AdderConv2DOp> {
  ConvertAdder(const TypeConverter &converter, MLIRContext *context, std::string function)
      : OpConversionPattern(converter, context), function(std::move(function)) {}
  LogicalResult
  matchAndRewrite(AdderConv2DOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type inputElement = op.getInput().getType().getElementType();
    Type storage = getElementTypeOrSelf(adaptor.getInput().getType());
    Value padded = padInput(rewriter, loc, adaptor.getInput(), op.getWindow(),
                            getCodeAttr(rewriter, storage, getZeroPoint(inputElement)));
    LayerTypes types{inputElement, op.getFilter().getType().getElementType(),
                     getSumType(op.getType())};
    Value start = makeZero(rewriter, loc, op.getType().getShape(), types.sum);
    auto noWrap = arith::IntegerOverflowFlags::nsw;
    Value sums =
        buildLayer(rewriter, loc, padded, adaptor.getFilter(), start,
                       op.getWindow(), op.getGroup(), types,
                       [&](OpBuilder &b, Location at, Value x, Value w, Value sum) -> Value {
                         if (isa<FloatType>(types.sum)) {
                           Value difference = arith::SubFOp::create(b, at, x, w);
                           Value absolute = math::AbsFOp::create(b, at, difference);
                           return arith::SubFOp::create(b, at, sum, absolute);
                         }
                         Value absolute;
                         if (function.empty()) {
                           Value difference = arith::SubIOp::create(b, at, x, w, noWrap);
                           absolute = math::AbsIOp::create(b, at, difference);
                         } else {
                           absolute = func::CallOp::create(b, at, function, types.sum,
                                                           ValueRange{x, w})
                                          .getResult(0);
                         }
                         return arith::SubIOp::create(b, at, sum, absolute, noWrap);
                       });
    rewriter.replaceOp(op, storeSums(rewriter, loc, sums, op.getType()));
    return success();
  }

  /// What computes |a - b|; empty for a subtraction and an absolute value.
  std::string function;
};

/// A 1x1 adder layer on a reshaped input.
struct ConvertAdderLinear : OpConversionPattern<AdderLinearOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(AdderLinearOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getType());
    AffineExpr n, f, c;
    bindDims(rewriter.getContext(), n, f, c);
    MLIRContext *context = rewriter.getContext();
    SmallVector<AffineMap> maps = {AffineMap::get(3, 0, {n, c}, context),
                                   AffineMap::get(3, 0, {f, c}, context),
                                   AffineMap::get(3, 0, {n, f}, context)};
    Value start = makeZero(rewriter, loc, type.getShape(), type.getElementType());
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(
        op, type, ValueRange{adaptor.getInput(), adaptor.getFilter()},
        ValueRange{start}, maps,
        ArrayRef<IteratorType>{IteratorType::parallel, IteratorType::parallel,
                               IteratorType::reduction},
        [&](OpBuilder &b, Location at, ValueRange args) {
          Value difference = arith::SubFOp::create(b, at, args[0], args[1]);
          Value absolute = math::AbsFOp::create(b, at, difference);
          linalg::YieldOp::create(
              b, at, arith::SubFOp::create(b, at, args[2], absolute).getResult());
        });
    return success();
  }
};

/// TOSA convolutions on codes. Those on floats stay for tosa-to-linalg.
template <typename ConvOp>
struct ConvertConv : OpConversionPattern<ConvOp> {
  using OpConversionPattern<ConvOp>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ConvOp op, typename ConvOp::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    constexpr bool isDepthwise = std::is_same_v<ConvOp, tosa::DepthwiseConv2DOp>;
    Location loc = op.getLoc();
    Type inputElement = getElementTypeOrSelf(op.getInput().getType());
    Type filterElement = getElementTypeOrSelf(op.getWeight().getType());
    std::optional<int64_t> inputZero = getConstantCode(op.getInputZp());
    std::optional<int64_t> filterZero = getConstantCode(op.getWeightZp());
    if (!inputZero || !filterZero)
      return rewriter.notifyMatchFailure(op, "zero points are not constant");

    auto filterType = cast<RankedTensorType>(adaptor.getWeight().getType());
    ArrayRef<int64_t> kernel = filterType.getShape().slice(isDepthwise ? 0 : 1, 2);
    Window window{{kernel[0], kernel[1]},
                  {op.getPad()[0], op.getPad()[1], op.getPad()[2], op.getPad()[3]},
                  {op.getStride()[0], op.getStride()[1]},
                  {op.getDilation()[0], op.getDilation()[1]}};
    Type storage = getElementTypeOrSelf(adaptor.getInput().getType());
    Value padded = padInput(rewriter, loc, adaptor.getInput(), window,
                            getCodeAttr(rewriter, storage, *inputZero));
    Value filter = adaptor.getWeight();
    int64_t group = 1;
    if constexpr (isDepthwise) {
      // [KH, KW, C, M] to [C * M, KH, KW, 1].
      group = filterType.getDimSize(2);
      filter = transposeDepthwise(rewriter, loc, filter);
    }

    LayerTypes types{inputElement, filterElement, getSumType(op.getType())};
    auto resultType = cast<RankedTensorType>(op.getType());
    Value start = broadcastBias(rewriter, loc, adaptor.getBias(),
                                resultType.getShape(), types.sum);
    auto noWrap = arith::IntegerOverflowFlags::nsw;
    Value sums =
        buildLayer(rewriter, loc, padded, filter, start, window, group, types,
                       [&](OpBuilder &b, Location at, Value x, Value w, Value sum) -> Value {
                         auto centre = [&](Value v, int64_t zero) -> Value {
                           if (zero == 0)
                             return v;
                           Value constant = arith::ConstantOp::create(
                               b, at, b.getIntegerAttr(types.sum, zero));
                           return arith::SubIOp::create(b, at, v, constant, noWrap);
                         };
                         Value product = arith::MulIOp::create(
                             b, at, centre(x, *inputZero), centre(w, *filterZero), noWrap);
                         return arith::AddIOp::create(b, at, sum, product, noWrap);
                       });
    rewriter.replaceOp(op, storeSums(rewriter, loc, sums, op.getType()));
    return success();
  }

  static Value transposeDepthwise(OpBuilder &b, Location loc, Value filter) {
    auto type = cast<RankedTensorType>(filter.getType());
    int64_t kh = type.getDimSize(0), kw = type.getDimSize(1),
            filters = type.getDimSize(2) * type.getDimSize(3);
    Value joined = joinLastDims(b, loc, filter);
    Value empty = tensor::EmptyOp::create(b, loc, ArrayRef<int64_t>{filters, kh, kw},
                                          type.getElementType());
    Value transposed = linalg::TransposeOp::create(b, loc, joined, empty,
                                                   ArrayRef<int64_t>{2, 0, 1})
                           ->getResult(0);
    return splitDim(b, loc, transposed, 2, kw);
  }

  static Value broadcastBias(OpBuilder &b, Location loc, Value bias,
                             ArrayRef<int64_t> shape, Type sum) {
    MLIRContext *context = b.getContext();
    Value empty = tensor::EmptyOp::create(b, loc, shape, sum);
    bool single = cast<RankedTensorType>(bias.getType()).getDimSize(0) == 1;
    AffineExpr channel = single ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(3);
    SmallVector<AffineMap> maps = {AffineMap::get(4, 0, {channel}, context),
                                   b.getMultiDimIdentityMap(4)};
    return linalg::GenericOp::create(
               b, loc, empty.getType(), ValueRange{bias}, ValueRange{empty}, maps,
               SmallVector<IteratorType>(4, IteratorType::parallel),
               [&](OpBuilder &nested, Location at, ValueRange args) {
                 linalg::YieldOp::create(nested, at, args[0]);
               })
        .getResult(0);
  }
};

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
  SmallVector<AffineMap> maps = {AffineMap::get(6, 0, x, context),
                                 AffineMap::get(6, 0, k, context),
                                 AffineMap::get(6, 0, y, context)};
  return linalg::GenericOp::create(
             b, loc, start.getType(), ValueRange{padded, bounds}, ValueRange{start},
             maps, iterators,
             [&](OpBuilder &nested, Location at, ValueRange args) {
               linalg::YieldOp::create(nested, at, body(nested, at, args[0], args[2]));
             })
      .getResult(0);
}

template <typename SumOp>
struct ConvertWindowSum : OpConversionPattern<SumOp> {
  using OpConversionPattern<SumOp>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(SumOp op, typename SumOp::Adaptor adaptor,
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
    WindowReduction reduction{op.getWindow(), inputElement, sum,
                              std::is_same_v<SumOp, BoxSumOp>};
    auto noWrap = arith::IntegerOverflowFlags::nsw;
    Value sums =
        buildWindowReduction(
                rewriter, loc, padded, start, reduction,
                [&](OpBuilder &b, Location at, Value x, Value total) -> Value {
                  if (isa<FloatType>(sum))
                    return arith::AddFOp::create(b, at, total, x);
                  x = extendCode(b, at, x, inputElement, sum);
                  if (zero != 0) {
                    Value constant = arith::ConstantOp::create(
                        b, at, b.getIntegerAttr(sum, zero));
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
  LogicalResult
  matchAndRewrite(tosa::MaxPool2dOp op, OpAdaptor adaptor,
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
    Value start = linalg::FillOp::create(rewriter, loc, ValueRange{fill}, ValueRange{empty})
                      .getResult(0);
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

Value tally::extendCode(OpBuilder &b, Location loc, Value value, Type source, Type type) {
  if (value.getType() == type || isa<FloatType>(type))
    return value;
  if (hasUnsignedStorage(source))
    return arith::ExtUIOp::create(b, loc, type, value);
  return arith::ExtSIOp::create(b, loc, type, value);
}

void tally::populateTallyLayerPatterns(const TypeConverter &converter,
                                       const OutlinedFunctions &outlined,
                                       RewritePatternSet &patterns) {
  patterns.add<ConvertAdder>(converter, patterns.getContext(), outlined.absoluteDifference);
  patterns.add<ConvertAdderLinear, ConvertConv<tosa::Conv2DOp>,
               ConvertConv<tosa::DepthwiseConv2DOp>, ConvertWindowSum<BoxSumOp>,
               ConvertWindowSum<SumPool2DOp>, ConvertMaxPool>(converter,
                                                              patterns.getContext());
}
