//===- FixedPoint.cpp - real factors as integer arithmetic ----------------===//

#include "tally/Quantize/FixedPoint.h"

#include <algorithm>
#include <cmath>

namespace tally {

/// Whether every product plus offset plus rounding half fits 64 bits.
static bool fits(const FixedPoint &point, CodeRange input) {
  __int128 half = point.shift ? __int128(1) << (point.shift - 1) : 0;
  for (int64_t code : {input.min, input.max}) {
    __int128 value = __int128(code) * point.multiplier + point.offset + half;
    if (value > INT64_MAX || value < INT64_MIN)
      return false;
  }
  return true;
}

std::optional<FixedPoint> toFixedPoint(double factor, double constant,
                                       CodeRange input) {
  if (!std::isfinite(factor) || !std::isfinite(constant))
    return std::nullopt;

  // |factor| = fraction * 2^exponent with fraction in [0.5, 1).
  int exponent = 0;
  std::frexp(factor, &exponent);
  int widest = factor == 0 ? 31 : 31 - exponent;
  for (int shift = std::min(62, std::max(widest, 0)); shift >= 0; --shift) {
    FixedPoint point;
    double multiplier = std::nearbyint(std::ldexp(factor, shift));
    double offset = std::nearbyint(std::ldexp(constant, shift));
    if (multiplier > INT32_MAX || multiplier < INT32_MIN ||
        std::fabs(offset) >= std::ldexp(1.0, 62))
      continue;
    point.multiplier = int32_t(multiplier);
    point.offset = int64_t(offset);
    point.shift = int8_t(shift);
    if (!fits(point, input))
      continue;
    // Drop trailing zeros that multiplier and offset share: the same function
    // with a smaller shift, and +-1 for exact powers of two.
    while (point.shift > 0 && point.multiplier % 2 == 0 && point.offset % 2 == 0) {
      point.multiplier /= 2;
      point.offset /= 2;
      --point.shift;
    }
    return point;
  }
  return std::nullopt;
}

} // namespace tally
