//===- LayersToLinalg.cpp - adder layers and convolutions -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerLoops.h"
#include "Lower/Kernels/Kernel.h"
#include "Lower/Kernels/UnpackLevels.h"
#include "PackedCodes.h"
#include "PowerProducts.h"
#include "Reductions.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

#define DEBUG_TYPE "tally-to-linalg"

namespace {

using utils::IteratorType;

/// The only element of a zero point operand. TOSA's own accessor reads unsigned
/// codes as signed ones.
std::optional<int64_t> getConstantCode(Value value) {
  ElementsAttr elements = getConstantElements(value);
  std::vector<int64_t> codes = elements ? getIntegers(elements) : std::vector<int64_t>();
  return codes.size() == 1 ? std::optional(codes.front()) : std::nullopt;
}

struct ConvertAdder : OpConversionPattern<AdderConv2DOp> {
  ConvertAdder(const TypeConverter &converter, MLIRContext *context,
               const OutlinedFunctions &functions)
      : OpConversionPattern(converter, context), function(functions.absoluteDifference),
        target(functions.target), kernels(functions.kernels) {}
  LogicalResult matchAndRewrite(AdderConv2DOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type inputElement = op.getInput().getType().getElementType();
    Type storage = getElementTypeOrSelf(adaptor.getInput().getType());
    Value padded = padInput(rewriter, loc, adaptor.getInput(), op.getWindow(),
                            getCodeAttr(rewriter, storage, getZeroPoint(inputElement)));
    LayerShape layer{op.getWindow(), int64_t(op.getGroup()), inputElement,
                     op.getFilter().getType().getElementType(), getSumType(op.getType())};
    Value byKernel;
    if (kernels)
      byKernel = lowerByKernel(rewriter, {op, padded, layer.window, target});
    if (byKernel) {
      rewriter.replaceOp(op, storeSums(rewriter, loc, byKernel, op.getType()));
      return success();
    }
    Value start = makeZero(rewriter, loc, op.getType().getShape(), layer.sum);
    auto noWrap = arith::IntegerOverflowFlags::nsw;
    Value sums = buildLayer(
        rewriter, loc, padded, adaptor.getFilter(), start, layer,
        [&](OpBuilder &b, Location at, Value x, Value w, Value sum) -> Value {
          if (isa<FloatType>(layer.sum)) {
            Value difference = arith::SubFOp::create(b, at, x, w);
            Value absolute = math::AbsFOp::create(b, at, difference);
            return arith::SubFOp::create(b, at, sum, absolute);
          }
          Value absolute;
          if (function.empty()) {
            Value difference = arith::SubIOp::create(b, at, x, w, noWrap);
            absolute = math::AbsIOp::create(b, at, difference);
          } else {
            absolute =
                func::CallOp::create(b, at, function, layer.sum, ValueRange{x, w}).getResult(0);
          }
          return arith::SubIOp::create(b, at, sum, absolute, noWrap);
        });
    rewriter.replaceOp(op, storeSums(rewriter, loc, sums, op.getType()));
    return success();
  }

  /// What computes |a - b|; empty for a subtraction and an absolute value.
  std::string function;
  TargetAttr target;
  bool kernels;
};

/// A 1x1 adder layer on a reshaped input.
struct ConvertAdderLinear : OpConversionPattern<AdderLinearOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(AdderLinearOp op, OpAdaptor adaptor,
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
        op, type, ValueRange{adaptor.getInput(), adaptor.getFilter()}, ValueRange{start}, maps,
        ArrayRef<IteratorType>{IteratorType::parallel, IteratorType::parallel,
                               IteratorType::reduction},
        [&](OpBuilder &b, Location at, ValueRange args) {
          Value difference = arith::SubFOp::create(b, at, args[0], args[1]);
          Value absolute = math::AbsFOp::create(b, at, difference);
          linalg::YieldOp::create(b, at,
                                  arith::SubFOp::create(b, at, args[2], absolute).getResult());
        });
    return success();
  }
};

PowerOfTwoLevels getLevels(DecodeOp decode) {
  return cast<PowerOfTwoType>(getElementTypeOrSelf(decode.getInput().getType())).getLevels();
}

