//===- OnnxIntegers.cpp - what computes on integers: shifts, sums, clips --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxNodeTable.h"
#include "OnnxQuantizeLinear.h"
#include "OnnxTensor.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include <cmath>

using namespace mlir;

namespace tally::onnx {

//===----------------------------------------------------------------------===//
// BitShift
//===----------------------------------------------------------------------===//

/// Whether the shift is to the left, and the type that it wraps at.
static FailureOr<bool> readDirection(NodeScope &scope, int64_t elementType) {
  std::string direction = scope.stringAttribute("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return scope.invalid("requires 'direction' to be LEFT or RIGHT, but got '" + direction + "'");
  auto format = getIntegerFormat(elementType);
  if (!format || format->isSigned)
    return scope.invalid("requires integers without a sign, but got " +
                         getElementTypeName(elementType));
  return direction == "LEFT";
}

LogicalResult foldBitShift(NodeScope &scope) {
  LiteralRef values = scope.ints(0, "X"), amounts = scope.ints(1, "Y");
  if (!values || !amounts)
    return failure();
  auto isLeft = readDirection(scope, values->elementType);
  if (failed(isLeft))
    return failure();
  auto shape = broadcast(values->shape, amounts->shape);
  if (!shape)
    return scope.invalid("requires inputs that broadcast to one shape");
  if (failed(scope.spendFolding(countElements(*shape))))
    return failure();
  IntegerFormat format = *getIntegerFormat(values->elementType);
  Literal result = gather(*values, *shape, getBroadcastIndices(values->shape, *shape));
  Literal by = gather(*amounts, *shape, getBroadcastIndices(amounts->shape, *shape));
  for (auto [value, amount] : llvm::zip(result.ints, by.ints)) {
    if (amount < 0 || amount >= int64_t(format.bits)) {
      value = 0;
      continue;
    }
    uint64_t bits = uint64_t(value);
    value = format.wrap(int64_t(*isLeft ? bits << amount : bits >> amount));
  }
  return scope.setConstant(std::move(result));
}

// The middle of the 2^amount integers that have one result lies below half a step of it.
Value shiftRight(NodeScope &scope, Value value, int64_t amount, const LinearQuantizer &type) {
  if (amount == 0)
    return value;
  double factor = std::ldexp(1.0, -int(amount)), constant = (factor / 2 - 0.5) * type.scales[0];
  Value result = roundTo(scope, mapAffinely(scope, value, factor, constant), type);
  result.getDefiningOp()->setAttr(TallyDialect::kRoundsAttr, scope.builder.getUnitAttr());
  return result;
}

LogicalResult importBitShift(NodeScope &scope) {
  const Operand &operand = scope.input(0);
  auto elementType = getIntegerType(scope, operand, "X");
  if (failed(elementType))
    return failure();
  LiteralRef amounts = scope.ints(1, "Y");
  if (!amounts)
    return failure();
  auto isLeft = readDirection(scope, *elementType);
  if (failed(isLeft))
    return failure();
  IntegerFormat format = *getIntegerFormat(*elementType);
  if (format.bits > 16)
    return scope.unsupported("it shifts activations of type " + getElementTypeName(*elementType),
                             "use uint8 or uint16, or multiply by a power of two");
  if (amounts->size() == 0 || !llvm::all_equal(amounts->ints))
    return scope.unsupported("its elements are shifted by different amounts",
                             "use one BitShift for each amount, or multiply by powers of two");
  auto shape = broadcast(operand.shape, amounts->shape);
  if (!shape || *shape != operand.shape)
    return scope.invalid("requires 'Y' to broadcast to 'X'");
  int64_t amount = amounts->ints[0], bits = format.bits;
  if (amount < 0 || amount >= bits)
    return scope.invalid("requires 'Y' within 0.." + Twine(bits - 1) + ", but got " +
                         Twine(amount));
  auto integers = asIntegers(scope, operand, "X");
  if (failed(integers))
    return failure();
  LinearQuantizer type;
  type.elementType = *elementType;
  if (!*isLeft || amount == 0)
    return scope.setCodes(shiftRight(scope, *integers, amount, type), type);
  // What the shift moves out goes first, so that nothing leaves the type.
  Value high = shiftRight(scope, *integers, bits - amount, type);
  Value low = scope.create<tosa::SubOp>(
      high.getType(), *integers, mapAffinely(scope, high, std::ldexp(1.0, int(bits - amount)), 0));
  Value shifted = mapAffinely(scope, low, std::ldexp(1.0, int(amount)), 0);
  return scope.setCodes(roundTo(scope, shifted, type), type);
}

//===----------------------------------------------------------------------===//
// Clip and Relu
//===----------------------------------------------------------------------===//

/// The bounds of Clip or Relu on integers of `format`.
static FailureOr<CodeRange> readBounds(NodeScope &scope, const IntegerFormat &format) {
  CodeRange range{format.lowest(), format.highest()};
  if (scope.node.opType == "Relu")
    return CodeRange{std::max<int64_t>(range.min, 0), range.max};
  if (scope.attribute("min") || scope.attribute("max"))
    return scope.unsupported("it has bounds of floats for integers", "give them as inputs");
  for (size_t index : {1, 2}) {
    if (!scope.hasInput(index))
      continue;
    LiteralRef bound = scope.ints(index, index == 1 ? "min" : "max");
    if (!bound)
      return failure();
    if (bound->size() != 1)
      return scope.invalid("requires bounds of one element");
    (index == 1 ? range.min : range.max) =
        std::clamp(bound->ints[0], format.lowest(), format.highest());
  }
  // ONNX: the upper bound wins.
  range.min = std::min(range.min, range.max);
  return range;
}

LogicalResult importIntegerClip(NodeScope &scope) {
  const Operand &operand = scope.input(0);
  const LinearQuantizer &codes = *operand.codes;
  auto format = getIntegerFormat(codes.elementType);
  if (!codes.isPerTensor() || format->bits > 16)
    return scope.unsupported("it computes on " + getElementTypeName(codes.elementType) +
                                 (codes.isPerTensor() ? "" : " of several scales"),
                             "dequantize its input");
  auto range = readBounds(scope, *format);
  if (failed(range))
    return failure();
  if (range->min == range->max)
    return scope.unsupported("all its results are " + Twine(range->min));
  // The bounds become those of the quantizer before it.
  Value value = operand.value;
  if (auto cast = value.getDefiningOp<quant::DequantizeCastOp>())
    if (auto quantize = cast.getInput().getDefiningOp<quant::QuantizeCastOp>()) {
      CodeRange before = getCodeRange(getElementTypeOrSelf(quantize.getType()));
      CodeRange both{std::max(range->min, before.min), std::min(range->max, before.max)};
      if (both.min < both.max) {
        value = quantize.getInput();
        *range = both;
      }
    }
  return scope.setCodes(roundTo(scope, value, codes, *range), codes);
}

LogicalResult foldClip(NodeScope &scope) {
  Literal result = *scope.input(0).literal;
  auto format = result.isFloat ? std::nullopt : getIntegerFormat(result.elementType);
  if (!format)
    return scope.foldByRunning(scope.node.opType == "Relu" ? importRelu : importClip);
  auto range = readBounds(scope, *format);
  if (failed(range) || failed(scope.spendFolding(result.size())))
    return failure();
  for (int64_t &value : result.ints)
    value = std::clamp(value, range->min, range->max);
  return scope.setConstant(std::move(result));
}

//===----------------------------------------------------------------------===//
// Cast, Add and Sub
//===----------------------------------------------------------------------===//

LogicalResult importCast(NodeScope &scope) {
  int64_t to = scope.intAttribute("to", 0);
  const Operand &operand = scope.input(0);
  if (operand.codes && isFloatCode(to)) {
    auto integers = asIntegers(scope, operand, "input");
    return failed(integers) ? failure() : scope.setResult(*integers);
  }
  auto from = operand.codes ? getIntegerFormat(operand.codes->elementType) : std::nullopt;
  auto format = getIntegerFormat(to);
  if (from && format && format->contains(from->lowest()) && format->contains(from->highest())) {
    Operand wider = operand;
    wider.codes->elementType = to;
    return scope.forward(wider);
  }
  if (!isFloatCode(to))
    return scope.unsupported("it casts the network's values to " + getElementTypeName(to),
                             operand.codes ? "cast to a wider type"
                                           : "use QuantizeLinear, or compute with floats");
  return importIdentity(scope);
}

LogicalResult importIntegerSum(NodeScope &scope) {
  const Operand &a = scope.input(0), &b = scope.input(1);
  const Operand &main = a.codes ? a : b;
  const LinearQuantizer &codes = *main.codes;
  if (codes.elementType != kInt32Code || !codes.isPerTensor() || codes.zeros[0] != 0)
    return scope.unsupported("it computes on " + getElementTypeName(codes.elementType),
                             "dequantize its inputs");
  auto shape = broadcast(a.shape, b.shape);
  if (!shape)
    return scope.invalid("requires inputs that broadcast to one shape");
  int64_t rank = shape->size();
  Value values[2];
  for (int i : {0, 1}) {
    const Operand &operand = scope.input(i);
    auto type = getIntegerType(scope, operand, i ? "B" : "A");
    if (failed(type))
      return failure();
    if (*type != kInt32Code)
      return scope.invalid("requires inputs of one type, but got int32 and " +
                           getElementTypeName(*type));
    auto reals = dequantize(scope, operand, codes, i ? "B" : "A");
    if (failed(reals))
      return failure();
    values[i] = scope.tensorOfRank(*reals, i ? "B" : "A", rank);
    if (!values[i])
      return failure();
  }
  Type type = scope.tensorType(*broadcast(scope.shapeOf(values[0]), scope.shapeOf(values[1])));
  bool isSum = scope.node.opType == "Add";
  Value result = isSum ? scope.create<tosa::AddOp>(type, values[0], values[1])
                       : scope.create<tosa::SubOp>(type, values[0], values[1]);
  return scope.setCodes(result, codes);
}

} // namespace tally::onnx
