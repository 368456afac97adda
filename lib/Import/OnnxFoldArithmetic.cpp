//===- OnnxFoldArithmetic.cpp - constants that are computed ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxNodeTable.h"

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

LogicalResult foldUnary(NodeScope &scope) {
  Literal result = *scope.input(0).literal;
  if (failed(scope.spendFolding(result.size())))
    return failure();
  StringRef type = scope.node.opType;
  result.name.clear();
  if (type == "Neg")
    scaleCodes(result, std::vector<float>(result.floats.size(), -1.0f));
  else if (type != "Identity")
    loseCodes(result, scope.node.name);
  if (!result.isFloat) {
    if (type != "Neg" && type != "Abs")
      return scope.unsupported("it computes on integers");
    for (int64_t &value : result.ints)
      if (type == "Neg" || value < 0)
        value = int64_t(-uint64_t(value));
    return scope.setConstant(std::move(result));
  }
  for (float &value : result.floats)
    value = type == "Abs"          ? std::fabs(value)
            : type == "Neg"        ? -value
            : type == "Floor"      ? std::floor(value)
            : type == "Ceil"       ? std::ceil(value)
            : type == "Exp"        ? std::exp(value)
            : type == "Log"        ? std::log(value)
            : type == "Sqrt"       ? std::sqrt(value)
            : type == "Reciprocal" ? 1.0f / value
                                   : value;
  return scope.setConstant(std::move(result));
}

/// Sums and products wrap, as ONNX's integers do; unsigned arithmetic is defined.
static FailureOr<int64_t> computeInts(NodeScope &scope, StringRef type, int64_t a, int64_t b) {
  if (type == "Add")
    return int64_t(uint64_t(a) + uint64_t(b));
  if (type == "Sub")
    return int64_t(uint64_t(a) - uint64_t(b));
  if (type == "Mul")
    return int64_t(uint64_t(a) * uint64_t(b));
  if (type == "Equal")
    return int64_t(a == b);
  if (type != "Div")
    return scope.unsupported("it computes on integers");
  if (b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min()))
    return scope.invalid("divides " + Twine(a) + " by " + Twine(b));
  return a / b;
}

static float computeFloats(StringRef type, float a, float b) {
  return type == "Add"   ? a + b
         : type == "Sub" ? a - b
         : type == "Mul" ? a * b
         : type == "Div" ? a / b
                         : std::pow(a, b);
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

LogicalResult foldBinary(NodeScope &scope) {
  LiteralRef a = scope.constant(0, "A"), b = scope.constant(1, "B");
  if (!a || !b)
    return failure();
  if (a->isFloat != b->isFloat)
    return scope.unsupported("its inputs are of two element types");
  auto shape = broadcast(a->shape, b->shape);
  if (!shape)
    return scope.invalid("requires inputs that broadcast to one shape");
  if (failed(scope.spendFolding(countElements(*shape))))
    return failure();
  Literal x = gather(*a, *shape, getBroadcastIndices(a->shape, *shape));
  Literal y = gather(*b, *shape, getBroadcastIndices(b->shape, *shape));
  StringRef type = scope.node.opType;
  if (a->isFloat && type == "Equal") {
    std::vector<int64_t> equal;
    for (auto [i, j] : llvm::zip(x.floats, y.floats))
      equal.push_back(i == j);
    return scope.setConstant(Literal::ofInts(*shape, std::move(equal)));
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
  return scope.setConstant(std::move(x));
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
