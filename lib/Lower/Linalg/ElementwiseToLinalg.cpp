//===- ElementwiseToLinalg.cpp - affine maps, requantization, shuffles ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Elementwise.h"
#include "Reductions.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Lower/Linalg/Scaling.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tally;

namespace {

AffineMap channelMap(OpBuilder &b, int64_t rank) {
  return AffineMap::get(rank, 0, b.getAffineDimExpr(rank - 1));
}

struct ConvertBatchNorm : OpConversionPattern<BatchNormOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(BatchNormOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    AffineMap channel = channelMap(rewriter, type.getRank());
    APFloat epsilon = op.getEpsilon();
    rewriter.replaceOp(
        op, buildElementwise(rewriter, op.getLoc(), type.getShape(), type.getElementType(),
                             {adaptor.getInput(), adaptor.getScale(), adaptor.getBias(),
                              adaptor.getMean(), adaptor.getVariance()},
                             {rewriter.getMultiDimIdentityMap(type.getRank()), channel, channel,
                              channel, channel},
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
  LogicalResult matchAndRewrite(ChannelAffineOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getOutput().getType());
    if (!isa<FloatType>(type.getElementType()))
      return op.emitError() << "cannot be lowered on codes: run tally-to-integer first";
    AffineMap channel = channelMap(rewriter, type.getRank());
    rewriter.replaceOp(
        op, buildElementwise(rewriter, op.getLoc(), type.getShape(), type.getElementType(),
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
  LogicalResult matchAndRewrite(ObserveOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getInput());
    return success();
  }
};

/// What `first + step * i` are for i = 0, 1, ...; nothing where they are not that.
std::optional<std::pair<int64_t, int64_t>> asProgression(ArrayRef<int64_t> indices) {
  int64_t first = indices.front(), step = indices.size() > 1 ? indices[1] - first : 0;
  for (auto [i, index] : llvm::enumerate(indices))
    if (index != first + step * int64_t(i))
      return std::nullopt;
  return std::pair(first, step);
}

/// `input` with elements `indices` along `axis`: at places that are computed where they can be,
/// or else are read from a table.
Value buildTake(OpBuilder &builder, Location loc, Value input, ArrayRef<int64_t> indices,
                int64_t axis) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = indices.size();
  auto progression = asProgression(indices);
  if (progression && progression->second == 1) {
    SmallVector<OpFoldResult> offsets(shape.size(), builder.getIndexAttr(0)),
        strides(shape.size(), builder.getIndexAttr(1)), sizes;
    offsets[axis] = builder.getIndexAttr(progression->first);
    for (int64_t size : shape)
      sizes.push_back(builder.getIndexAttr(size));
    return tensor::ExtractSliceOp::create(builder, loc, input, offsets, sizes, strides);
  }
  if (progression) {
    SmallVector<AffineExpr> places;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      places.push_back(builder.getAffineDimExpr(dim));
    places[axis] = places[axis] * progression->second + progression->first;
    return buildElementwise(builder, loc, shape, type.getElementType(), {input},
                            {AffineMap::get(type.getRank(), 0, places, builder.getContext())},
                            [](OpBuilder &, Location, ValueRange v) { return v[0]; });
  }
  SmallVector<int32_t> numbers(indices.begin(), indices.end());
  auto tableType = RankedTensorType::get({int64_t(numbers.size())}, builder.getI32Type());
  Value table = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(tableType, ArrayRef<int32_t>(numbers)));
  return buildElementwise(
      builder, loc, shape, type.getElementType(), {table},
      {AffineMap::get(type.getRank(), 0, builder.getAffineDimExpr(axis))},
      [&](OpBuilder &b, Location at, ValueRange v) -> Value {
        SmallVector<Value> places;
        for (int64_t dim = 0; dim < type.getRank(); ++dim)
          places.push_back(
              dim == axis ? arith::IndexCastUIOp::create(b, at, b.getIndexType(), v[0]).getResult()
                          : linalg::IndexOp::create(b, at, dim).getResult());
        return tensor::ExtractOp::create(b, at, input, places);
      });
}

struct ConvertShuffle : OpConversionPattern<ShuffleChannelsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ShuffleChannelsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    int64_t last = cast<RankedTensorType>(op.getType()).getRank() - 1;
    rewriter.replaceOp(
        op, buildTake(rewriter, op.getLoc(), adaptor.getInput(), op.getPermutation(), last));
    return success();
  }
};

struct ConvertTake : OpConversionPattern<TakeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(TakeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, buildTake(rewriter, op.getLoc(), adaptor.getInput(), op.getIndices(), op.getAxis()));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Requantization
//===----------------------------------------------------------------------===//

/// The requantization of one code, in the body of a generic with arguments `v`.
struct CodeRequantization {
  ElementwiseParameter multiplier, offset, shift;
  bool narrow = false;          ///< whether all of it fits 32 bits
  std::optional<int64_t> early; ///< that of `HighScalings`, which the parameters are
  Type inputElement;
  IntegerType storage;
  CodeRange range;

