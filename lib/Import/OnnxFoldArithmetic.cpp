//===- OnnxFoldArithmetic.cpp - constants that are computed ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxNodeTable.h"

#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace tally::onnx {

LogicalResult foldCast(NodeScope &scope) {
  const Literal &literal = *scope.input(0).literal;
  int64_t to = scope.intAttribute("to", 0);
  if (failed(scope.spendFolding(literal.size())))
    return failure();
  Literal result = literal;
  result.elementType = to;
  if (isFloatCode(to)) {
    if (!literal.isFloat) {
      result.isFloat = true;
      result.floats.assign(literal.ints.begin(), literal.ints.end());
      result.ints.clear();
    }
    return scope.setConstant(std::move(result));
  }
  if (!isIntegerCode(to))
    return scope.unsupported("it casts to element type " + Twine(to));
  if (literal.isFloat) {
    result.isFloat = false;
    loseCodes(result, scope.node.name);
    result.floats.clear();
    for (float value : literal.floats) {
      // Beyond 64 bits the result is undefined in ONNX.
      bool fits = std::fabs(value) < 9.2e18f;
      result.ints.push_back(fits ? int64_t(value) : 0);
    }
  }
  if (to == kBoolCode)
    for (size_t i = 0; i < result.ints.size(); ++i)
      result.ints[i] = literal.isFloat ? literal.floats[i] != 0 : literal.ints[i] != 0;
  if (auto format = getIntegerFormat(to))
    for (int64_t &value : result.ints)
      value = format->wrap(value);
  return scope.setConstant(std::move(result));
}

using UnaryFunction = float (*)(float);

static UnaryFunction getUnaryFunction(StringRef type) {
  return llvm::StringSwitch<UnaryFunction>(type)
      .Case("Abs", [](float x) { return std::fabs(x); })
      .Case("Neg", [](float x) { return -x; })
      .Case("Floor", [](float x) { return std::floor(x); })
      .Case("Ceil", [](float x) { return std::ceil(x); })
      .Case("Round", [](float x) { return std::nearbyint(x); })
      .Case("Sign", [](float x) { return float((x > 0) - (x < 0)); })
      .Case("Exp", [](float x) { return std::exp(x); })
      .Case("Log", [](float x) { return std::log(x); })
      .Case("Sqrt", [](float x) { return std::sqrt(x); })
      .Case("Reciprocal", [](float x) { return 1.0f / x; })
      .Case("Sigmoid", [](float x) { return 1.0f / (1.0f + std::exp(-x)); })
      .Case("Softplus",
            [](float x) { return std::max(x, 0.0f) + std::log1p(std::exp(-std::fabs(x))); })
      .Case("Softsign", [](float x) { return x / (1.0f + std::fabs(x)); })
      .Case("Erf", [](float x) { return std::erf(x); })
      .Case("Sin", [](float x) { return std::sin(x); })
      .Case("Cos", [](float x) { return std::cos(x); })
      .Case("Tan", [](float x) { return std::tan(x); })
      .Case("Asin", [](float x) { return std::asin(x); })
      .Case("Acos", [](float x) { return std::acos(x); })
      .Case("Atan", [](float x) { return std::atan(x); })
      .Case("Sinh", [](float x) { return std::sinh(x); })
      .Case("Cosh", [](float x) { return std::cosh(x); })
      .Case("Tanh", [](float x) { return std::tanh(x); })
      .Case("Asinh", [](float x) { return std::asinh(x); })
      .Case("Acosh", [](float x) { return std::acosh(x); })
      .Case("Atanh", [](float x) { return std::atanh(x); })
      .Default(nullptr);
}

LogicalResult foldUnary(NodeScope &scope) {
  Literal result = *scope.input(0).literal;
  if (failed(scope.spendFolding(result.size())))
    return failure();
  StringRef type = scope.node.opType;
  result.name.clear();
  if (type == "Neg")
    scaleCodes(result, std::vector<float>(result.floats.size(), -1.0f));
  else
    loseCodes(result, scope.node.name);
  if (!result.isFloat) {
    if (type != "Neg" && type != "Abs" && type != "Sign")
      return scope.unsupported("it computes on integers");
    for (int64_t &value : result.ints)
      if (type == "Sign")
        value = (value > 0) - (value < 0);
      else if (type == "Neg" || value < 0)
        value = int64_t(-uint64_t(value));
    return scope.setConstant(std::move(result));
  }
  UnaryFunction function = getUnaryFunction(type);
  for (float &value : result.floats)
    value = function(value);
  return scope.setConstant(std::move(result));
}

