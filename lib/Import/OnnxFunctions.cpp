//===- OnnxFunctions.cpp - activations that are several operations --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In the pieces that other exporters write: quantization finds functions of one value in either.
//
//===----------------------------------------------------------------------===//

#include "OnnxNodeTable.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace tally::onnx {

namespace {

/// Arithmetic on values of one shape, and with numbers.
class Formula {
public:
  explicit Formula(NodeScope &scope) : scope(scope), x(scope.tensor(0)) {}

  template <typename OpTy> Value apply(Value value) {
    return scope.create<OpTy>(value.getType(), value);
  }
  Value times(Value a, Value b) { return scope.multiply(a, b); }
  Value times(Value a, double b) { return scope.multiply(a, number(b)); }
  Value plus(Value a, Value b) { return scope.create<tosa::AddOp>(a.getType(), a, b); }
  Value plus(Value a, double b) { return plus(a, number(b)); }
  Value positive(Value a) { return scope.clamp(a, 0, kLargest); }
  Value negative(Value a) { return scope.clamp(a, -kLargest, 0); }

  /// alpha * (exp(min(x, 0) / scale) - 1) + max(x, 0): smooth where `scale` is `alpha`.
  Value elu(double alpha, double scale) {
    Value below = negative(x);
    below = apply<tosa::ExpOp>(scale == 1 ? below : times(below, 1 / scale));
    return plus(positive(x), times(plus(below, -1), alpha));
  }
  /// log(1 + exp(x)), where the exponential does not overflow.
  Value softplus() {
    Value far = apply<tosa::ExpOp>(times(apply<tosa::AbsOp>(x), -1));
    return plus(positive(x), apply<tosa::LogOp>(plus(far, 1)));
  }
  /// x * (1 + erf(x / sqrt(2))) / 2, or its approximation by tanh.
  Value gelu(bool byTanh) {
    Value inner;
    if (byTanh) {
      Value cube = times(times(x, x), x);
      inner = apply<tosa::TanhOp>(times(plus(x, times(cube, 0.044715)), std::sqrt(2 / M_PI)));
    } else {
      inner = apply<tosa::ErfOp>(times(x, M_SQRT1_2));
    }
    return times(times(x, 0.5), plus(inner, 1));
  }
  Value softsign() { return times(x, apply<tosa::ReciprocalOp>(plus(apply<tosa::AbsOp>(x), 1))); }

  NodeScope &scope;
  Value x;

private:
  static constexpr float kLargest = std::numeric_limits<float>::max();

  Value number(double value) {
    return scope.splat(Sizes(scope.shapeOf(x).size(), 1), float(value));
  }
};

} // namespace

LogicalResult importFunction(NodeScope &scope) {
  StringRef type = scope.node.opType;
  std::string approximate = scope.stringAttribute("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    return scope.invalid("requires 'approximate' to be none or tanh, but got '" + approximate +
                         "'");
  float alpha = scope.floatAttribute("alpha", type == "Selu" ? 1.67326319217681884765625f : 1.0f);
  float gamma = scope.floatAttribute("gamma", 1.05070102214813232421875f);
  if (!std::isfinite(alpha) || !std::isfinite(gamma) || (type == "Celu" && alpha == 0))
    return scope.invalid("requires finite factors" +
                         Twine(type == "Celu" ? ", and 'alpha' other than 0" : ""));
  Formula formula(scope);
  if (!formula.x)
    return failure();
  if (type == "Elu")
    return scope.setResult(formula.elu(alpha, 1));
  if (type == "Celu")
    return scope.setResult(formula.elu(alpha, alpha));
  if (type == "Selu")
    return scope.setResult(formula.times(formula.elu(alpha, 1), gamma));
  if (type == "Softplus")
    return scope.setResult(formula.softplus());
  if (type == "Softsign")
    return scope.setResult(formula.softsign());
  if (type == "Mish")
    return scope.setResult(
        formula.times(formula.x, formula.apply<tosa::TanhOp>(formula.softplus())));
  assert(type == "Gelu" && "the table sends no other type here");
  return scope.setResult(formula.gelu(approximate == "tanh"));
}

} // namespace tally::onnx
