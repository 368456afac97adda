//===- LayersToLinalg.cpp - adder layers and convolutions -----------------===//

#include "Reductions.h"
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

/// The only element of a zero point operand. TOSA's own accessor reads unsigned
/// codes as signed ones.
std::optional<int64_t> getConstantCode(Value value) {
  ElementsAttr elements = getConstantElements(value);
  std::vector<int64_t> codes = elements ? getIntegers(elements) : std::vector<int64_t>();
  return codes.size() == 1 ? std::optional(codes.front()) : std::nullopt;
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
      filter = transposeDepthwise(rewriter, getFilterLocation(loc), filter);
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

  /// A step of its own where the filter is not constant: not to be taken for the layer.
  static Location getFilterLocation(Location loc) {
    auto name = dyn_cast<NameLoc>(loc);
    return name ? NameLoc::get(StringAttr::get(loc.getContext(), name.getName().str() + ".filter"))
                : loc;
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

} // namespace

void tally::populateTallyLayerPatterns(const TypeConverter &converter,
                                       const OutlinedFunctions &outlined,
                                       RewritePatternSet &patterns) {
  patterns.add<ConvertAdder>(converter, patterns.getContext(), outlined.absoluteDifference);
  patterns.add<ConvertAdderLinear, ConvertConv<tosa::Conv2DOp>,
               ConvertConv<tosa::DepthwiseConv2DOp>>(converter, patterns.getContext());
}
