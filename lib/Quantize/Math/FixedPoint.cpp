//===- FixedPoint.cpp - real factors as integer arithmetic ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/FixedPoint.h"

#include "tally/IR/SignedDigits.h"

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

std::optional<FixedPoint> toFixedPoint(double factor, double constant, CodeRange input) {
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

FixedPoint dropUnusedBits(FixedPoint point, bool half) {
  auto halfOf = [&](int shift) { return half && shift > 0 ? int64_t(1) << (shift - 1) : 0; };
  int unused = 0;
  while (unused < point.shift && (point.multiplier >> std::min(unused, 31)) % 2 == 0)
    ++unused;
  __int128 sum = __int128(point.offset) + halfOf(point.shift);
  point.shift = int8_t(point.shift - unused);
  point.multiplier >>= std::min(unused, 31);
  point.offset = int64_t((sum >> unused) - halfOf(point.shift));
  return point;
}

std::optional<FixedPoint> limitDigits(const FixedPoint &point, unsigned digits, CodeRange input,
                                      int64_t fixed, bool half) {
  // A multiplier may round up beyond 32 bits, or a sum beyond 64: one bit less then.
  for (FixedPoint from = point; from.shift >= 0;
       from.multiplier >>= 1, from.offset >>= 1, --from.shift) {
    int64_t multiplier = nearestWithDigits(from.multiplier, digits);
    if (multiplier == from.multiplier)
      return dropUnusedBits(from, half);
    // The input `pivot`, a fraction, has the result `fixed`; or the nearest code does not move.
    __int128 target = __int128(fixed) << from.shift, product = target - from.offset;
    __int128 pivot = product / from.multiplier;
    __int128 offset = target - product * multiplier / from.multiplier;
    for (int64_t end : {input.min, input.max})
      if (end == input.min ? pivot < end : pivot > end)
        offset = from.offset + (__int128(from.multiplier) - multiplier) * end;
    int bits = 0;
    while (multiplier % 2 == 0 && (multiplier > INT32_MAX || multiplier < INT32_MIN)) {
      multiplier /= 2;
      ++bits;
    }
    if (bits > from.shift || multiplier > INT32_MAX || multiplier < INT32_MIN ||
        offset >= (__int128(1) << 62) || offset <= -(__int128(1) << 62))
      continue;
    FixedPoint result;
    result.multiplier = int32_t(multiplier);
    result.offset = int64_t(offset >> bits);
    result.shift = int8_t(from.shift - bits);
    result = dropUnusedBits(result, half);
    if (fits(result, input))
      return result;
  }
  return std::nullopt;
}

} // namespace tally
