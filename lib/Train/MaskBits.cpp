//===- MaskBits.cpp - how many bits masks keep in expectation -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MaskBits.h"

#include "tally/Run/HardConcrete.h"

#include <cmath>

using namespace mlir;

namespace tally {

/// Of bits themselves nothing is to be multiplied.
static Value times(TosaBuilder &b, Value value, double step) {
  return step == 1 ? value : b.mul(value, step);
}

MaskBits::MaskBits(TosaBuilder &b, Value logits, ArrayRef<double> steps)
    : b(b), count(TosaBuilder::shapeOf(logits)[0]), steps(steps) {
  double shift = reference::kMaskTemperature *
                 std::log(reference::kMaskStretch / (1 + reference::kMaskStretch));
  Value power = b.exp(b.add(b.negate(logits), shift));
  probabilities = b.reciprocal(b.add(power, 1));
  for (int64_t k = 0; k < count; ++k) {
    each.push_back(b.slice(probabilities, {k}, {1}));
    products.push_back(k == 0 ? each[0] : b.mul(products[k - 1], each[k]));
  }
}

Value MaskBits::expected() const {
  Value bits = b.add(times(b, products[0], stepOf(0)), 2);
  for (int64_t k = 1; k < count; ++k)
    bits = b.add(bits, times(b, products[k], stepOf(k)));
  return bits;
}

/// Along P[j]: P[0] * .. * P[j - 1] * h[j], with h[j] = c[j] + P[j + 1] * h[j + 1].
Value MaskBits::slope() const {
  SmallVector<Value> parts(count);
  Value rest;
  for (int64_t k = count; k-- > 0;) {
    rest = rest ? b.add(b.mul(each[k + 1], rest), stepOf(k)) : b.splat({1}, stepOf(k));
    parts[k] = k == 0 ? rest : b.mul(products[k - 1], rest);
  }
  return b.mul(b.concat(parts), b.sub(probabilities, b.square(probabilities)));
}

Value MaskBits::variance() const {
  return b.maximum(b.sub(probabilities, b.square(probabilities)), 0.01);
}

} // namespace tally
