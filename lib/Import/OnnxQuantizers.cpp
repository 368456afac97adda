//===- OnnxQuantizers.cpp - quantizers onto powers of two -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxNodeTable.h"
#include "tally/IR/Tally.h"

#include <cmath>
#include <cstdio>

using namespace mlir;

namespace tally::onnx {

// ai.tally::PotQuant: alpha times the nearest level of clip(x / alpha).

static FailureOr<Ties> readTies(NodeScope &scope) {
  std::string ties = scope.stringAttribute("ties", "even");
  if (ties == "even")
    return Ties::Even;
  if (ties == "away")
    return Ties::Away;
  return scope.invalid("requires 'ties' to be 'even' or 'away', but got '" + ties + "'");
}

/// The node's levels and the real value of one; reports what is wrong with them.
static FailureOr<PowerOfTwoType> readLevels(NodeScope &scope) {
  PowerOfTwoFormat format;
  format.bits = int(std::clamp<int64_t>(scope.intAttribute("bits", 4), -1, 64));
  format.isSigned = scope.intAttribute("signed", 1) != 0;
  format.additive = scope.intAttribute("additive", 0) != 0;
  Result<PowerOfTwoLevels> levels = PowerOfTwoLevels::get(format);
  if (!levels)
    return scope.unsupported(levels.error().message);
  FailureOr<float> alpha = scope.scalar(1, "alpha");
  if (failed(alpha))
    return failure();
  if (!std::isfinite(*alpha) || *alpha <= 0)
    return scope.invalid("requires a finite 'alpha' above 0, but got " + std::to_string(*alpha));
  // Steps much finer than one of the levels must be numbers too.
  if (*alpha < 1e-30f || *alpha > 1e30f) {
    char text[32];
    std::snprintf(text, sizeof(text), "%g", double(*alpha));
    return scope.unsupported(Twine("an 'alpha' of ") + text + ", beyond 1e-30 to 1e30");
  }
  double scale = double(*alpha) / double(levels->largest());
  return PowerOfTwoType::get(scope.builder.getContext(), format.bits, format.isSigned,
                             format.additive, format.hasZero,
                             scope.builder.getDenseF64ArrayAttr(scale), /*axis=*/-1);
}

LogicalResult importPotQuant(NodeScope &scope) {
  FailureOr<PowerOfTwoType> type = readLevels(scope);
  if (failed(type))
    return failure();
  if (int64_t largest = type->getLevels().largest(); largest > 1 << 16)
    return scope.unsupported("activations with levels up to " + Twine(largest) +
                             " times the smallest");
  FailureOr<Ties> ties = readTies(scope);
  Value value = scope.tensor(0);
  if (!value || failed(ties))
    return failure();
  UnitAttr even = *ties == Ties::Even ? scope.builder.getUnitAttr() : UnitAttr();
  return scope.setResult(scope.create<SnapOp>(value.getType(), value, TypeAttr::get(*type), even));
}

LogicalResult foldPotQuant(NodeScope &scope) {
  FailureOr<PowerOfTwoType> type = readLevels(scope);
  FailureOr<Ties> ties = readTies(scope);
  if (failed(type) || failed(ties))
    return failure();
  Literal result = *scope.input(0).literal;
  if (!result.isFloat)
    return scope.invalid("requires floats to quantize");
  if (failed(scope.spendFolding(result.size())))
    return failure();
  loseCodes(result, scope.node.name);
  PowerOfTwoLevels levels = type->getLevels();
  double scale = type->getScales()[0];
  for (auto [index, value] : llvm::enumerate(result.floats)) {
    if (!std::isfinite(value))
      return scope.invalid("requires finite values, but element " + Twine(index) + " of '" +
                           result.name + "' is " + std::to_string(value));
    if (!type->getIsSigned() && value < 0)
      return scope.invalid("has levels without a sign, but element " + Twine(index) + " of '" +
                           result.name + "' is " + std::to_string(value));
    value = float(double(levels.nearest(double(value) / scale, *ties)) * scale);
  }
  return scope.setConstant(std::move(result));
}

} // namespace tally::onnx
