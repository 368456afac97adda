//===- OnnxQonnx.cpp - the quantizers of QONNX ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quant, BipolarQuant and Trunc, as Brevitas and other trainers export them: floats in and out,
// rounded to few bits. Of activations they become quantizers, of constants codes.
//
//===----------------------------------------------------------------------===//

#include "OnnxNodeTable.h"
#include "OnnxQuantizeLinear.h"

#include "llvm/ADT/StringSwitch.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace tally::onnx {

//===----------------------------------------------------------------------===//
// What the nodes say
//===----------------------------------------------------------------------===//

/// A constant of one integer that is written as a float.
static FailureOr<int64_t> readInteger(NodeScope &scope, size_t index, StringRef name, int64_t low,
                                      int64_t high) {
  LiteralRef literal = scope.constant(index, name);
  if (!literal)
    return failure();
  if (literal->size() == 0)
    return scope.invalid("requires '" + name + "' to have an element");
  if (literal->isFloat ? !llvm::all_equal(literal->floats) : !llvm::all_equal(literal->ints))
    return scope.unsupported("'" + name + "' differs between elements",
                             "use one for the whole tensor");
  double value = literal->isFloat ? double(literal->floats[0]) : double(literal->ints[0]);
  if (value != std::floor(value) || value < double(low) || value > double(high))
    return scope.unsupported("'" + name + "' is " + std::to_string(value),
                             "use an integer from " + Twine(low) + " to " + Twine(high));
  return int64_t(value);
}

/// Positive numbers that broadcast to the value.
static LiteralRef readScale(NodeScope &scope) {
  LiteralRef scale = scope.floats(1, "scale");
  if (!scale)
    return nullptr;
  for (float value : scale->floats)
    if (!std::isfinite(value) || value < std::numeric_limits<float>::min()) {
      (void)scope.invalid("requires 'scale' to be finite and above 0, but got " +
                          std::to_string(value));
      return nullptr;
    }
  auto shape = broadcast(scope.input(0).shape, scale->shape);
  if (!shape || *shape != scope.input(0).shape || scale->size() == 0) {
    (void)scope.invalid("requires 'scale' to broadcast to the value");
    return nullptr;
  }
  return scale;
}

using Rounding = double (*)(double);

/// Null for names that QONNX does not have.
static Rounding getRounding(StringRef mode) {
  return llvm::StringSwitch<Rounding>(mode.upper())
      .Cases({"ROUND", "HALF_EVEN"}, [](double x) { return std::nearbyint(x); })
      .Case("FLOOR", [](double x) { return std::floor(x); })
      .Case("CEIL", [](double x) { return std::ceil(x); })
      .Case("UP", [](double x) { return x < 0 ? std::floor(x) : std::ceil(x); })
      .Cases({"DOWN", "ROUND_TO_ZERO"}, [](double x) { return std::trunc(x); })
      .Case("HALF_UP", [](double x) { return std::round(x); })
      .Case("HALF_DOWN", [](double x) { return std::copysign(std::ceil(std::fabs(x) - 0.5), x); })
      .Default(nullptr);
}

namespace {
struct QonnxQuantizer {
  LiteralRef scale;
  int64_t zero = 0, bits = 0;
  CodeRange range;
  Rounding round = nullptr;
};
} // namespace

