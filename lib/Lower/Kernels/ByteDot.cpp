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

using namespace mlir;

namespace tally {

namespace {

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

  /// The weights laid out, as a value of bytes; null where that takes a zero which there is not.
  Value layOutWeights(OpBuilder &builder, const ByteRuns &runs, TargetAttr target) {
    int64_t filters = getType().getDimSize(0);
    SmallVector<int64_t> shape = runs.shape(filters);
    if (!decode)
      return addBytes(builder, op, op.getWeight(), shape, runs.layOut(bytes, filters, /*none=*/0));
    PowerOfTwoLevels levels = getPowers().getLevels();
    auto zero = llvm::find(levels.byCode(), 0);
    if (zero == levels.byCode().end() && runs.bytes % runs.unit != 0)
      return {};
    uint8_t none = zero == levels.byCode().end() ? 0 : zero - levels.byCode().begin();
    std::vector<uint8_t> packed = packBits(runs.layOut(bytes, filters, none), levels.format().bits);
    Value codes = addBytes(builder, op, decode.getInput(), {int64_t(packed.size())}, packed);
    auto type = RankedTensorType::get(shape, builder.getI8Type());
    Value unpacked = lowerByKernel(builder, {decode.getLoc(), codes, type, levels, target});
    return unpacked ? unpacked : buildLevels(builder, decode.getLoc(), codes, type, levels);
  }

private:
  RankedTensorType getType() { return cast<RankedTensorType>(op.getWeight().getType()); }
  PowerOfTwoType getPowers() {
    return cast<PowerOfTwoType>(getElementTypeOrSelf(decode.getInput().getType()));
  }

  tosa::Conv2DOp op;
  DecodeOp decode;
  ml_program::GlobalOp source;
  std::vector<uint8_t> bytes;
};

/// Why the types of its input and its filter keep `op` from being computed by bytes; empty where
/// they do not.
std::string findObstacle(tosa::Conv2DOp op) {
  Type x = getElementTypeOrSelf(op.getInput().getType()),
       w = getElementTypeOrSelf(op.getWeight().getType());
  if (!isa<quant::QuantizedType>(x) || !isa<quant::QuantizedType>(w))
    return "it is not on codes";
  if (unsigned width = getStorageType(x).getWidth(); width != 8)
    return "its input's codes have " + std::to_string(width) + " bits";
  if (unsigned width = getStorageType(w).getWidth(); width != 8)
    return "its weights have " + std::to_string(width) + " bits";
  return hasUnsignedStorage(w) ? "its weights have no sign" : "";
}

/// The bias with what flipping and the zero point add, modulo 2^32: the finished sums fit.
std::vector<int32_t> correctBias(ArrayRef<int64_t> biases, ArrayRef<int64_t> weights,
                                 int64_t filters, int64_t shift) {
  int64_t terms = int64_t(weights.size()) / filters;
  std::vector<int32_t> corrected(filters);
  for (int64_t f = 0; f < filters; ++f) {
    int64_t sum = 0;
    for (int64_t k = 0; k < terms; ++k)
      sum += weights[f * terms + k];
    corrected[f] = int32_t(uint32_t(biases[biases.size() == 1 ? 0 : f] - shift * sum));
  }
  return corrected;
}

} // namespace

Value ByteDotKernel::lowerLayer(OpBuilder &builder, const KernelLayer &layer) const {
  if (isa<tosa::DepthwiseConv2DOp>(layer.op))
    return decline(layer, "each of its channels has sums of its own");
  auto op = dyn_cast<tosa::Conv2DOp>(layer.op);
  if (!op)
    return {};
  if (layer.target.getMulFree() != MulFree::No)
    return decline(layer, "--mul-free forbids products");
  if (!has(layer.target))
    return decline(layer, "the processor has " + required());
  if (std::string obstacle = findObstacle(op); !obstacle.empty())
    return decline(layer, obstacle);
  ElementsAttr bias = getConstantElements(op.getBias()),
               zero = getConstantElements(op.getInputZp()),
               filterZero = getConstantElements(op.getWeightZp());
  Filter filter(op);
  if (!bias || !zero || !filterZero || getIntegers(filterZero) != std::vector<int64_t>{0} ||
      failed(filter.read()))
    return decline(layer, "its weights, their zero point 0 or its bias are not constant");
  std::vector<int64_t> weights = filter.getValues();
  for (int64_t weight : weights)
    if (std::abs(weight) > largestWeight())
      return decline(layer, "sums of two products saturate with weights beyond " +
                                Twine(largestWeight()) + ", but it has " + Twine(weight));

  auto input = cast<RankedTensorType>(op.getInput().getType());
  ByteRuns runs(layer.window.kernel, layer.window.dilation, input.getDimSize(3), unit());
  Value laidOut = filter.layOutWeights(builder, runs, layer.target);
  if (!laidOut)
    return decline(layer, "its runs are filled up with zeros, which its levels lack");
  bool flip = !hasUnsignedStorage(input.getElementType());
  int64_t shift = getIntegers(zero).front() + (flip ? 128 : 0);
  int64_t filters = cast<RankedTensorType>(op.getType()).getDimSize(3);
  return create(builder, layer, laidOut, correctBias(getIntegers(bias), weights, filters, shift),
                flip);
}

Value ByteDotKernel::finish(OpBuilder &b, Location loc, Value start, Value sums) const {
  return arith::AddIOp::create(b, loc, start, sums);
}

} // namespace tally
