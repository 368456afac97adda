//===- OnnxQuantizeLinear.cpp - QuantizeLinear and DequantizeLinear -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A computed value that holds integers in ONNX is a tensor of the reals that
// they stand for: QuantizeLinear becomes a pair of quant.qcast and quant.dcast,
// DequantizeLinear by the same scale and zero point is nothing.
//
//===----------------------------------------------------------------------===//

#include "OnnxQuantizeLinear.h"

#include "OnnxNodeTable.h"
#include "OnnxTensor.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace tally::onnx {

//===----------------------------------------------------------------------===//
// Scales and zero points
//===----------------------------------------------------------------------===//

static std::string show(float number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", double(number));
  return text;
}

static FailureOr<std::vector<double>> readScales(NodeScope &scope, size_t index, StringRef what,
                                                 const IntegerFormat &format) {
  LiteralRef literal = scope.floats(index, what);
  if (!literal)
    return failure();
  if (literal->rank() > 1)
    return scope.unsupported("'" + what + "' has rank " + Twine(literal->rank()),
                             "use one scale, or one for each index of a dimension");
  if (literal->size() == 0)
    return scope.invalid("requires '" + what + "' to have elements");
  std::vector<double> scales;
  for (float scale : literal->floats) {
    if (!std::isfinite(scale) || scale < std::numeric_limits<float>::min())
      return scope.invalid("requires '" + what + "' to be finite and above 0, but got " +
                           show(scale));
    if (!std::isfinite(float(std::ldexp(double(scale), int(format.bits)))))
      return scope.invalid("requires '" + what + "' to leave reals finite, but got " + show(scale));
    scales.push_back(scale);
  }
  return scales;
}

/// Takes the zero points of `quantizer`, as many as scales where the node `hasScales`.
static LogicalResult setZeros(NodeScope &scope, const Literal &zeros, StringRef name,
                              bool hasScales, LinearQuantizer &quantizer) {
  if (zeros.rank() > 1)
    return scope.unsupported("'" + name + "' has rank " + Twine(zeros.rank()));
  bool fits = hasScales ? zeros.size() == int64_t(quantizer.scales.size()) : zeros.size() > 0;
  if (!fits)
    return scope.invalid("requires as many zero points as scales, but got " + Twine(zeros.size()) +
                         " and " + Twine(quantizer.scales.size()));
  quantizer.scales.resize(zeros.size(), 1.0);
  quantizer.zeros = zeros.ints;
  IntegerFormat format = *getIntegerFormat(quantizer.elementType);
  for (int64_t zero : quantizer.zeros) {
    if (!format.contains(zero))
      return scope.invalid("requires '" + name + "' within " + Twine(format.lowest()) + ".." +
                           Twine(format.highest()) + ", but got " + Twine(zero));
    if (quantizer.elementType == kInt32Code && zero != 0)
      return scope.unsupported("'" + name + "' of int32 is " + Twine(zero),
                               "integers of 32 bits have the zero point 0");
  }
  return success();
}