/// TOSA convolutions on codes. Those on floats stay for tosa-to-linalg.
template <typename ConvOp> struct ConvertConv : OpConversionPattern<ConvOp> {
  ConvertConv(const TypeConverter &converter, MLIRContext *context,
              const OutlinedFunctions &functions)
      : OpConversionPattern<ConvOp>(converter, context), functions(functions) {}
  LogicalResult matchAndRewrite(ConvOp op, typename ConvOp::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    std::optional<int64_t> inputZero = getConstantCode(op.getInputZp());
    std::optional<int64_t> filterZero = getConstantCode(op.getWeightZp());
    if (!inputZero || !filterZero)
      return op.emitError() << "requires constant zero points to be lowered";
    LayerShape layer = getShape(op, cast<RankedTensorType>(adaptor.getWeight().getType()));
    Type storage = getElementTypeOrSelf(adaptor.getInput().getType());
    Value padded = padInput(rewriter, loc, adaptor.getInput(), layer.window,
                            getCodeAttr(rewriter, storage, *inputZero));
    Value start = broadcastBias(rewriter, loc, adaptor.getBias(),
                                cast<RankedTensorType>(op.getType()).getShape(), layer.sum);
    Value sums;
    if (auto decode = op.getWeight().template getDefiningOp<DecodeOp>()) {
      if (*filterZero != 0)
        return op.emitError() << "requires zero point 0 for a filter on powers of two, but got "
                              << *filterZero;
      sums = sumPowers(rewriter, op, decode, padded, start, layer, *inputZero);
    }
    if (!sums && functions.kernels)
      sums = lowerByKernel(rewriter, {op, padded, layer.window, functions.target});
    if (!sums)
      sums = sumDense(rewriter, loc, padded, getFilter(rewriter, op, adaptor.getWeight()), start,
                      layer, *inputZero, *filterZero);
    rewriter.replaceOp(op, storeSums(rewriter, loc, sums, op.getType()));
    return success();
  }

  /// In C, a filter of bytes that are few different ones is unpacked where it is read.
  Value getFilter(OpBuilder &builder, ConvOp op, Value filter) const {
    auto type = cast<RankedTensorType>(filter.getType());
    ElementsAttr elements = getConstantElements(op.getWeight());
    if (isDepthwise || !functions.outlined || !functions.kernels || !elements ||
        !type.getElementType().isInteger(8))
      return filter;
    std::vector<uint8_t> bytes;
    for (int64_t weight : getIntegers(elements))
      bytes.push_back(uint8_t(weight));
    Value unpacked = packLevels(builder, op, op.getWeight(), type, bytes);
    return unpacked ? unpacked : filter;
  }

  static constexpr bool isDepthwise = std::is_same_v<ConvOp, tosa::DepthwiseConv2DOp>;

  static LayerShape getShape(ConvOp op, RankedTensorType filter) {
    ArrayRef<int64_t> kernel = filter.getShape().slice(isDepthwise ? 0 : 1, 2);
    return {{{kernel[0], kernel[1]},
             {op.getPad()[0], op.getPad()[1], op.getPad()[2], op.getPad()[3]},
             {op.getStride()[0], op.getStride()[1]},
             {op.getDilation()[0], op.getDilation()[1]}},
            isDepthwise ? filter.getDimSize(2) : 1,
            getElementTypeOrSelf(op.getInput().getType()),
            getElementTypeOrSelf(op.getWeight().getType()),
            getSumType(op.getType())};
  }

  /// `v`, a number of `type`, minus the zero point.
  static Value centre(OpBuilder &b, Location at, Value v, int64_t zero, Type type) {
    if (zero == 0)
      return v;
    Value constant = arith::ConstantOp::create(b, at, b.getIntegerAttr(type, zero));
    return arith::SubIOp::create(b, at, v, constant, arith::IntegerOverflowFlags::nsw);
  }

  static Value sumDense(OpBuilder &builder, Location loc, Value input, Value filter, Value start,
                        LayerShape &layer, int64_t inputZero, int64_t filterZero) {
    if constexpr (isDepthwise)
      filter =
          transposeDepthwise(builder, getFilterLocation(loc), joinDims(builder, loc, filter, 2));
    auto noWrap = arith::IntegerOverflowFlags::nsw;
    return buildLayer(builder, loc, input, filter, start, layer,
                      [&](OpBuilder &b, Location at, Value x, Value w, Value sum) -> Value {
                        Value activation = centre(b, at, x, inputZero, layer.sum);
                        Value weight = centre(b, at, w, filterZero, layer.sum);
                        Value product = arith::MulIOp::create(b, at, activation, weight, noWrap);
                        return arith::AddIOp::create(b, at, sum, product, noWrap);
                      });
  }

  /// The sums of a filter on powers of two; null where they are sums of products like any other.
  Value sumPowers(ConversionPatternRewriter &builder, ConvOp op, DecodeOp decode, Value input,
                  Value start, LayerShape layer, int64_t inputZero) const {
    PowerOfTwoLevels levels = getLevels(decode);
    PowerArithmetic how = getArithmetic(op, decode, functions);
    std::string form = how == PowerArithmetic::Levels   ? "products"
                       : how == PowerArithmetic::Shifts ? "shifts"
                                                        : "sums per exponent";
    LDBG() << "'" << getLayerName(op) << "': " << levels.format().describe() << " by " << form;
    if (how == PowerArithmetic::Levels)
      return {};
    remark::passed(
        op.getLoc(),
        remark::RemarkOpts::name("Kernel").category(DEBUG_TYPE).function(getLayerName(op)))
        << ("by " + form) << remark::metric("Kernel", form)
        << remark::metric("Why", std::string(functions.target.getMulFree() != MulFree::No
                                                 ? "--mul-free forbids products"
                                                 : "they are estimated to be faster"));
    Value codes =
        getCodes(builder, op.getLoc(), decode, builder.getRemappedValue(decode.getInput()));
    layer.filterElement = builder.getIntegerType(8, /*isSigned=*/false);
    return how == PowerArithmetic::Shifts
               ? sumProducts(builder, op.getLoc(), input, codes, start, layer, levels, inputZero)
               : sumBuckets(builder, op.getLoc(), input, codes, start, layer, levels, inputZero);
  }

  /// The codes of the filter as `[F, KH, KW, C / group]`.
  Value getCodes(OpBuilder &b, Location loc, DecodeOp decode, Value packed) const {
    auto type = cast<RankedTensorType>(decode.getType());
    SmallVector<int64_t> shape(type.getShape());
    if (isDepthwise)
      shape = {shape[0], shape[1], shape[2] * shape[3]};
    int bits = cast<PowerOfTwoType>(getElementTypeOrSelf(decode.getInput().getType())).getBits();
    Location named = getFilterLocation(loc);
    // Bytes where they are stored.
    Type element = functions.outlined ? b.getI32Type() : b.getI8Type();
    Value codes = buildCodes(b, named, packed, RankedTensorType::get(shape, element), bits,
                             /*recompute=*/functions.outlined);
    return isDepthwise ? transposeDepthwise(b, named, codes) : codes;
  }

  /// Every activation shifted as its weight says, and added.
  Value sumProducts(OpBuilder &builder, Location loc, Value input, Value codes, Value start,
                    LayerShape &layer, const PowerOfTwoLevels &levels, int64_t inputZero) const {
    return buildLayer(builder, loc, input, codes, start, layer,
                      [&](OpBuilder &b, Location at, Value x, Value code, Value sum) -> Value {
                        x = centre(b, at, x, inputZero, layer.sum);
                        Value product =
                            functions.outlined
                                ? func::CallOp::create(
                                      b, at, functions.products.at(levels.format().describe()),
                                      layer.sum, ValueRange{x, code})
                                      .getResult(0)
                                : buildProduct(b, at, levels, x, code, functions.powerFunctions);
                        return arith::AddIOp::create(b, at, sum, product);
                      });
  }

  /// Activations summed per exponent; then the sums shifted, and added.
  Value sumBuckets(OpBuilder &builder, Location loc, Value input, Value codes, Value start,
                   LayerShape &layer, const PowerOfTwoLevels &levels, int64_t inputZero) const {
    for (const PowerOfTwoField &field : levels.fields())
      layer.buckets = std::max<int64_t>(layer.buckets, field.shifts.back() + 1);
    SmallVector<int64_t> shape(cast<RankedTensorType>(start.getType()).getShape());
    shape.push_back(layer.buckets);
    Value zeros = makeZero(builder, loc, shape, layer.sum);
    Value buckets = buildLayer(
        builder, loc, input, codes, zeros, layer,
        [&](OpBuilder &b, Location at, Value x, Value code, Value sum) -> Value {
          Value bucket = linalg::IndexOp::create(b, at, layer.bucketDim);
          bucket = arith::IndexCastOp::create(b, at, layer.sum, bucket);
          Value zero = arith::ConstantOp::create(b, at, b.getIntegerAttr(layer.sum, 0));
          for (const PlacedAddend &term :
               buildAddends(b, at, levels, centre(b, at, x, inputZero, layer.sum), code,
                            functions.powerFunctions)) {
            Value here = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, bucket, term.place);
            Value addend = arith::SelectOp::create(b, at, here, term.addend, zero);
            sum = arith::AddIOp::create(b, at, sum, addend);
          }
          return sum;
        });
    unsigned rank = shape.size();
    SmallVector<IteratorType> iterators(rank, IteratorType::parallel);
    iterators.back() = IteratorType::reduction;
    AffineMap identity = builder.getMultiDimIdentityMap(rank);
    return linalg::GenericOp::create(
               builder, loc, start.getType(), ValueRange{buckets}, ValueRange{start},
               ArrayRef{identity, identity.dropResult(rank - 1)}, iterators,
               [&](OpBuilder &b, Location at, ValueRange args) {
                 Value place = linalg::IndexOp::create(b, at, rank - 1);
                 place = arith::IndexCastOp::create(b, at, layer.sum, place);
                 Value shifted = arith::ShLIOp::create(b, at, args[0], place);
                 linalg::YieldOp::create(
                     b, at, arith::AddIOp::create(b, at, args[1], shifted).getResult());
               })
        .getResult(0);
  }

  /// A step of its own where the filter is not constant: not to be taken for the layer.
  static Location getFilterLocation(Location loc) { return withPart(loc, "filter"); }

  /// `[KH, KW, C * M]` as `[C * M, KH, KW, 1]`.
  static Value transposeDepthwise(OpBuilder &b, Location loc, Value joined) {
    auto type = cast<RankedTensorType>(joined.getType());
    int64_t kh = type.getDimSize(0), kw = type.getDimSize(1), filters = type.getDimSize(2);
    Value empty =
        tensor::EmptyOp::create(b, loc, ArrayRef<int64_t>{filters, kh, kw}, type.getElementType());
    Value transposed =
        linalg::TransposeOp::create(b, loc, joined, empty, ArrayRef<int64_t>{2, 0, 1})
            ->getResult(0);
    return splitDim(b, loc, transposed, 2, kw);
  }

  static Value broadcastBias(OpBuilder &b, Location loc, Value bias, ArrayRef<int64_t> shape,
                             Type sum) {
    MLIRContext *context = b.getContext();
    Value empty = tensor::EmptyOp::create(b, loc, shape, sum);
    bool single = cast<RankedTensorType>(bias.getType()).getDimSize(0) == 1;
    AffineExpr channel = single ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(3);
    SmallVector<AffineMap> maps = {AffineMap::get(4, 0, {channel}, context),
                                   b.getMultiDimIdentityMap(4)};
    return linalg::GenericOp::create(b, loc, empty.getType(), ValueRange{bias}, ValueRange{empty},
                                     maps, SmallVector<IteratorType>(4, IteratorType::parallel),
                                     [&](OpBuilder &nested, Location at, ValueRange args) {
                                       linalg::YieldOp::create(nested, at, args[0]);
                                     })
        .getResult(0);
  }

  OutlinedFunctions functions;
};

} // namespace

