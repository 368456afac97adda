//===- DotWeights.cpp - weights that bytes are multiplied by --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DotWeights.h"
#include "Lower/Linalg/PackedCodes.h"
#include "tally/IR/BitPacking.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;

namespace tally {

DotWeights::DotWeights(tosa::Conv2DOp op)
    : op(op), decode(op.getWeight().getDefiningOp<DecodeOp>()),
      source(getParameter(decode ? decode.getInput() : op.getWeight())) {}

Value DotWeights::getSource() const {
  return decode ? Value(DecodeOp(decode).getInput()) : Value(tosa::Conv2DOp(op).getWeight());
}

RankedTensorType DotWeights::getType() const {
  return cast<RankedTensorType>(Value(tosa::Conv2DOp(op).getWeight()).getType());
}

PowerOfTwoType DotWeights::getPowers() const {
  return cast<PowerOfTwoType>(getElementTypeOrSelf(DecodeOp(decode).getInput().getType()));
}

/// Why the types of its input and its filter keep `op` from being computed by bytes; empty where
/// they do not.
static std::string findObstacle(tosa::Conv2DOp op) {
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

LogicalResult DotWeights::read() {
  ElementsAttr biases = getConstantElements(op.getBias()),
               zero = getConstantElements(op.getInputZp()),
               filterZero = getConstantElements(op.getWeightZp());
  auto elements = source ? dyn_cast_or_null<ElementsAttr>(source.getValueAttr()) : ElementsAttr();
  if (obstacle = findObstacle(op); !obstacle.empty())
    return failure();
  obstacle = "its weights, their zero point 0 or its bias are not constant";
  if (!biases || !zero || !filterZero || getIntegers(filterZero) != std::vector<int64_t>{0} ||
      !elements)
    return failure();
  bias = getIntegers(biases);
  zeroPoint = getIntegers(zero).front();
  if (decode) {
    auto codes = unpackCodes(elements, cast<RankedTensorType>(decode.getInput().getType()));
    if (!codes)
      return failure();
    bytes = *codes;
    PowerOfTwoLevels levels = getPowers().getLevels();
    for (uint8_t code : bytes)
      values.push_back(levels.byCode()[code]);
    return success();
  }
  for (int64_t value : getIntegers(elements)) {
    bytes.push_back(uint8_t(value));
    values.push_back(int8_t(value));
  }
  return success(int64_t(bytes.size()) == getType().getNumElements());
}

int64_t DotWeights::largest() const {
  int64_t most = 0;
  for (int64_t value : values)
    most = std::max(most, std::abs(value));
  return most;
}

std::vector<int32_t> DotWeights::correctBias(int64_t shift) const {
  int64_t filters = getType().getDimSize(0), terms = int64_t(values.size()) / filters;
  std::vector<int32_t> corrected(filters);
  for (int64_t f = 0; f < filters; ++f) {
    int64_t sum = 0;
    for (int64_t k = 0; k < terms; ++k)
      sum += values[f * terms + k];
    corrected[f] = int32_t(uint32_t(bias[bias.size() == 1 ? 0 : f] - (zeroPoint + shift) * sum));
  }
  return corrected;
}

Value DotWeights::layOutWeights(OpBuilder &builder, const ByteRuns &runs, TargetAttr target) {
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

} // namespace tally