  /// What is to be clamped.
  Value scale(OpBuilder &b, Location at, ValueRange v, Type wide) const {
    auto noWrap = arith::IntegerOverflowFlags::nsw;
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantOp::create(b, at, b.getIntegerAttr(wide, value));
    };
    Value value = extendCode(b, at, v[0], inputElement, wide);
    if (early) {
      if (*early > 0)
        value = arith::ShLIOp::create(b, at, value, constant(*early), noWrap);
      Type both = b.getI64Type();
      Value product = arith::MulIOp::create(b, at, arith::ExtSIOp::create(b, at, both, value),
                                            multiplier.get(b, at, v, both), noWrap);
      Value word = arith::ConstantOp::create(b, at, b.getI64IntegerAttr(32));
      value = arith::TruncIOp::create(b, at, wide, arith::ShRSIOp::create(b, at, product, word));
    } else if (multiplier.is(-1))
      value = arith::SubIOp::create(b, at, constant(0), value, noWrap);
    else if (!multiplier.is(1))
      value = arith::MulIOp::create(b, at, value, multiplier.get(b, at, v, wide), noWrap);
    if (!offset.is(0))
      value = arith::AddIOp::create(b, at, value, offset.get(b, at, v, wide), noWrap);
    if (!shift.is(0))
      value = arith::ShRSIOp::create(b, at, value, shift.get(b, at, v, wide));
    return value;
  }

  Value compute(OpBuilder &b, Location at, ValueRange v) const {
    Type wide = b.getIntegerType(narrow || early ? 32 : 64);
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantOp::create(b, at, b.getIntegerAttr(wide, value));
    };
    Value value = scale(b, at, v, wide);
    value = arith::MaxSIOp::create(b, at, value, constant(range.min));
    value = arith::MinSIOp::create(b, at, value, constant(range.max));
    return store(b, at, value);
  }

  Value call(OpBuilder &b, Location at, ValueRange v, const OutlinedFunctions &functions) const {
    Type word = b.getI32Type();
    auto bound = [&](int64_t value) -> Value {
      return arith::ConstantOp::create(b, at, b.getI32IntegerAttr(value));
    };
    SmallVector<Value> arguments;
    if (narrow)
      arguments = {scale(b, at, v, word)};
    else
      arguments = {extendCode(b, at, v[0], inputElement, word), multiplier.get(b, at, v, word),
                   offset.get(b, at, v, b.getI64Type()), shift.get(b, at, v, word)};
    arguments.append({bound(range.min), bound(range.max)});
    StringRef function = narrow ? functions.clampWord : functions.requantize;
    return store(b, at, func::CallOp::create(b, at, function, word, arguments).getResult(0));
  }

  Value store(OpBuilder &b, Location at, Value value) const {
    if (value.getType() == storage)
      return value;
    return arith::TruncIOp::create(b, at, storage, value);
  }
};

struct ConvertRequantize : OpConversionPattern<RequantizeOp> {
  ConvertRequantize(const TypeConverter &converter, MLIRContext *context,
                    const OutlinedFunctions &functions)
      : OpConversionPattern(converter, context), functions(functions) {}
  LogicalResult matchAndRewrite(RequantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (onlyClamps(op)) {
      rewriter.replaceOp(op, clampCodes(rewriter, adaptor.getInput(), op));
      return success();
    }
    auto resultType = cast<RankedTensorType>(op.getOutput().getType());
    ElementwiseOperands operands(rewriter, op.getLoc(), adaptor.getInput(), resultType.getRank(),
                                 cast<ShapedType>(op.getMultiplier().getType()).getShape());
    std::vector<int64_t> multipliers = getIntegers(op.getMultiplier()),
                         offsets = getRoundingOffsets(op), shifts = getIntegers(op.getShift());
    std::vector<Scaling> scalings;
    for (auto [multiplier, offset, shift] : llvm::zip(multipliers, offsets, shifts))
      scalings.push_back({multiplier, offset, shift});
    CodeRequantization code;
    CodeRange input = getCodeRange(op.getInput());
    code.range = getCodeRange(resultType.getElementType());
    code.narrow = fitWords(scalings, input);
    // Vectors have as many products of words as lanes of 64 bits, and little else of that width.
    bool vectors = !functions.outlined && functions.target.getLanes() > 1;
    if (auto high =
            code.narrow || !vectors ? std::nullopt : useHighWords(scalings, input, code.range)) {
      code.early = high->early;
      for (auto [i, scaling] : llvm::enumerate(high->scalings))
        std::tie(multipliers[i], offsets[i], shifts[i]) =
            std::tuple(scaling.multiplier, scaling.offset, scaling.shift);
    }
    code.multiplier = operands.add(multipliers, 32);
    // In C tables are to be small, elsewhere fast.
    code.offset = code.narrow || code.early ? operands.add(offsets, 32)
                  : functions.outlined      ? operands.addOffsets(offsets)
                                            : operands.add(offsets, 64);
    code.shift = operands.add(shifts, 8);
    code.inputElement = getElementTypeOrSelf(op.getInput().getType());
    code.storage = getStorageType(resultType.getElementType());
    rewriter.replaceOp(op, buildElementwise(rewriter, op.getLoc(), resultType.getShape(),
                                            code.storage, operands.inputs, operands.maps,
                                            [&](OpBuilder &b, Location at, ValueRange v) {
                                              return functions.outlined
                                                         ? code.call(b, at, v, functions)
                                                         : code.compute(b, at, v);
                                            }));
    return success();
  }

