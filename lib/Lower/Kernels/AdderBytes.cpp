//===- AdderBytes.cpp - the weights of an adder layer as bytes ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AdderBytes.h"
#include "Lower/Linalg/Reductions.h"
#include "tally/IR/Parameters.h"

using namespace mlir;

namespace tally {

namespace {

/// Brings every weight among the codes of the input, and returns for each filter what that takes
/// away from its sums: |x - w| = |x - v| + |v - w| for the v of them that is next to w.
std::vector<int32_t> clampWeights(MutableArrayRef<int64_t> weights, int64_t filters,
                                  CodeRange codes) {
  int64_t terms = int64_t(weights.size()) / filters;
  std::vector<int32_t> start(filters);
  for (auto [i, weight] : llvm::enumerate(weights)) {
    int64_t clamped = std::clamp(weight, codes.min, codes.max);
    start[i / terms] -= int32_t(std::abs(weight - clamped));
    weight = clamped;
  }
  return start;
}

/// The weights of a constant filter by the sign of its type, which conversion may have taken from
/// the constant; empty for others.
std::vector<int64_t> readWeights(AdderConv2DOp op) {
  ElementsAttr elements = getConstantElements(op.getFilter());
  std::vector<int64_t> weights = elements ? getIntegers(elements) : std::vector<int64_t>();
  auto type = op.getFilter().getType();
  if (int64_t(weights.size()) != type.getNumElements())
    return {};
  unsigned width = getStorageType(type.getElementType()).getWidth();
  if (hasUnsignedStorage(type.getElementType()))
    for (int64_t &weight : weights)
      weight &= (int64_t(1) << width) - 1;
  return weights;
}

/// Why `op` has no such weights; empty where it has.
StringRef findObstacle(AdderConv2DOp op) {
  Type input = op.getInput().getType().getElementType();
  if (!isa<quant::QuantizedType>(input))
    return "it is not on codes";
  if (getStorageType(input).getWidth() != 8)
    return "its input's codes are no bytes";
  return "";
}

} // namespace

CodeRange getInputCodes(AdderConv2DOp op, bool trustsCaller) {
  Type type = op.getInput().getType().getElementType();
  CodeRange all = hasUnsignedStorage(type) ? CodeRange{0, 255} : CodeRange{-128, 127};
  // What comes from outside may be any byte.
  if (!trustsCaller && isa<BlockArgument>(op.getInput()))
    return all;
  CodeRange range = getCodeRange(op.getInput());
  int64_t zero = getZeroPoint(type);
  return {std::max(all.min, std::min(range.min, zero)),
          std::min(all.max, std::max(range.max, zero))};
}

AdderBytes::AdderBytes(AdderConv2DOp op, CodeRange codes) : obstacle(findObstacle(op)) {
  if (!obstacle.empty())
    return;
  std::vector<int64_t> weights = readWeights(op);
  if (weights.empty()) {
    obstacle = "its filter is not constant";
    return;
  }
  start = clampWeights(weights, op.getFilter().getType().getDimSize(0), codes);
  for (int64_t weight : weights)
    bytes.push_back(uint8_t(weight - codes.min));
}

} // namespace tally
