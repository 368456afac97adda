// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The scalar arithmetic contract against 128-bit arithmetic.

#include "tally/Run/Reference.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace tally::reference;

namespace {

constexpr Saturation kEverything = {INT64_MIN, INT64_MAX};

/// Divides where the contract shifts; false where the sum leaves 64 bits.
bool requantizeExactly(int64_t code, int32_t multiplier, int64_t offset, int shift,
                       RoundingMode rounding, int64_t &result) {
  __int128 divisor = __int128(1) << shift;
  __int128 sum = __int128(code) * multiplier + offset;
  if (rounding == RoundingMode::HalfUp)
    sum += divisor / 2; // 0 where the divisor is 1
  if (sum > INT64_MAX || sum < INT64_MIN)
    return false;
  __int128 quotient = sum / divisor;
  if (quotient * divisor > sum)
    --quotient;
  result = int64_t(quotient);
  return true;
}

} // namespace

TEST(Requantize, EqualsExactArithmetic) {
  int64_t compared = 0;
  for (RoundingMode rounding : {RoundingMode::HalfUp, RoundingMode::Floor})
    for (int shift = 0; shift <= 62; ++shift)
      for (int32_t multiplier : {INT32_MIN, -1000003, -3, -1, 0, 1, 3, 1 << 30, INT32_MAX})
        for (int64_t code :
             {int64_t(INT32_MIN), int64_t(-65535), int64_t(-128), int64_t(-3), int64_t(-1),
              int64_t(0), int64_t(1), int64_t(2), int64_t(255), int64_t(65535), int64_t(INT32_MAX)})
          for (int64_t offset : {INT64_MIN, -(int64_t(1) << 40), int64_t(-1), int64_t(0),
                                 int64_t(1), int64_t(1) << 61, INT64_MAX}) {
            int64_t expected;
            if (!requantizeExactly(code, multiplier, offset, shift, rounding, expected))
              continue;
            ++compared;
            ASSERT_EQ(requantize(code, multiplier, offset, shift, rounding, kEverything), expected)
                << code << " * " << multiplier << " + " << offset << " >> " << shift;
          }
  EXPECT_GT(compared, 50000);
}

TEST(Requantize, TiesGoUpAndFloorGoesDown) {
  auto halfUp = [](int64_t code) {
    return requantize(code, 1, 0, 1, RoundingMode::HalfUp, kEverything);
  };
  auto floor = [](int64_t code) {
    return requantize(code, 1, 0, 1, RoundingMode::Floor, kEverything);
  };
  int64_t ups[] = {-1, -1, 0, 0, 1, 1, 2}, downs[] = {-2, -1, -1, 0, 0, 1, 1};
  for (int64_t code = -3; code <= 3; ++code) {
    EXPECT_EQ(halfUp(code), ups[code + 3]) << code;
    EXPECT_EQ(floor(code), downs[code + 3]) << code;
  }
}

TEST(Requantize, SaturatesAtBothEnds) {
  for (Saturation ends : {Saturation{0, 255}, Saturation{-128, 127}, Saturation{-5, -5}}) {
    EXPECT_EQ(requantize(INT32_MAX, INT32_MAX, 0, 3, RoundingMode::HalfUp, ends), ends.highest);
    EXPECT_EQ(requantize(INT32_MIN, INT32_MAX, 0, 3, RoundingMode::HalfUp, ends), ends.lowest);
    EXPECT_EQ(requantize(ends.highest, 1, 0, 0, RoundingMode::HalfUp, ends), ends.highest);
  }
}

TEST(Quantize, TiesGoToEven) {
  auto code = [](double value) { return quantize(value, 0.25, 0, {-128, 127}); };
  double values[] = {-0.625, -0.375, -0.125, 0.125, 0.375, 0.625, 0.126, -0.376};
  int64_t codes[] = {-2, -2, 0, 0, 2, 2, 1, -2};
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(code(values[i]), codes[i]) << values[i];
}

TEST(Quantize, SaturatesWhatHasNoCode) {
  Saturation ends = {0, 15};
  EXPECT_EQ(quantize(NAN, 0.5, 7, ends), 7);
  EXPECT_EQ(quantize(INFINITY, 0.5, 7, ends), 15);
  EXPECT_EQ(quantize(-INFINITY, 0.5, 7, ends), 0);
  EXPECT_EQ(quantize(1e300, 1e-300, 7, ends), 15);
  EXPECT_EQ(quantize(-1e300, 1e-300, 7, ends), 0);
  EXPECT_EQ(quantize(4.0, 0.5, 7, ends), 15);
  EXPECT_EQ(quantize(3.5, 0.5, 7, ends), 14);
  EXPECT_EQ(quantize(-0.0, 0.5, 7, ends), 7);
  EXPECT_EQ(quantize(-1e300, 1.0, 0, {INT32_MIN, INT32_MAX}), INT32_MIN);
}

// The code stands for a value no further away than half a step, and every code is its own.
TEST(Quantize, IsTheNearestCode) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(-3, 3);
  for (int i = 0; i < 10000; ++i) {
    double value = uniform(random), scale = std::exp2(uniform(random));
    int64_t zero = int64_t(random() % 256) - 128;
    int64_t code = quantize(value, scale, zero, {-100000, 100000});
    EXPECT_LE(std::fabs(double(code - zero) * scale - value), scale * 0.5 * (1 + 1e-12));
    EXPECT_EQ(quantize(double(code - zero) * scale, scale, zero, {-100000, 100000}), code);
  }
}

// 0.375 / 0.03 is 12.5 in single precision, a tie; the nearest float to 0.03 is below it, so it is
// more in double.
TEST(Quantize, DividesAsOnnxDoesWhereItCan) {
  Saturation bytes{0, 255}, wide{0, 1 << 16};
  EXPECT_EQ(quantize(0.375, double(0.03f), 0, bytes), 12);
  EXPECT_EQ(quantize(0.375, double(0.03f), 0, wide), 13);
  // Neither a value nor a scale of more than single precision.
  EXPECT_EQ(quantize(0.375 + 1e-12, double(0.03f), 0, bytes), 13);
  EXPECT_EQ(quantize(0.375, double(0.03f) * (1 - 1e-12), 0, bytes), 13);
  std::mt19937 random(2);
  std::uniform_real_distribution<float> uniform(-3, 3);
  for (int i = 0; i < 10000; ++i) {
    float value = uniform(random), scale = std::exp2(uniform(random));
    EXPECT_EQ(
        quantize(value, scale, 0, {-128, 127}),
        std::min(std::max(int64_t(std::nearbyint(value / scale)), int64_t(-128)), int64_t(127)));
  }
}

// The same numbers as doubles are never divided in single precision.
TEST(Quantize, DividesDoublesAsDoubles) {
  const double values[] = {0.375, -0.375, NAN, INFINITY, 1e300, -INFINITY};
  uint8_t codes[6];
  quantize(values, 6, double(0.03f), 20, {0, 255}, codes);
  EXPECT_EQ(std::vector<int>(codes, codes + 6), (std::vector<int>{33, 7, 20, 255, 255, 0}));
  const float singles[] = {0.375f, -0.375f};
  quantize(singles, 2, double(0.03f), 20, {0, 255}, codes);
  EXPECT_EQ(std::vector<int>(codes, codes + 2), (std::vector<int>{32, 8}));
}
