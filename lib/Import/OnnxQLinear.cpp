//===- OnnxQLinear.cpp - ONNX Runtime's operators on integers -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each is a standard operator on what DequantizeLinear makes of its inputs, and QuantizeLinear of
// the result.
//
//===----------------------------------------------------------------------===//

#include "OnnxNodeTable.h"
#include "OnnxQuantizeLinear.h"
#include "OnnxTensor.h"

using namespace mlir;

namespace tally::onnx {

/// The attributes of the node that the standard operator has too.
static std::map<std::string, Attribute> pick(NodeScope &scope, ArrayRef<StringRef> names) {
  std::map<std::string, Attribute> picked;
  for (StringRef name : names)
    if (const Attribute *attribute = scope.attribute(name))
      picked[name.str()] = *attribute;
  return picked;
}

/// `operand` rounded to the quantizer in inputs `scale` and `zero`.
static LogicalResult setRounded(NodeScope &scope, FailureOr<Operand> operand, size_t scale,
                                size_t zero) {
  auto quantizer = readQuantizer(scope, {"y", scale, zero, 0}, {1}, std::nullopt);
  if (failed(operand) || failed(quantizer))
    return failure();
  Value value = scope.tensor(*operand, scope.node.outputs[0]);
  return value ? scope.setCodes(roundTo(scope, value, *quantizer), *quantizer) : failure();
}

/// Input `index`, with its scale and zero point behind it.
static FailureOr<Operand> dequantizeTriple(NodeScope &scope, size_t index, StringRef name) {
  auto input = dequantizeInput(scope, index, {name.str(), index + 1, index + 2, 1});
  if (failed(input) || failed(requireOneScale(scope, *input, name)))
    return failure();
  return input->operand;
}

LogicalResult importQLinearBinary(NodeScope &scope) {
  auto a = dequantizeTriple(scope, 0, "A"), b = dequantizeTriple(scope, 3, "B");
  if (failed(a) || failed(b))
    return failure();
  StringRef type = scope.node.opType;
  type.consume_front("QLinear");
  return setRounded(scope, scope.compute(type, {*a, *b}), 6, 7);
}

LogicalResult importQLinearUnary(NodeScope &scope) {
  auto x = dequantizeTriple(scope, 0, "X");
  if (failed(x))
    return failure();
  if (scope.intAttribute("channels_last", 0) != 0)
    return scope.unsupported("its channels are the last dimension",
                             "quantize the network before it is optimised for a processor");
  StringRef type = scope.node.opType;
  type.consume_front("QLinear");
  auto attributes = pick(scope, {"alpha", "auto_pad", "ceil_mode", "count_include_pad",
                                 "kernel_shape", "pads", "strides"});
  return setRounded(scope, scope.compute(type, {*x}, attributes), 3, 4);
}

LogicalResult importQLinearConcat(NodeScope &scope) {
  if ((scope.numInputs() - 2) % 3 != 0)
    return scope.invalid("requires inputs with a scale and a zero point each");
  SmallVector<Operand> operands;
  for (size_t index = 2; index < scope.numInputs(); index += 3) {
    auto x = dequantizeTriple(scope, index, "X" + std::to_string((index - 2) / 3));
    if (failed(x))
      return failure();
    operands.push_back(*x);
  }
  return setRounded(scope, scope.compute("Concat", operands, pick(scope, {"axis"})), 0, 1);
}

LogicalResult importQGemm(NodeScope &scope) {
  auto a = dequantizeInput(scope, 0, {"A", 1, 2, 0});
  bool transB = scope.intAttribute("transB", 0) != 0;
  auto b = dequantizeInput(scope, 3, {"B", 4, 5, transB ? 0 : 1});
  if (failed(a) || failed(b) || failed(requireOneScale(scope, *a, "A")))
    return failure();
  SmallVector<Operand> operands = {a->operand, b->operand};
  if (scope.hasInput(6)) {
    LinearQuantizer scaled = a->quantizer;
    scaled.scales[0] *= scope.floatAttribute("alpha", 1);
    auto bias = dequantizeBias(scope, 6, scaled, b->quantizer);
    if (failed(bias))
      return failure();
    operands.push_back({(*bias)->shape, Value(), *bias, std::nullopt});
  }
  auto product = scope.compute("Gemm", operands, pick(scope, {"alpha", "transA", "transB"}));
  if (scope.hasInput(7))
    return setRounded(scope, product, 7, 8);
  return failed(product) ? failure() : scope.forward(*product);
}

} // namespace tally::onnx
