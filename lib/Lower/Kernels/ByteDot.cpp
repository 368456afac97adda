//===- ByteDot.cpp - sums of products of bytes in fours -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Inputs lose their sign by a flipped bit, which adds 128; that and the zero point are constants
// times the sum of a filter's weights, and go into the bias.
//
//===----------------------------------------------------------------------===//

#include "ByteDot.h"
#include "Lower/Linalg/PackedCodes.h"
#include "tally/IR/BitPacking.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace tally {

int64_t getX86RegisterBits(TargetAttr target) {
  if (target.has("avx512bw") && target.has("avx512vl"))
    return 512;
  return target.has("avx2") ? 256 : 128;
}

namespace {

/// `[F, KH, KW, C]` to `[KH, KW, C / 4, F, 4]`.
std::vector<uint8_t> layOut(ArrayRef<uint8_t> values, ArrayRef<int64_t> shape) {
  int64_t filters = shape[0], window = shape[1] * shape[2], channels = shape[3];
  std::vector<uint8_t> result;
  result.reserve(values.size());
  for (int64_t k = 0; k < window; ++k)
    for (int64_t c = 0; c < channels; c += 4)
      for (int64_t f = 0; f < filters; ++f)
        for (int64_t j = 0; j < 4; ++j)
          result.push_back(values[(f * window + k) * channels + c + j]);
  return result;
}

/// The constant filter of a convolution: codes where it is packed.
class Filter {
public:
  explicit Filter(tosa::Conv2DOp op)
      : op(op), decode(op.getWeight().getDefiningOp<DecodeOp>()),
        source(getParameter(decode ? decode.getInput() : op.getWeight())) {}

  /// Reads what the constant holds, a byte a weight, row-major; fails where it is not
  /// constant or damaged.
  LogicalResult read() {
    auto elements = source ? dyn_cast_or_null<ElementsAttr>(source.getValueAttr()) : ElementsAttr();
    if (!elements)
      return failure();
    if (decode) {
      auto codes = unpackCodes(elements, cast<RankedTensorType>(decode.getInput().getType()));
      if (!codes)
        return failure();
      bytes = *codes;
      return success();
    }
    std::vector<int64_t> values = getIntegers(elements);
    bytes.assign(values.begin(), values.end());
    return success(int64_t(bytes.size()) == getType().getNumElements());
  }

  /// The weights that the bytes stand for.
  std::vector<int64_t> getValues() {
    std::vector<int64_t> values;
    if (!decode) {
      auto *codes = reinterpret_cast<const int8_t *>(bytes.data());
      values.assign(codes, codes + bytes.size());
      return values;
    }
    PowerOfTwoLevels levels = getPowers().getLevels();
    for (uint8_t code : bytes)
      values.push_back(levels.byCode()[code]);
    return values;
  }

  /// The weights laid out, as a value of bytes.
  Value layOutWeights(OpBuilder &builder, TargetAttr target) {
    ArrayRef<int64_t> shape = getType().getShape();
    SmallVector<int64_t> laidOut = {shape[1], shape[2], shape[3] / 4, shape[0], 4};
    if (!decode)
      return makeBytes(builder, laidOut, layOut(bytes, shape));
    PowerOfTwoLevels levels = getPowers().getLevels();
    std::vector<uint8_t> packed = packBits(layOut(bytes, shape), levels.format().bits);
    Value codes = makeBytes(builder, {int64_t(packed.size())}, packed);
    auto type = RankedTensorType::get(laidOut, builder.getI8Type());
    Value unpacked = lowerByKernel(builder, {decode.getLoc(), codes, type, levels, target});
    return unpacked ? unpacked : buildLevels(builder, decode.getLoc(), codes, type, levels);
  }

private:
  RankedTensorType getType() { return cast<RankedTensorType>(op.getWeight().getType()); }
  PowerOfTwoType getPowers() {
    return cast<PowerOfTwoType>(getElementTypeOrSelf(decode.getInput().getType()));
  }

  Value makeBytes(OpBuilder &builder, ArrayRef<int64_t> shape,
                  const std::vector<uint8_t> &contents) {
    auto type = RankedTensorType::get(shape, builder.getI8Type());
    std::vector<int8_t> storage(contents.begin(), contents.end());
    StringRef name = source.getSymName();
    auto global = addParameter(op->getParentOfType<ModuleOp>(), name, type,
                               makeElements<int8_t>(type, storage, name.str()));
    return loadParameter(builder, op->getLoc(), global);
  }

