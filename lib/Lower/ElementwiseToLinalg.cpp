//===- ElementwiseToLinalg.cpp - affine maps, requantization, shuffles ----===//

#include "TallyToLinalgPatterns.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tally;

namespace {

using utils::IteratorType;

/// An elementwise `linalg.generic` over `shape`; each input comes with the map
/// from the result's dimensions to its own.
Value buildElementwise(OpBuilder &b, Location loc, ArrayRef<int64_t> shape,
                       Type element, ValueRange inputs, ArrayRef<AffineMap> maps,
                       function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  SmallVector<AffineMap> all(maps);
  all.push_back(b.getMultiDimIdentityMap(shape.size()));
  Value empty = tensor::EmptyOp::create(b, loc, shape, element);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), inputs, ValueRange{empty}, all,
             SmallVector<IteratorType>(shape.size(), IteratorType::parallel),
             [&](OpBuilder &nested, Location at, ValueRange args) {
               linalg::YieldOp::create(nested, at, body(nested, at, args));
             })
      .getResult(0);
}

AffineMap channelMap(OpBuilder &b, int64_t rank) {
  return AffineMap::get(rank, 0, b.getAffineDimExpr(rank - 1));
}

struct ConvertBatchNorm : OpConversionPattern<BatchNormOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(BatchNormOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    AffineMap channel = channelMap(rewriter, type.getRank());
    APFloat epsilon = op.getEpsilon();
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, op.getLoc(), type.getShape(), type.getElementType(),
                {adaptor.getInput(), adaptor.getScale(), adaptor.getBias(),
                 adaptor.getMean(), adaptor.getVariance()},
                {rewriter.getMultiDimIdentityMap(type.getRank()), channel,
                 channel, channel, channel},
                [&](OpBuilder &b, Location at, ValueRange v) -> Value {
                  Value eps = arith::ConstantOp::create(
                      b, at, b.getFloatAttr(type.getElementType(), epsilon));
                  Value variance = arith::AddFOp::create(b, at, v[4], eps);
                  Value deviation = math::SqrtOp::create(b, at, variance);
                  Value centred = arith::SubFOp::create(b, at, v[0], v[3]);
                  Value unit = arith::DivFOp::create(b, at, centred, deviation);
                  Value scaled = arith::MulFOp::create(b, at, unit, v[1]);
                  return arith::AddFOp::create(b, at, scaled, v[2]);
                }));
    return success();
  }
};

struct ConvertChannelAffine : OpConversionPattern<ChannelAffineOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ChannelAffineOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getOutput().getType());
    if (!isa<FloatType>(type.getElementType()))
      return op.emitError()
             << "cannot be lowered on codes: run tally-lower-to-integer first";
    AffineMap channel = channelMap(rewriter, type.getRank());
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, op.getLoc(), type.getShape(), type.getElementType(),
                {adaptor.getInput(), adaptor.getScale(), adaptor.getBias()},
                {rewriter.getMultiDimIdentityMap(type.getRank()), channel, channel},
                [&](OpBuilder &b, Location at, ValueRange v) -> Value {
                  Value scaled = arith::MulFOp::create(b, at, v[0], v[1]);
                  return arith::AddFOp::create(b, at, scaled, v[2]);
                }));
    return success();
  }
};

struct ConvertObserve : OpConversionPattern<ObserveOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ObserveOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getInput());
    return success();
  }
};

struct ConvertShuffle : OpConversionPattern<ShuffleChannelsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ShuffleChannelsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(adaptor.getInput().getType());
    Location loc = op.getLoc();
    SmallVector<int32_t> channels(op.getPermutation().begin(), op.getPermutation().end());
    auto tableType = RankedTensorType::get({int64_t(channels.size())}, rewriter.getI32Type());
    Value table = arith::ConstantOp::create(
        rewriter, loc, DenseElementsAttr::get(tableType, ArrayRef<int32_t>(channels)));
    Value input = adaptor.getInput();
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, loc, type.getShape(), type.getElementType(), {table},
                {channelMap(rewriter, type.getRank())},
                [&](OpBuilder &b, Location at, ValueRange v) -> Value {
                  SmallVector<Value> indices;
                  for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim)
                    indices.push_back(linalg::IndexOp::create(b, at, dim));
                  indices.push_back(
                      arith::IndexCastOp::create(b, at, b.getIndexType(), v[0]));
                  return tensor::ExtractOp::create(b, at, input, indices);
                }));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Requantization
//===----------------------------------------------------------------------===//

/// The parameters of a requantization, as the body of a `linalg.generic` sees
/// them: constants where all elements agree, tensor operands where not.
struct RequantizeParameter {
  std::vector<int64_t> values;
  int64_t scalar = 0;
  bool isScalar = false;
  unsigned operand = 0;