FailureOr<LinearQuantizer> readQuantizer(NodeScope &scope, const QuantizerInputs &inputs,
                                         ArrayRef<int64_t> shape,
                                         std::optional<int64_t> elementType) {
  std::string zeroName = inputs.name + "_zero_point", scaleName = inputs.name + "_scale";
  LinearQuantizer quantizer;
  LiteralRef zeros;
  if (scope.hasInput(inputs.zero)) {
    zeros = scope.ints(inputs.zero, zeroName);
    if (!zeros)
      return failure();
    if (elementType && zeros->elementType != *elementType)
      return scope.invalid("requires '" + zeroName + "' to be " + getElementTypeName(*elementType) +
                           " as '" + inputs.name + "' is, but got " +
                           getElementTypeName(zeros->elementType));
    elementType = zeros->elementType;
  }
  quantizer.elementType = elementType.value_or(kUint8Code);
  std::optional<IntegerFormat> format = getIntegerFormat(quantizer.elementType);
  bool isWide = format && quantizer.elementType == kInt32Code;
  if (!format || (format->bits > 16 && !isWide))
    return scope.unsupported(
        "'" + inputs.name + "' of type " + getElementTypeName(quantizer.elementType),
        "use int8, uint8, int4, uint4, int16 or uint16, or int32 to dequantize");
  if (inputs.scale) {
    auto scales = readScales(scope, *inputs.scale, scaleName, *format);
    if (failed(scales))
      return failure();
    quantizer.scales = *scales;
  }
  if (zeros && failed(setZeros(scope, *zeros, zeroName, inputs.scale.has_value(), quantizer)))
    return failure();
  quantizer.zeros.resize(quantizer.scales.size(), 0);
  if (quantizer.scales.size() == 1)
    return quantizer;
  std::optional<int64_t> axis = normalizeAxis(inputs.axis, shape.size());
  if (!axis)
    return scope.invalid("requires 'axis' within rank " + Twine(shape.size()) + ", but got " +
                         Twine(inputs.axis));
  if (shape[*axis] != int64_t(quantizer.scales.size()))
    return scope.invalid("requires one scale or " + Twine(shape[*axis]) + ", as dimension " +
                         Twine(*axis) + " of '" + inputs.name + "' has indices, but got " +
                         Twine(quantizer.scales.size()));
  quantizer.axis = *axis;
  return quantizer;
}

FailureOr<int64_t> getIntegerType(NodeScope &scope, const Operand &operand, StringRef name) {
  if (operand.codes)
    return operand.codes->elementType;
  if (operand.isConstant() && !operand.literal->isFloat)
    return operand.literal->elementType;
  return scope.invalid("requires '" + name + "' to hold integers, but it holds floats");
}

//===----------------------------------------------------------------------===//
// Integers to reals
//===----------------------------------------------------------------------===//

bool setRange(Codes &codes, CodeRange range, ArrayRef<int64_t> values) {
  codes.lowest = range.min >= 0 ? -range.max : range.min;
  codes.highest = range.max;
  for (unsigned bits : {8u, 16u}) {
    IntegerFormat storage{bits, true};
    if (storage.contains(codes.lowest) && storage.contains(codes.highest))
      return true;
    if (llvm::all_of(values, [&](int64_t value) { return storage.contains(value); })) {
      codes.lowest = storage.lowest();
      codes.highest = storage.highest();
      return true;
    }
  }
  return false;
}

/// Of `integer - zero`.
static CodeRange getDifferences(const LinearQuantizer &quantizer) {
  IntegerFormat format = *getIntegerFormat(quantizer.elementType);
  auto [lowest, highest] = std::minmax_element(quantizer.zeros.begin(), quantizer.zeros.end());
  return {format.lowest() - *highest, format.highest() - *lowest};
}

static FailureOr<Literal> dequantizeLiteral(NodeScope &scope, const Literal &integers,
                                            const LinearQuantizer &quantizer, StringRef name) {
  if (failed(scope.spendFolding(integers.size())))
    return failure();
  IntegerFormat format = *getIntegerFormat(quantizer.elementType);
  int64_t count = quantizer.scales.size();
  int64_t stride = quantizer.isPerTensor() ? 1 : getStrides(integers.shape)[quantizer.axis];
  std::vector<float> values(integers.size());
  std::vector<int64_t> differences(integers.size());
  for (auto [index, value] : llvm::enumerate(values)) {
    if (!format.contains(integers.ints[index]))
      return scope.invalid("requires '" + name + "' within " + Twine(format.lowest()) + ".." +
                           Twine(format.highest()) + ", but element " + Twine(index) + " is " +
                           Twine(integers.ints[index]));
    int64_t channel = int64_t(index) / stride % count;
    differences[index] = integers.ints[index] - quantizer.zeros[channel];
    value = float(double(differences[index]) * quantizer.scales[channel]);
  }
  Literal result = Literal::ofFloats(integers.shape, std::move(values));
  result.name = integers.name;
  Codes codes;
  if (quantizer.elementType == kInt32Code ||
      !setRange(codes, getDifferences(quantizer), differences))
    return result;
  codes.codes.assign(differences.begin(), differences.end());
  for (size_t index = 0; index < differences.size(); ++index)
    codes.scales.push_back(quantizer.scales[int64_t(index) / stride % count]);
  result.codes = std::move(codes);
  return result;
}