/// Whether something holds of each element, as Booleans.
LogicalResult foldPredicate(NodeScope &scope) {
  const Literal &literal = *scope.input(0).literal;
  if (failed(scope.spendFolding(literal.size())))
    return failure();
  StringRef type = scope.node.opType;
  bool positive = scope.intAttribute("detect_positive", 1) != 0;
  bool negative = scope.intAttribute("detect_negative", 1) != 0;
  std::vector<int64_t> results;
  for (int64_t i = 0; i < literal.size(); ++i) {
    float x = literal.isFloat ? literal.floats[i] : float(literal.ints[i]);
    results.push_back(type == "Not"     ? x == 0
                      : type == "IsNaN" ? std::isnan(x)
                                        : std::isinf(x) && (x > 0 ? positive : negative));
  }
  Literal result = Literal::ofInts(literal.shape, std::move(results));
  result.elementType = kBoolCode;
  return scope.setConstant(std::move(result));
}

/// Sums and products wrap, as ONNX's integers do; unsigned arithmetic is defined.
static FailureOr<int64_t> computeInts(NodeScope &scope, StringRef type, int64_t a, int64_t b) {
  if (type == "Add" || type == "Sum")
    return int64_t(uint64_t(a) + uint64_t(b));
  if (type == "Sub")
    return int64_t(uint64_t(a) - uint64_t(b));
  if (type == "Mul")
    return int64_t(uint64_t(a) * uint64_t(b));
  if (type == "Max" || type == "Min")
    return type == "Max" ? std::max(a, b) : std::min(a, b);
  if (type == "And" || type == "BitwiseAnd")
    return a & b;
  if (type == "Or" || type == "BitwiseOr")
    return a | b;
  if (type == "Xor" || type == "BitwiseXor")
    return a ^ b;
  if (type == "Pow") {
    uint64_t power = 1, base = uint64_t(a);
    for (uint64_t exponent = uint64_t(std::max<int64_t>(b, 0)); exponent;
         exponent >>= 1, base *= base)
      power *= exponent & 1 ? base : 1;
    return b < 0 ? int64_t(a == 1) : int64_t(power);
  }
  if (type != "Div" && type != "Mod")
    return scope.unsupported("it computes on integers");
  if (b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min()))
    return scope.invalid("divides " + Twine(a) + " by " + Twine(b));
  if (type == "Div")
    return a / b;
  // The sign is that of the divisor, or with 'fmod' that of the dividend.
  int64_t rest = a % b;
  bool ofDivisor = scope.intAttribute("fmod", 0) == 0;
  return ofDivisor && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static float computeFloats(StringRef type, float a, float b) {
  return type == "Add" || type == "Sum" || type == "Mean" ? a + b
         : type == "Sub"                                  ? a - b
         : type == "Mul"                                  ? a * b
         : type == "Div"                                  ? a / b
         : type == "Max"                                  ? std::max(a, b)
         : type == "Min"                                  ? std::min(a, b)
         : type == "Mod"                                  ? std::fmod(a, b)
                                                          : std::pow(a, b);
}

/// Nothing for operators that do not compare.
static std::optional<bool> compare(StringRef type, double a, double b) {
  if (type == "Equal")
    return a == b;
  if (type == "Greater")
    return a > b;
  if (type == "Less")
    return a < b;
  if (type == "GreaterOrEqual")
    return a >= b;
  if (type == "LessOrEqual")
    return a <= b;
  return std::nullopt;
}

/// Codes stay in products with plain numbers.
static void computeCodes(NodeScope &scope, Literal &x, Literal &y) {
  StringRef type = scope.node.opType;
  bool scales = (type == "Mul" || type == "Div") && x.codes.has_value() != y.codes.has_value() &&
                (type == "Mul" || x.codes);
  if (!scales) {
    loseCodes(x, scope.node.name);
    loseCodes(y, scope.node.name);
    if (x.codesLostBy.empty())
      x.codesLostBy = y.codesLostBy;
    return;
  }
  std::vector<float> factors = x.codes ? y.floats : x.floats;
  if (type == "Div")
    for (float &factor : factors)
      factor = 1.0f / factor;
  if (!x.codes)
    x.codes = std::move(y.codes);
  if (llvm::all_of(factors, [](float factor) { return std::isfinite(factor); }))
    scaleCodes(x, factors);
  else
    loseCodes(x, scope.node.name);
}

