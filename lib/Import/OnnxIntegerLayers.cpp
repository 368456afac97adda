//===- OnnxIntegerLayers.cpp - layers on integers -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QLinearConv is QuantizeLinear of the Conv of what DequantizeLinear makes of
// its inputs, and QLinearMatMul likewise. The sums of ConvInteger and
// MatMulInteger are integers of 32 bits.
//
//===----------------------------------------------------------------------===//

#include "OnnxLayers.h"
#include "OnnxNodeTable.h"
#include "OnnxQuantizeLinear.h"
#include "OnnxTensor.h"

using namespace mlir;

namespace tally::onnx {

FailureOr<Dequantized> dequantizeInput(NodeScope &scope, size_t index,
                                       const QuantizerInputs &inputs) {
  if (!scope.hasInput(index))
    return scope.invalid("requires the input '" + inputs.name + "'");
  const Operand &operand = scope.input(index);
  auto type = getIntegerType(scope, operand, inputs.name);
  if (failed(type))
    return failure();
  auto quantizer = readQuantizer(scope, inputs, operand.shape, *type);
  if (failed(quantizer))
    return failure();
  // Without a scale of the node's own, integers keep the one that they have.
  if (!inputs.scale && operand.codes && operand.codes->isPerTensor() && quantizer->isPerTensor())
    quantizer->scales = operand.codes->scales;
  auto result = dequantize(scope, operand, *quantizer, inputs.name);
  if (failed(result))
    return failure();
  return Dequantized{*result, *quantizer};
}

FailureOr<LiteralRef> dequantizeBias(NodeScope &scope, size_t index, const LinearQuantizer &x,
                                     const LinearQuantizer &w) {
  LiteralRef literal = scope.ints(index, "B");
  if (!literal)
    return failure();
  if (literal->elementType != kInt32Code || literal->rank() != 1)
    return scope.invalid("requires 'B' to be int32 of rank 1, but got " +
                         getElementTypeName(literal->elementType) + " of rank " +
                         Twine(literal->rank()));
  int64_t count = w.scales.size();
  if (count != 1 && count != literal->size())
    return scope.invalid("requires 'B' of " + Twine(count) + " elements, but got " +
                         Twine(literal->size()));
  std::vector<float> values;
  for (auto [index, value] : llvm::enumerate(literal->ints))
    values.push_back(float(double(value) * x.scales[0] * w.scales[count == 1 ? 0 : index]));
  Literal bias = Literal::ofFloats(literal->shape, std::move(values));
  bias.name = literal->name;
  return LiteralRef(std::make_shared<const Literal>(std::move(bias)));
}

LogicalResult requireOneScale(NodeScope &scope, const Dequantized &input, StringRef name) {
  if (!input.quantizer.isPerTensor())
    return scope.unsupported("'" + name + "' has several scales or zero points",
                             "quantize it with one");
  return success();
}

static LogicalResult requireConstant(NodeScope &scope, size_t index, StringRef name) {
  return success(scope.ints(index, name) != nullptr);
}

//===----------------------------------------------------------------------===//
// Integers in and out
//===----------------------------------------------------------------------===//

/// The stored or logical result, rounded to the quantizer in inputs 6 and 7.
static FailureOr<LinearQuantizer> readResultQuantizer(NodeScope &scope) {
  auto quantizer = readQuantizer(scope, {"y", 6, 7, 0}, {1}, std::nullopt);
  if (succeeded(quantizer) && quantizer->elementType == kInt32Code)
    return scope.unsupported("its result is int32", "use ConvInteger or MatMulInteger");
  return quantizer;
}

LogicalResult importQLinearConv(NodeScope &scope) {
  if (failed(requireConstant(scope, 3, "w")))
    return failure();
  auto x = dequantizeInput(scope, 0, {"x", 1, 2, 1});
  auto w = dequantizeInput(scope, 3, {"w", 4, 5, 0});
  auto y = readResultQuantizer(scope);
  if (failed(x) || failed(w) || failed(y) || failed(requireOneScale(scope, *x, "x")))
    return failure();
  ConvOperands operands{x->operand, w->operand.literal, nullptr};
  if (scope.hasInput(8)) {
    auto bias = dequantizeBias(scope, 8, x->quantizer, w->quantizer);
    if (failed(bias))
      return failure();
    operands.bias = *bias;
  }
  FailureOr<Value> result = createConvolution(scope, operands);
  if (failed(result))
    return failure();
  return scope.setCodes(roundTo(scope, *result, *y), *y);
}

LogicalResult importQLinearMatMul(NodeScope &scope) {
  int64_t rankA = scope.input(0).rank();
  auto a = dequantizeInput(scope, 0, {"a", 1, 2, std::max<int64_t>(rankA - 2, 0)});
  auto b = dequantizeInput(scope, 3, {"b", 4, 5, -1});
  auto y = readResultQuantizer(scope);
  if (failed(a) || failed(b) || failed(y) || failed(requireOneScale(scope, *a, "a")))
    return failure();
  FailureOr<Value> result = createMatMul(scope, a->operand, b->operand);
  if (failed(result))
    return failure();
  return scope.setCodes(roundTo(scope, scope.toStorage(*result), *y), *y);
}

//===----------------------------------------------------------------------===//
// Sums of 32 bits
//===----------------------------------------------------------------------===//

static LinearQuantizer getSumQuantizer(const Dequantized &x, const Dequantized &w) {
  LinearQuantizer sum;
  // Integer weights have scale 1, along any dimension.
  sum.scales = {x.quantizer.scales[0] * w.quantizer.scales[0]};
  return sum;
}

LogicalResult importConvInteger(NodeScope &scope) {
  if (failed(requireConstant(scope, 1, "w")))
    return failure();
  auto x = dequantizeInput(scope, 0, {"x", std::nullopt, 2, 1});
  auto w = dequantizeInput(scope, 1, {"w", std::nullopt, 3, 0});
  if (failed(x) || failed(w) || failed(requireOneScale(scope, *x, "x")))
    return failure();
  FailureOr<Value> result = createConvolution(scope, {x->operand, w->operand.literal, nullptr});
  if (failed(result))
    return failure();
  return scope.setCodes(*result, getSumQuantizer(*x, *w));
}

LogicalResult importMatMulInteger(NodeScope &scope) {
  int64_t rankA = scope.input(0).rank();
  auto a = dequantizeInput(scope, 0, {"a", std::nullopt, 2, std::max<int64_t>(rankA - 2, 0)});
  auto b = dequantizeInput(scope, 1, {"b", std::nullopt, 3, -1});
  if (failed(a) || failed(b) || failed(requireOneScale(scope, *a, "a")))
    return failure();
  FailureOr<Value> result = createMatMul(scope, a->operand, b->operand);
  if (failed(result))
    return failure();
  return scope.setCodes(scope.toStorage(*result), getSumQuantizer(*a, *b));
}

} // namespace tally::onnx