/// `numbers` along ONNX's dimension `axis`, or one number, to broadcast to `value`.
static Value createNumbers(NodeScope &scope, Value value, ArrayRef<double> numbers, int64_t axis) {
  int64_t rank = scope.shapeOf(value).size();
  Sizes shape(rank, 1);
  if (llvm::all_equal(numbers))
    return scope.splat(shape, float(numbers[0]));
  shape[axis] = numbers.size();
  Literal literal = Literal::ofFloats(shape, {numbers.begin(), numbers.end()});
  return scope.parameter(transpose(literal, getStorageOrder(rank)));
}

Value mapAffinely(NodeScope &scope, Value value, ArrayRef<double> factors,
                  ArrayRef<double> constants, int64_t axis) {
  if (llvm::any_of(factors, [](double f) { return f != 1; }))
    value = scope.multiply(value, createNumbers(scope, value, factors, axis));
  if (llvm::any_of(constants, [](double c) { return c != 0; }))
    value = scope.create<tosa::AddOp>(value.getType(), value,
                                      createNumbers(scope, value, constants, axis));
  return value;
}

FailureOr<Operand> dequantize(NodeScope &scope, const Operand &operand,
                              const LinearQuantizer &quantizer, StringRef name) {
  if (operand.isConstant()) {
    auto literal = dequantizeLiteral(scope, *operand.literal, quantizer, name);
    if (failed(literal))
      return failure();
    return Operand{operand.shape, Value(), std::make_shared<const Literal>(std::move(*literal)),
                   std::nullopt};
  }
  const LinearQuantizer &from = *operand.codes;
  if (from == quantizer)
    return Operand{operand.shape, operand.value, nullptr, std::nullopt};
  if (!from.isPerTensor() && !quantizer.isPerTensor() && from.axis != quantizer.axis)
    return scope.unsupported("'" + name + "' was quantized along dimension " + Twine(from.axis) +
                                 ", and is dequantized along " + Twine(quantizer.axis),
                             "use one dimension for both");
  // The integers of one quantizer under another one; rounding makes them exact.
  std::vector<double> factors, constants;
  size_t count = std::max(from.scales.size(), quantizer.scales.size());
  for (size_t c = 0; c < count; ++c) {
    size_t i = from.isPerTensor() ? 0 : c, j = quantizer.isPerTensor() ? 0 : c;
    factors.push_back(quantizer.scales[j] / from.scales[i]);
    constants.push_back(double(from.zeros[i] - quantizer.zeros[j]) * quantizer.scales[j]);
  }
  Value value =
      mapAffinely(scope, operand.value, factors, constants, std::max(from.axis, quantizer.axis));
  if (getIntegerFormat(quantizer.elementType)->bits < 32) // wider ones hold the product as it is
    value = roundTo(scope, value, quantizer);
  return Operand{operand.shape, value, nullptr, std::nullopt};
}

FailureOr<Value> asIntegers(NodeScope &scope, const Operand &operand, StringRef name) {
  LinearQuantizer plain;
  plain.elementType = operand.codes->elementType;
  auto result = dequantize(scope, operand, plain, name);
  if (failed(result))
    return failure();
  return result->value;
}

LogicalResult importDequantizeLinear(NodeScope &scope) {
  const Operand &operand = scope.input(0);
  auto type = getIntegerType(scope, operand, "x");
  if (failed(type))
    return failure();
  auto quantizer =
      readQuantizer(scope, {"x", 1, 2, scope.intAttribute("axis", 1)}, operand.shape, *type);
  if (failed(quantizer))
    return failure();
  auto result = dequantize(scope, operand, *quantizer, "x");
  if (failed(result))
    return failure();
  if (!result->isConstant())
    return scope.forward(*result);
  return scope.setConstant(*result->literal);
}

//===----------------------------------------------------------------------===//
// Reals to integers
//===----------------------------------------------------------------------===//