/// Two constants, broadcast to one shape and of one kind of elements.
static FailureOr<std::pair<Literal, Literal>> alignConstants(NodeScope &scope, const Literal &a,
                                                             const Literal &b) {
  // The exponent of a power may be an integer.
  bool mixes = scope.node.opType == "Pow" && a.isFloat && !b.isFloat;
  if (a.isFloat != b.isFloat && !mixes)
    return scope.unsupported("its inputs are of two element types");
  auto shape = broadcast(a.shape, b.shape);
  if (!shape)
    return scope.invalid("requires inputs that broadcast to one shape");
  if (failed(scope.spendFolding(countElements(*shape))))
    return failure();
  Literal x = gather(a, *shape, getBroadcastIndices(a.shape, *shape));
  Literal y = gather(b, *shape, getBroadcastIndices(b.shape, *shape));
  if (mixes) {
    y.isFloat = true;
    y.floats.assign(y.ints.begin(), y.ints.end());
    y.ints.clear();
  }
  return std::pair(std::move(x), std::move(y));
}

static FailureOr<Literal> combineConstants(NodeScope &scope, const Literal &a, const Literal &b) {
  StringRef type = scope.node.opType;
  auto aligned = alignConstants(scope, a, b);
  if (failed(aligned))
    return failure();
  auto &[x, y] = *aligned;
  if (compare(type, 0, 0)) {
    std::vector<int64_t> results;
    for (auto [i, j] : llvm::zip(x.floats, y.floats))
      results.push_back(*compare(type, i, j));
    for (auto [i, j] : llvm::zip(x.ints, y.ints))
      // Differences of 64 bits have no exact double.
      results.push_back(*compare(type, double((i > j) - (i < j)), 0));
    Literal result = Literal::ofInts(x.shape, std::move(results));
    result.elementType = kBoolCode;
    return result;
  }
  computeCodes(scope, x, y);
  for (auto [i, j] : llvm::zip(x.floats, y.floats))
    i = computeFloats(type, i, j);
  for (auto [i, j] : llvm::zip(x.ints, y.ints)) {
    auto value = computeInts(scope, type, i, j);
    if (failed(value))
      return failure();
    i = *value;
  }
  return std::move(x);
}

LogicalResult foldBinary(NodeScope &scope) {
  LiteralRef a = scope.constant(0, "A"), b = scope.constant(1, "B");
  if (!a || !b)
    return failure();
  auto result = combineConstants(scope, *a, *b);
  return failed(result) ? failure() : scope.setConstant(std::move(*result));
}

LogicalResult foldVariadic(NodeScope &scope) {
  Literal result = *scope.input(0).literal;
  result.name.clear();
  for (size_t index = 1; index < scope.numInputs(); ++index) {
    if (!scope.hasInput(index))
      return scope.invalid("requires its input number " + Twine(index));
    auto both = combineConstants(scope, result, *scope.input(index).literal);
    if (failed(both))
      return failure();
    result = std::move(*both);
  }
  if (scope.node.opType == "Mean")
    for (float &value : result.floats)
      value /= float(scope.numInputs());
  if (scope.node.opType == "Mean" && scope.numInputs() > 1)
    loseCodes(result, scope.node.name);
  return scope.setConstant(std::move(result));
}

LogicalResult foldWhere(NodeScope &scope) {
  LiteralRef condition = scope.ints(0, "condition");
  LiteralRef a = scope.constant(1, "X"), b = scope.constant(2, "Y");
  if (!condition || !a || !b)
    return failure();
  if (a->isFloat != b->isFloat)
    return scope.invalid("requires 'X' and 'Y' of one element type");
  auto shape = broadcast(a->shape, b->shape);
  if (shape)
    shape = broadcast(*shape, condition->shape);
  if (!shape)
    return scope.invalid("requires inputs that broadcast to one shape");
  if (failed(scope.spendFolding(countElements(*shape))))
    return failure();
  Literal which = gather(*condition, *shape, getBroadcastIndices(condition->shape, *shape));
  Literal x = gather(*a, *shape, getBroadcastIndices(a->shape, *shape));
  Literal y = gather(*b, *shape, getBroadcastIndices(b->shape, *shape));
  loseCodes(x, scope.node.name);
  for (size_t i = 0; i < which.ints.size(); ++i) {
    if (which.ints[i])
      continue;
    if (x.isFloat)
      x.floats[i] = y.floats[i];
    else
      x.ints[i] = y.ints[i];
  }
  return scope.setConstant(std::move(x));
}

} // namespace tally::onnx