static FailureOr<QonnxQuantizer> readQuant(NodeScope &scope) {
  QonnxQuantizer quantizer;
  quantizer.scale = readScale(scope);
  auto bits = readInteger(scope, 3, "bitwidth", 1, 32);
  if (!quantizer.scale || failed(bits))
    return failure();
  quantizer.bits = *bits;
  bool isSigned = scope.intAttribute("signed", 1) != 0,
       narrow = scope.intAttribute("narrow", 0) != 0;
  int64_t half = int64_t(1) << (*bits - 1);
  quantizer.range = isSigned ? CodeRange{narrow ? 1 - half : -half, half - 1}
                             : CodeRange{0, 2 * half - 1 - narrow};
  if (quantizer.range.min == quantizer.range.max)
    return scope.unsupported("its only level is 0", "use BipolarQuant for one bit");
  auto zero = readInteger(scope, 2, "zeropt", quantizer.range.min, quantizer.range.max);
  if (failed(zero))
    return failure();
  quantizer.zero = *zero;
  std::string mode = scope.stringAttribute("rounding_mode", "ROUND");
  quantizer.round = getRounding(mode);
  if (!quantizer.round)
    return scope.invalid("has the unknown rounding mode '" + mode + "'");
  return quantizer;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// `value` with codes of `range` in the steps of `scale`, computed by `code` from reals in steps.
static LogicalResult setCodes(NodeScope &scope, Literal value, const Literal &scale,
                              CodeRange range, function_ref<double(double)> code) {
  std::vector<int64_t> scaleOf = getBroadcastIndices(scale.shape, value.shape), chosen;
  if (failed(scope.spendFolding(value.size())))
    return failure();
  Codes codes;
  for (auto [index, x] : llvm::enumerate(value.floats)) {
    float step = scale.floats[scaleOf[index]];
    if (!std::isfinite(x))
      return scope.invalid("requires finite values, but element " + Twine(index) + " of '" +
                           value.name + "' is " + std::to_string(x));
    // In single precision, as trainers divide.
    chosen.push_back(int64_t(code(double(x / step))));
    codes.scales.push_back(double(step));
    x = float(double(chosen.back()) * double(step));
  }
  codes.codes.assign(chosen.begin(), chosen.end());
  // Wider ones are of biases, which have none.
  value.codes.reset();
  if (setRange(codes, range, chosen))
    value.codes = std::move(codes);
  value.codesLostBy.clear();
  return scope.setConstant(std::move(value));
}

LogicalResult foldQuant(NodeScope &scope) {
  if (!scope.floats(0, "x"))
    return failure();
  auto quantizer = readQuant(scope);
  if (failed(quantizer))
    return failure();
  double zero = double(quantizer->zero), low = double(quantizer->range.min);
  double high = double(quantizer->range.max);
  CodeRange range{quantizer->range.min - quantizer->zero, quantizer->range.max - quantizer->zero};
  // Wider ones are biases, which are no layer's weights.
  return setCodes(scope, *scope.input(0).literal, *quantizer->scale, range, [&](double x) {
    return std::clamp(quantizer->round(x + zero), low, high) - zero;
  });
}

LogicalResult foldBipolarQuant(NodeScope &scope) {
  LiteralRef scale = readScale(scope);
  if (!scope.floats(0, "x") || !scale)
    return failure();
  return setCodes(scope, *scope.input(0).literal, *scale, {-1, 1},
                  [](double x) { return x >= 0 ? 1.0 : -1.0; });
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

/// The type that holds integers of `range`.
static FailureOr<int64_t> chooseType(NodeScope &scope, CodeRange range) {
  constexpr int64_t kUint16Code = 4, kInt16Code = 5;
  for (int64_t code : {kUint8Code, kInt8Code, kUint16Code, kInt16Code})
    if (IntegerFormat format = *getIntegerFormat(code);
        format.contains(range.min) && format.contains(range.max))
      return code;
  return scope.unsupported("it rounds activations to integers from " + Twine(range.min) + " to " +
                               Twine(range.max),
                           "use at most 16 bits");
}

/// The quantizer of the whole value, or one for each index of a dimension.
static FailureOr<LinearQuantizer> makeQuantizer(NodeScope &scope, const Literal &scale,
                                                CodeRange range, int64_t zero) {
  auto type = chooseType(scope, range);
  if (failed(type))
    return failure();
  LinearQuantizer quantizer;
  quantizer.elementType = *type;
  quantizer.scales.assign(scale.floats.begin(), scale.floats.end());
  quantizer.zeros.assign(quantizer.scales.size(), zero);
  if (scale.size() == 1)
    return quantizer;
  int64_t missing = scope.input(0).rank() - scale.rank();
  for (auto [dim, size] : llvm::enumerate(scale.shape))
    if (size == scale.size())
      quantizer.axis = missing + int64_t(dim);
  if (quantizer.isPerTensor())
    return scope.unsupported("its scales belong to several dimensions",
                             "use one scale, or one for each index of a dimension");
  return quantizer;
}

LogicalResult importQuant(NodeScope &scope) {
  auto quantizer = readQuant(scope);
  if (failed(quantizer))
    return failure();
  std::string mode = StringRef(scope.stringAttribute("rounding_mode", "ROUND")).upper();
  if (mode != "ROUND" && mode != "HALF_EVEN")
    return scope.unsupported("it rounds activations by '" + mode + "'",
                             "train with the rounding mode ROUND");
  auto type = makeQuantizer(scope, *quantizer->scale, quantizer->range, quantizer->zero);
  Value value = scope.tensor(0);
  if (failed(type) || !value)
    return failure();
  return scope.setResult(roundTo(scope, value, *type, quantizer->range));
}

/// The scale where what is not below 0, and its negative elsewhere.
LogicalResult importBipolarQuant(NodeScope &scope) {
  LiteralRef scale = readScale(scope);
  if (!scale)
    return failure();
  auto type = makeQuantizer(scope, *scale, {-1, 1}, 0);
  Value value = scope.tensor(0);
  if (failed(type) || !value)
    return failure();
  // So steep that only 0 and what rounding makes of it is between.
  std::vector<double> factors, constants(type->scales);
  for (double step : type->scales)
    factors.push_back(std::ldexp(step, 24));
  value = mapAffinely(scope, value, factors, constants, type->axis);
  return scope.setResult(roundTo(scope, value, *type, CodeRange{-1, 1}));
}

LogicalResult importTrunc(NodeScope &scope) {
  LiteralRef scale = readScale(scope);
  auto zero = readInteger(scope, 2, "zeropt", 0, 0);
  auto from = readInteger(scope, 3, "in_bitwidth", 1, 15);
  auto to = readInteger(scope, 4, "out_bitwidth", 1, 15);
  if (!scale || failed(zero) || failed(from) || failed(to))
    return failure();
  std::string mode = StringRef(scope.stringAttribute("rounding_mode", "FLOOR")).upper();
  if (mode != "FLOOR")
    return scope.unsupported("it rounds by '" + mode + "'", "use the rounding mode FLOOR");
  if (*to > *from || scale->size() != 1)
    return scope.unsupported(scale->size() != 1 ? "it has several scales"
                                                : "it adds bits to its input",
                             "truncate to fewer bits with one scale");
  int64_t half = int64_t(1) << *from;
  auto type = makeQuantizer(scope, *scale, {-half, half - 1}, 0);
  Value value = scope.tensor(0);
  if (failed(type) || !value)
    return failure();
  value = roundTo(scope, value, *type, CodeRange{-half, half - 1});
  return scope.setResult(shiftRight(scope, value, *from - *to, *type));
}

} // namespace tally::onnx