Value roundTo(NodeScope &scope, Value value, const LinearQuantizer &quantizer,
              std::optional<CodeRange> narrow) {
  MLIRContext *context = scope.builder.getContext();
  IntegerFormat format = *getIntegerFormat(quantizer.elementType);
  CodeRange range = narrow.value_or(CodeRange{format.lowest(), format.highest()});
  auto tensor = cast<RankedTensorType>(value.getType());
  Type element;
  if (quantizer.isPerTensor()) {
    // A narrower range keeps the storage of the type.
    auto full = getUniformType(context, {format.lowest(), format.highest()}, quantizer.scales[0],
                               quantizer.zeros[0]);
    element = quant::UniformQuantizedType::get(full.getFlags(), full.getStorageType(),
                                               full.getExpressedType(), full.getScale(),
                                               full.getZeroPoint(), range.min, range.max);
  } else {
    auto like = getPerAxisType(context, range, quantizer.scales, 0);
    element = quant::UniformQuantizedPerAxisType::get(
        like.getFlags(), like.getStorageType(), like.getExpressedType(), quantizer.scales,
        quantizer.zeros, getStorageAxis(quantizer.axis, tensor.getRank()), range.min, range.max);
  }
  Value codes = scope.create<quant::QuantizeCastOp>(tensor.clone(element), value);
  return scope.create<quant::DequantizeCastOp>(tensor, codes);
}

/// The quantizer of QuantizeLinear's result.
static FailureOr<LinearQuantizer> readResultQuantizer(NodeScope &scope) {
  std::optional<int64_t> type;
  if (int64_t wanted = scope.intAttribute("output_dtype", 0))
    type = wanted;
  auto quantizer =
      readQuantizer(scope, {"y", 1, 2, scope.intAttribute("axis", 1)}, scope.input(0).shape, type);
  if (succeeded(quantizer) && quantizer->elementType == kInt32Code)
    return scope.unsupported("it quantizes to int32", "use 16 bits or fewer");
  return quantizer;
}

LogicalResult importQuantizeLinear(NodeScope &scope) {
  auto quantizer = readResultQuantizer(scope);
  Value value = scope.tensor(0);
  if (failed(quantizer) || !value)
    return failure();
  return scope.setCodes(roundTo(scope, value, *quantizer), *quantizer);
}

LogicalResult foldQuantizeLinear(NodeScope &scope) {
  LiteralRef values = scope.floats(0, "x");
  if (!values)
    return failure();
  auto quantizer = readResultQuantizer(scope);
  if (failed(quantizer) || failed(scope.spendFolding(values->size())))
    return failure();
  IntegerFormat format = *getIntegerFormat(quantizer->elementType);
  int64_t count = quantizer->scales.size();
  int64_t stride = quantizer->isPerTensor() ? 1 : getStrides(values->shape)[quantizer->axis];
  std::vector<int64_t> integers(values->size());
  for (auto [index, integer] : llvm::enumerate(integers)) {
    int64_t channel = int64_t(index) / stride % count;
    // In single precision, as ONNX divides.
    double rounded = std::nearbyint(values->floats[index] / float(quantizer->scales[channel]));
    if (std::isnan(rounded))
      return scope.invalid("requires finite values, but element " + Twine(index) +
                           " of 'x' is nan");
    integer = int64_t(std::clamp(rounded + double(quantizer->zeros[channel]),
                                 double(format.lowest()), double(format.highest())));
  }
  Literal result = Literal::ofInts(values->shape, std::move(integers));
  result.elementType = quantizer->elementType;
  result.name = values->name;
  return scope.setConstant(std::move(result));
}

LogicalResult checkQuantizeLinear(NodeScope &scope) {
  int64_t type = scope.intAttribute("output_dtype", kFloatCode);
  if (scope.node.opType == "DequantizeLinear" && type != 0 && !isFloatCode(type))
    return scope.unsupported("it dequantizes to " + getElementTypeName(type), "use float32");
  if (int64_t size = scope.intAttribute("block_size", 0))
    return scope.unsupported("blocks of " + Twine(size) + " values share a scale",
                             "quantize by tensor or along a dimension");
  return success();
}

} // namespace tally::onnx