  explicit RequantizeParameter(std::vector<int64_t> given) : values(std::move(given)) {
    isScalar = llvm::all_equal(values);
    scalar = values.empty() ? 0 : values.front();
  }
};

struct ConvertRequantize : OpConversionPattern<RequantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(RequantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto resultType = cast<RankedTensorType>(op.getOutput().getType());
    Type inputElement = getElementTypeOrSelf(op.getInput().getType());
    int64_t rank = resultType.getRank();

    RequantizeParameter multiplier(getIntegers(op.getMultiplier()));
    RequantizeParameter offset(getIntegers(op.getOffset()));
    RequantizeParameter shift(getIntegers(op.getShift()));
    // The rounding half is a constant of the same kind as the offset: add them here.
    if (op.getRounding() == Rounding::HalfUp)
      for (auto [o, s] : llvm::zip(offset.values, shift.values))
        if (s > 0)
          o += int64_t(1) << (s - 1);
    offset = RequantizeParameter(offset.values);

    SmallVector<Value> inputs = {adaptor.getInput()};
    SmallVector<AffineMap> maps = {rewriter.getMultiDimIdentityMap(rank)};
    ArrayRef<int64_t> shape = cast<ShapedType>(op.getMultiplier().getType()).getShape();
    AffineMap broadcast = getBroadcastMap(rewriter, shape, rank);
    auto addOperand = [&](RequantizeParameter &parameter, unsigned width) {
      if (parameter.isScalar)
        return;
      auto type = RankedTensorType::get(shape, rewriter.getIntegerType(width));
      SmallVector<APInt> elements;
      for (int64_t value : parameter.values)
        elements.emplace_back(width, uint64_t(value), /*isSigned=*/true);
      parameter.operand = inputs.size();
      inputs.push_back(arith::ConstantOp::create(
          rewriter, loc, DenseElementsAttr::get(type, elements)));
      maps.push_back(broadcast);
    };
    addOperand(multiplier, 32);
    addOperand(offset, 64);
    addOperand(shift, 8);

    Type wide = rewriter.getI64Type();
    auto noWrap = arith::IntegerOverflowFlags::nsw;
    IntegerType storage = getStorageType(resultType.getElementType());
    CodeRange range = getCodeRange(resultType.getElementType());
    rewriter.replaceOp(
        op,
        buildElementwise(
            rewriter, loc, resultType.getShape(), storage, inputs, maps,
            [&](OpBuilder &b, Location at, ValueRange v) -> Value {
              auto constant = [&](int64_t value) -> Value {
                return arith::ConstantOp::create(b, at, b.getI64IntegerAttr(value));
              };
              auto get = [&](const RequantizeParameter &parameter) -> Value {
                if (parameter.isScalar)
                  return constant(parameter.scalar);
                Value value = v[parameter.operand];
                if (value.getType() == wide)
                  return value;
                return arith::ExtSIOp::create(b, at, wide, value);
              };
              auto is = [&](const RequantizeParameter &parameter, int64_t value) {
                return parameter.isScalar && parameter.scalar == value;
              };
              Value value = extendCode(b, at, v[0], inputElement, wide);
              if (is(multiplier, -1))
                value = arith::SubIOp::create(b, at, constant(0), value, noWrap);
              else if (!is(multiplier, 1))
                value = arith::MulIOp::create(b, at, value, get(multiplier), noWrap);
              if (!is(offset, 0))
                value = arith::AddIOp::create(b, at, value, get(offset), noWrap);
              if (!is(shift, 0))
                value = arith::ShRSIOp::create(b, at, value, get(shift));
              value = arith::MaxSIOp::create(b, at, value, constant(range.min));
              value = arith::MinSIOp::create(b, at, value, constant(range.max));
              return arith::TruncIOp::create(b, at, storage, value);
            }));
    return success();
  }

  /// From the result's dimensions to those of a parameter of `shape`.
  static AffineMap getBroadcastMap(OpBuilder &b, ArrayRef<int64_t> shape, int64_t rank) {
    SmallVector<AffineExpr> results;
    for (auto [index, size] : llvm::enumerate(shape))
      results.push_back(size == 1 ? b.getAffineConstantExpr(0)
                                  : b.getAffineDimExpr(rank - shape.size() + index));
    return AffineMap::get(rank, 0, results, b.getContext());
  }
};

} // namespace

void tally::populateTallyElementwisePatterns(const TypeConverter &converter,
                                             RewritePatternSet &patterns) {
  patterns.add<ConvertBatchNorm, ConvertChannelAffine, ConvertObserve,
               ConvertRequantize, ConvertShuffle>(converter, patterns.getContext());
}
