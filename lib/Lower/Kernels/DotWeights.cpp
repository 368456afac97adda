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

DotWeights::DotWeights(Operation *op)
    : op(op), decode(op->getOperand(1).getDefiningOp<DecodeOp>()),
      source(getParameter(decode ? decode.getInput() : op->getOperand(1))),
      filters(cast<RankedTensorType>(op->getResult(0).getType()).getDimSize(3)) {}

Value DotWeights::getSource() const {
  return decode ? Value(DecodeOp(decode).getInput()) : getWeight();
}

PowerOfTwoType DotWeights::getPowers() const {
  return cast<PowerOfTwoType>(getElementTypeOrSelf(DecodeOp(decode).getInput().getType()));
}

/// Why the types of its input and its filter keep `op` from being computed by bytes; empty where
/// they do not.
static std::string findObstacle(Operation *op) {
  Type x = getElementTypeOrSelf(op->getOperand(0).getType()),
       w = getElementTypeOrSelf(op->getOperand(1).getType());
  if (!isa<quant::QuantizedType>(x) || !isa<quant::QuantizedType>(w))
    return "it is not on codes";
  if (unsigned width = getStorageType(x).getWidth(); width != 8)
    return "its input's codes have " + std::to_string(width) + " bits";
  if (unsigned width = getStorageType(w).getWidth(); width != 8)
    return "its weights have " + std::to_string(width) + " bits";
  return hasUnsignedStorage(w) ? "its weights have no sign" : "";
}

/// Elements of a depthwise filter, `[KH, KW, C, M]`, as `[C * M, KH, KW, 1]`.
template <typename T> void DotWeights::moveFiltersFirst(std::vector<T> &elements) const {
  if (!isa<tosa::DepthwiseConv2DOp>(op))
    return;
  int64_t taps = int64_t(elements.size()) / filters;
  std::vector<T> moved(elements.size());
  for (int64_t tap = 0; tap < taps; ++tap)
    for (int64_t f = 0; f < filters; ++f)
      moved[f * taps + tap] = elements[tap * filters + f];
  elements = std::move(moved);
}

LogicalResult DotWeights::read() {
  ElementsAttr biases = getConstantElements(op->getOperand(2)),
               zero = getConstantElements(op->getOperand(3)),
               filterZero = getConstantElements(op->getOperand(4));
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
    moveFiltersFirst(bytes);
    PowerOfTwoLevels levels = getPowers().getLevels();
    for (uint8_t code : bytes)
      values.push_back(levels.byCode()[code]);
    return success();
  }
  values = getIntegers(elements);
  if (int64_t(values.size()) != cast<RankedTensorType>(getWeight().getType()).getNumElements())
    return failure();
  moveFiltersFirst(values);
  for (int64_t &value : values) {
    bytes.push_back(uint8_t(value));
    value = int8_t(value);
  }
  return success();
}

LogicalResult DotWeights::append(const DotWeights &next) {
  obstacle = "its groups have weights of several kinds";
  if (isPacked() != next.isPacked() || zeroPoint != next.zeroPoint ||
      (isPacked() && getPowers().getLevels().format() != next.getPowers().getLevels().format()))
    return failure();
  bias.resize(filters, bias.front());
  bias.insert(bias.end(), next.bias.begin(), next.bias.end());
  filters += next.filters;
  bias.resize(filters, bias.back());
  bytes.insert(bytes.end(), next.bytes.begin(), next.bytes.end());
  values.insert(values.end(), next.values.begin(), next.values.end());
  return success();
}

int64_t DotWeights::largest() const {
  int64_t most = 0;
  for (int64_t value : values)
    most = std::max(most, std::abs(value));
  return most;
}

std::vector<int32_t> DotWeights::correctBias(int64_t shift) const {
  int64_t terms = int64_t(values.size()) / filters;
  std::vector<int32_t> corrected(filters);
  for (int64_t f = 0; f < filters; ++f) {
    int64_t sum = 0;
    for (int64_t k = 0; k < terms; ++k)
      sum += values[f * terms + k];
    corrected[f] = int32_t(uint32_t(bias[bias.size() == 1 ? 0 : f] - (zeroPoint + shift) * sum));
  }
  return corrected;
}

std::optional<uint8_t> DotWeights::getZero() const {
  if (!decode)
    return 0;
  PowerOfTwoLevels levels = getPowers().getLevels();
  auto zero = llvm::find(levels.byCode(), 0);
  return zero == levels.byCode().end() ? std::nullopt
                                       : std::optional<uint8_t>(zero - levels.byCode().begin());
}

Value DotWeights::storeBytes(OpBuilder &builder, ArrayRef<uint8_t> laidOut, ArrayRef<int64_t> shape,
                             TargetAttr target) {
  if (!decode)
    return addBytes(builder, op, getWeight(), shape, laidOut);
  PowerOfTwoLevels levels = getPowers().getLevels();
  std::vector<uint8_t> packed = packBits(laidOut.vec(), levels.format().bits);
  Value codes = addBytes(builder, op, decode.getInput(), {int64_t(packed.size())}, packed);
  auto type = RankedTensorType::get(shape, builder.getI8Type());
  Value unpacked = lowerByKernel(builder, {decode.getLoc(), codes, type, levels, target});
  return unpacked ? unpacked : buildLevels(builder, decode.getLoc(), codes, type, levels);
}

} // namespace tally