  tosa::Conv2DOp op;
  DecodeOp decode;
  ml_program::GlobalOp source;
  std::vector<uint8_t> bytes;
};

bool takesBytes(tosa::Conv2DOp op) {
  auto filter = cast<RankedTensorType>(op.getWeight().getType());
  Type x = getElementTypeOrSelf(op.getInput().getType()), w = filter.getElementType();
  return isa<quant::QuantizedType>(x) && isa<quant::QuantizedType>(w) &&
         getStorageType(x).getWidth() == 8 && getStorageType(w).getWidth() == 8 &&
         !hasUnsignedStorage(w) && filter.getDimSize(3) % 4 == 0;
}

/// The bias with what flipping and the zero point add, modulo 2^32: the finished sums fit.
Value correctBias(OpBuilder &builder, Location loc, ArrayRef<int64_t> biases,
                  ArrayRef<int64_t> weights, int64_t filters, int64_t shift) {
  int64_t terms = int64_t(weights.size()) / filters;
  std::vector<int32_t> corrected(filters);
  for (int64_t f = 0; f < filters; ++f) {
    int64_t sum = 0;
    for (int64_t k = 0; k < terms; ++k)
      sum += weights[f * terms + k];
    corrected[f] = int32_t(uint32_t(biases[biases.size() == 1 ? 0 : f] - shift * sum));
  }
  auto type = RankedTensorType::get({filters}, builder.getI32Type());
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, ArrayRef<int32_t>(corrected)));
}

} // namespace

Value ByteDotKernel::lowerLayer(OpBuilder &builder, const KernelLayer &layer) const {
  auto op = dyn_cast<tosa::Conv2DOp>(layer.op);
  if (!op || layer.target.getMulFree() != MulFree::No || !has(layer.target) || !takesBytes(op))
    return {};
  ElementsAttr bias = getConstantElements(op.getBias()),
               zero = getConstantElements(op.getInputZp()),
               filterZero = getConstantElements(op.getWeightZp());
  Filter filter(op);
  if (!bias || !zero || !filterZero || getIntegers(filterZero) != std::vector<int64_t>{0} ||
      failed(filter.read()))
    return {};
  std::vector<int64_t> weights = filter.getValues();
  if (llvm::any_of(weights, [&](int64_t w) { return std::abs(w) > largestWeight(); }))
    return {};

  Value laidOut = filter.layOutWeights(builder, layer.target);
  bool flip = !hasUnsignedStorage(getElementTypeOrSelf(op.getInput().getType()));
  int64_t shift = getIntegers(zero).front() + (flip ? 128 : 0);
  auto output = cast<RankedTensorType>(op.getType());
  Value start =
      correctBias(builder, op.getLoc(), getIntegers(bias), weights, output.getDimSize(3), shift);
  NamedAttribute parameters[] = {
      builder.getNamedAttr("dilation", builder.getDenseI64ArrayAttr(layer.window.dilation)),
      builder.getNamedAttr("flip", builder.getBoolAttr(flip)),
      builder.getNamedAttr("stride", builder.getDenseI64ArrayAttr(layer.window.stride))};
  return KernelOp::create(
      builder, op.getLoc(), RankedTensorType::get(output.getShape(), builder.getI32Type()), name(),
      ValueRange{layer.padded, laidOut, start}, builder.getDictionaryAttr(parameters));
}

LogicalResult ByteDotKernel::verify(KernelOp op) const {
  DictionaryAttr parameters = op.getParameters();
  auto stride = parameters.getAs<DenseI64ArrayAttr>("stride");
  auto dilation = parameters.getAs<DenseI64ArrayAttr>("dilation");
  auto isStep = [](DenseI64ArrayAttr steps) {
    return steps && steps.size() == 2 && steps[0] > 0 && steps[1] > 0;
  };
  if (parameters.size() != 3 || !isStep(stride) || !isStep(dilation) ||
      !parameters.getAs<BoolAttr>("flip"))
    return op.emitOpError() << "requires 'stride', 'dilation' (two numbers above 0 each) and "
                               "'flip' alone (kernel_c2), but got "
                            << parameters;
  auto isOf = [](Type type, unsigned width, int64_t rank) {
    auto tensor = cast<RankedTensorType>(type);
    return tensor.hasStaticShape() && tensor.getRank() == rank &&
           tensor.getElementType().isInteger(width);
  };
  TypeRange types = op.getInputs().getTypes();
  if (types.size() != 3 || !isOf(types[0], 8, 4) || !isOf(types[1], 8, 5) ||
      !isOf(types[2], 32, 1) || !isOf(op.getType(), 32, 4))
    return op.emitOpError() << "requires bytes [N, H, W, 4 C], bytes [KH, KW, C, F, 4] and i32 [F] "
                               "for i32 [N, OH, OW, F] (kernel_c2), but got "
                            << types << " for " << op.getType();
  ArrayRef<int64_t> x = cast<RankedTensorType>(types[0]).getShape(),
                    w = cast<RankedTensorType>(types[1]).getShape(),
                    y = cast<RankedTensorType>(op.getType()).getShape();
  Window window{{w[0], w[1]}, {0, 0, 0, 0}, {stride[0], stride[1]}, {dilation[0], dilation[1]}};
  int64_t expected[] = {x[0], window.outputSize(0, x[1]), window.outputSize(1, x[2]), w[3]};
  if (x[3] != 4 * w[2] || w[4] != 4 || y != ArrayRef<int64_t>(expected) ||
      cast<RankedTensorType>(types[2]).getDimSize(0) != w[3])
    return op.emitOpError() << "has shapes that do not belong together (kernel_c2): " << types
                            << " for " << op.getType();
  return success();
}

Value ByteDotKernel::callIntrinsic(OpBuilder &b, Location loc, StringRef name, Type result,
                                   ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(b, loc, result, b.getStringAttr(name), operands)
      .getResult(0);
}

} // namespace tally