void tally::populateTallyLayerPatterns(const TypeConverter &converter,
                                       const OutlinedFunctions &outlined,
                                       RewritePatternSet &patterns) {
  patterns.add<ConvertAdder>(converter, patterns.getContext(), outlined);
  patterns.add<ConvertAdderLinear>(converter, patterns.getContext());
  patterns.add<ConvertConv<tosa::Conv2DOp>, ConvertConv<tosa::DepthwiseConv2DOp>>(
      converter, patterns.getContext(), outlined);
}

PowerArithmetic tally::getArithmetic(Operation *op, DecodeOp decode,
                                     const OutlinedFunctions &functions) {
  if (functions.powers)
    return *functions.powers;
  auto filter = cast<RankedTensorType>(decode.getType());
  int64_t terms = isa<tosa::DepthwiseConv2DOp>(op)
                      ? filter.getDimSize(0) * filter.getDimSize(1)
                      : filter.getNumElements() / std::max<int64_t>(1, filter.getDimSize(0));
  return chooseArithmetic(getLevels(decode), terms, functions.target.getCore(),
                          functions.target.getMulFree() == MulFree::No);
}

void tally::addProductFunctions(ModuleOp module, OutlinedFunctions &functions) {
  std::vector<PowerOfTwoLevels> multiplied;
  bool any = false;
  module.walk([&](Operation *op) {
    auto decode = isa<tosa::Conv2DOp, tosa::DepthwiseConv2DOp>(op)
                      ? op->getOperand(1).getDefiningOp<DecodeOp>()
                      : DecodeOp();
    PowerArithmetic how = decode ? getArithmetic(op, decode, functions) : PowerArithmetic::Levels;
    any |= how != PowerArithmetic::Levels;
    if (how == PowerArithmetic::Shifts &&
        functions.products.try_emplace(getLevels(decode).format().describe()).second)
      multiplied.push_back(getLevels(decode));
  });
  if (!any)
    return;
  functions.powerFunctions = addPowerFunctions(module);
  for (const PowerOfTwoLevels &levels : multiplied) {
    PowerOfTwoFormat format = levels.format();
    std::string name = (format.additive ? "times_apot" : "times_pot") + std::to_string(format.bits);
    Type i32 = IntegerType::get(module.getContext(), 32);
    functions.products[format.describe()] =
        addFunction(module, name, {i32, i32}, i32, [&](OpBuilder &b, Location at, ValueRange v) {
          return buildProduct(b, at, levels, v[0], v[1], functions.powerFunctions);
        });
  }
}