  const OutlinedFunctions &functions;
};

} // namespace

void tally::populateTallyElementwisePatterns(const TypeConverter &converter,
                                             const OutlinedFunctions &outlined,
                                             RewritePatternSet &patterns) {
  patterns.add<ConvertBatchNorm, ConvertChannelAffine, ConvertObserve, ConvertShuffle, ConvertTake>(
      converter, patterns.getContext());
  if (outlined.withShiftAdds)
    populateShiftAddPatterns(converter, outlined, patterns);
  else
    patterns.add<ConvertRequantize>(converter, patterns.getContext(), outlined);
}

//===----------------------------------------------------------------------===//
// Outlined functions
//===----------------------------------------------------------------------===//

std::string tally::addFunction(ModuleOp module, StringRef name, ArrayRef<Type> arguments,
                               Type result,
                               function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  Location loc = module.getLoc();
  auto function =
      func::FuncOp::create(builder, loc, name, builder.getFunctionType(arguments, result));
  function.setPrivate();
  function->remove();
  SymbolTable symbols(module);
  symbols.insert(function, module.getBody()->begin());
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value value = body(builder, loc, function.getArguments());
  func::ReturnOp::create(builder, loc, value);
  return function.getSymName().str();
}

OutlinedFunctions tally::addOutlinedFunctions(ModuleOp module) {
  Builder types(module.getContext());
  Type i32 = types.getI32Type(), i64 = types.getI64Type();
  auto noWrap = arith::IntegerOverflowFlags::nsw;
  // One function an idea: the C that comes of them evaluates each operand once.
  OutlinedFunctions functions;
  functions.outlined = true;
  std::string shift = addFunction(module, "shift_right", {i64, i32}, i64,
                                  [&](OpBuilder &b, Location at, ValueRange v) {
                                    Value amount = arith::ExtSIOp::create(b, at, i64, v[1]);
                                    return arith::ShRSIOp::create(b, at, v[0], amount).getResult();
                                  });
  std::string clamp = addFunction(
      module, "clamp", {i64, i32, i32}, i32, [&](OpBuilder &b, Location at, ValueRange v) {
        Value lowest = arith::ExtSIOp::create(b, at, i64, v[1]);
        Value highest = arith::ExtSIOp::create(b, at, i64, v[2]);
        Value inside = arith::TruncIOp::create(b, at, i32, v[0]);
        Value below = arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, v[0], lowest);
        Value above = arith::CmpIOp::create(b, at, arith::CmpIPredicate::sgt, v[0], highest);
        Value upper = arith::SelectOp::create(b, at, above, v[2], inside);
        return arith::SelectOp::create(b, at, below, v[1], upper).getResult();
      });
  functions.clampWord = addFunction(
      module, "clamp_narrow", {i32, i32, i32}, i32, [&](OpBuilder &b, Location at, ValueRange v) {
        Value below = arith::CmpIOp::create(b, at, arith::CmpIPredicate::slt, v[0], v[1]);
        Value above = arith::CmpIOp::create(b, at, arith::CmpIPredicate::sgt, v[0], v[2]);
        Value upper = arith::SelectOp::create(b, at, above, v[2], v[0]);
        return arith::SelectOp::create(b, at, below, v[1], upper).getResult();
      });
  functions.shiftRight = shift;
  functions.clamp = clamp;
  functions.requantize =
      addFunction(module, "requantize", {i32, i32, i64, i32, i32, i32}, i32,
                  [&](OpBuilder &b, Location at, ValueRange v) {
                    Value code = arith::ExtSIOp::create(b, at, i64, v[0]);
                    Value multiplier = arith::ExtSIOp::create(b, at, i64, v[1]);
                    Value product = arith::MulIOp::create(b, at, code, multiplier, noWrap);
                    Value sum = arith::AddIOp::create(b, at, product, v[2], noWrap);
                    Value shifted =
                        func::CallOp::create(b, at, shift, i64, ValueRange{sum, v[3]}).getResult(0);
                    return func::CallOp::create(b, at, clamp, i32, ValueRange{shifted, v[4], v[5]})
                        .getResult(0);
                  });
  functions.absoluteDifference = addFunction(
      module, "absolute_difference", {i32, i32}, i32, [&](OpBuilder &b, Location at, ValueRange v) {
        Value greater = arith::CmpIOp::create(b, at, arith::CmpIPredicate::sgt, v[0], v[1]);
        Value forward = arith::SubIOp::create(b, at, v[0], v[1], noWrap);
        Value backward = arith::SubIOp::create(b, at, v[1], v[0], noWrap);
        return arith::SelectOp::create(b, at, greater, forward, backward).getResult();
      });
  return functions;
}
