//===- ReferenceRequantize.cpp - from numbers and sums to codes -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Run/Reference.h"
#include "tally/Support/EachCpu.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tally::reference {

int64_t requantize(int64_t code, int32_t multiplier, int64_t offset, int shift,
                   RoundingMode rounding, Saturation saturation) {
  int64_t half = rounding == RoundingMode::HalfUp && shift > 0 ? int64_t(1) << (shift - 1) : 0;
  // Right shift of a negative number rounds towards minus infinity on every
  // compiler we support; C++20 requires it.
  int64_t value = (code * multiplier + offset + half) >> shift;
  return std::min(std::max(value, saturation.lowest), saturation.highest);
}

static bool isSingle(double value) {
  return std::fabs(value) <= std::numeric_limits<float>::max() && double(float(value)) == value;
}

/// Whether floats are divided in single precision.
static bool dividesSingly(double scale, Saturation saturation) {
  constexpr uint64_t kMaxCodes = 1 << 16;
  return isSingle(scale) && uint64_t(saturation.highest) - uint64_t(saturation.lowest) < kMaxCodes;
}

double divideByScale(double value, double scale, Saturation saturation) {
  if (dividesSingly(scale, saturation) && isSingle(value))
    return double(float(value) / float(scale));
  return value / scale;
}

/// The code of a quotient.
static int64_t roundQuotient(double quotient, int64_t zeroPoint, Saturation saturation) {
  if (std::isnan(quotient))
    return zeroPoint;
  double code = std::nearbyint(quotient) + double(zeroPoint);
  // Compare before converting: a huge double has no integer.
  if (code <= double(saturation.lowest))
    return saturation.lowest;
  if (code >= double(saturation.highest))
    return saturation.highest;
  return int64_t(code);
}

int64_t quantize(double value, double scale, int64_t zeroPoint, Saturation saturation) {
  return roundQuotient(divideByScale(value, scale, saturation), zeroPoint, saturation);
}

namespace {
constexpr int64_t kTile = 256;

/// `quantize` where the quotient is one of single precision and all is within 32 bits.
TALLY_FOR_EACH_CPU void quantizeTile(const float *values, int64_t count, float scale,
                                     int32_t zeroPoint, int32_t lowest, int32_t highest,
                                     int32_t *codes) {
  for (int64_t i = 0; i < count; ++i) {
    bool isNumber = values[i] == values[i];
    double code = std::nearbyint(double(isNumber ? values[i] / scale : 0)) + double(zeroPoint);
    code = std::min(std::max(code, double(lowest)), double(highest));
    codes[i] = isNumber ? int32_t(code) : zeroPoint;
  }
}
} // namespace

template <typename T>
void quantize(const float *values, int64_t count, double scale, int64_t zeroPoint,
              Saturation saturation, T *codes) {
  auto fits = [](int64_t v) { return v >= INT32_MIN && v <= INT32_MAX; };
  if (!dividesSingly(scale, saturation) || !fits(zeroPoint) || !fits(saturation.lowest) ||
      !fits(saturation.highest)) {
    for (int64_t i = 0; i < count; ++i)
      codes[i] = T(quantize(values[i], scale, zeroPoint, saturation));
    return;
  }
  int32_t wide[kTile];
  for (int64_t first = 0; first < count; first += kTile) {
    int64_t size = std::min(kTile, count - first);
    quantizeTile(values + first, size, float(scale), int32_t(zeroPoint), int32_t(saturation.lowest),
                 int32_t(saturation.highest), wide);
    for (int64_t i = 0; i < size; ++i)
      codes[first + i] = T(wide[i]);
  }
}

template <typename T>
void quantize(const double *values, int64_t count, double scale, int64_t zeroPoint,
              Saturation saturation, T *codes) {
  for (int64_t i = 0; i < count; ++i)
    codes[i] = T(roundQuotient(values[i] / scale, zeroPoint, saturation));
}

#define TALLY_INSTANTIATE(T)                                                                       \
  template void quantize(const float *, int64_t, double, int64_t, Saturation, T *);                \
  template void quantize(const double *, int64_t, double, int64_t, Saturation, T *);
TALLY_INSTANTIATE(int8_t)
TALLY_INSTANTIATE(uint8_t)
TALLY_INSTANTIATE(int16_t)
TALLY_INSTANTIATE(uint16_t)
TALLY_INSTANTIATE(int32_t)
TALLY_INSTANTIATE(uint32_t)
TALLY_INSTANTIATE(int64_t)
#undef TALLY_INSTANTIATE

} // namespace tally::reference
