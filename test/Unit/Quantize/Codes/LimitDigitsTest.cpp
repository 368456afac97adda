// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/SignedDigits.h"
#include "tally/Quantize/Math/FixedPoint.h"
#include "tally/Run/Reference.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

static int64_t apply(const FixedPoint &point, bool half, int64_t code) {
  return reference::requantize(code, point.multiplier, point.offset, point.shift,
                               half ? reference::RoundingMode::HalfUp
                                    : reference::RoundingMode::Floor,
                               {INT32_MIN, INT32_MAX});
}

TEST(LimitDigits, DroppedBitsChangeNoResult) {
  std::mt19937 random(5);
  for (int i = 0; i < 5000; ++i) {
    FixedPoint point;
    point.multiplier = int32_t(random()) >> (random() % 32);
    point.multiplier = int32_t(uint32_t(point.multiplier) << (random() % 32));
    point.offset = int64_t(int32_t(random())) << (random() % 24);
    point.shift = int8_t(random() % 40);
    for (bool half : {false, true}) {
      FixedPoint less = dropUnusedBits(point, half);
      EXPECT_LE(less.shift, point.shift);
      EXPECT_TRUE(less.shift == 0 || less.multiplier % 2 != 0);
      for (int64_t code = -300; code <= 300; code += 7)
        ASSERT_EQ(apply(point, half, code), apply(less, half, code)) << "trial " << i;
    }
  }
}

// The error of the slope is bounded for each number of digits, and the code that stood for
// the zero point hardly moves.
TEST(LimitDigits, BoundsTheErrorOfTheSlope) {
  static constexpr double kBounds[] = {1.0 / 3, 1.0 / 11, 1.0 / 43, 1.0 / 171};
  std::mt19937 random(9);
  std::uniform_real_distribution<double> exponent(-12, 2), sign(-1, 1);
  for (unsigned digits = 1; digits <= 4; ++digits)
    for (int i = 0; i < 2000; ++i) {
      double factor = std::exp2(exponent(random)) * (sign(random) < 0 ? -1 : 1);
      CodeRange range{-20000, 20000};
      int64_t zero = int64_t(random() % 100) - 50;
      auto point = toFixedPoint(factor, double(zero) + 5000 * factor, range);
      ASSERT_TRUE(point);
      auto limited = limitDigits(*point, digits, range, zero, true);
      ASSERT_TRUE(limited);
      EXPECT_LE(toSignedDigits(limited->multiplier).size(), digits);
      double slope = std::ldexp(double(limited->multiplier), -limited->shift);
      double error = std::fabs(slope - factor) / std::fabs(factor);
      EXPECT_LE(error, kBounds[digits - 1] + 1e-8) << factor;
      EXPECT_EQ(apply(*limited, true, -5000), zero);
      double moved = double(apply(*limited, true, 3000) - apply(*point, true, 3000));
      EXPECT_LE(std::fabs(moved), error * std::fabs(factor) * 8001 + 1.01);
    }
}

TEST(LimitDigits, KeepsWhatHasFewDigitsAndTheLimitsOf32Bits) {
  FixedPoint seven{7, 100, 3};
  auto same = limitDigits(seven, 2, {-100, 100}, 0, true);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->multiplier, 7);
  // 2^31 is not a multiplier: one bit of the shift makes room, where there is one.
  auto largest = limitDigits({INT32_MAX, 0, 4}, 1, {-100, 100}, 0, true);
  ASSERT_TRUE(largest);
  EXPECT_EQ(std::ldexp(double(largest->multiplier), 4 - largest->shift), std::ldexp(1.0, 31));
  EXPECT_FALSE(limitDigits({INT32_MAX - 5, 0, 0}, 1, {-100, 100}, 0, true));
  auto none = limitDigits({0, 37, 3}, 1, {-100, 100}, 0, true);
  ASSERT_TRUE(none);
  EXPECT_EQ(apply(*none, true, 55), 5);
}
