// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/FixedPoint.h"

#include "tally/Run/Reference.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

// The result is within one code of the exact value, and equal to its rounding
// except where the exact value lies very close to a tie.
TEST(FixedPoint, RequantizesAsTheRealNumberRounds) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> exponent(-25, 0), sign(-1, 1);
  std::uniform_int_distribution<int64_t> code(-(1 << 16), 1 << 16);
  int differences = 0, trials = 0;
  for (int i = 0; i < 2000; ++i) {
    double factor = std::exp2(exponent(random)) * (sign(random) < 0 ? -1 : 1);
    double constant = sign(random) * 1000;
    auto point = toFixedPoint(factor, constant, {-(1 << 16), 1 << 16});
    ASSERT_TRUE(point) << factor;
    for (int j = 0; j < 20; ++j, ++trials) {
      int64_t q = code(random);
      int64_t got = reference::requantize(q, point->multiplier, point->offset, point->shift,
                                          reference::RoundingMode::HalfUp, {INT32_MIN, INT32_MAX});
      double exact = factor * double(q) + constant;
      EXPECT_NEAR(double(got), exact, 0.5 + std::fabs(exact) * 1e-8 + 1e-6);
      differences += got != int64_t(std::floor(exact + 0.5));
    }
  }
  EXPECT_LT(differences, trials / 1000);
}

TEST(FixedPoint, PowersOfTwoAreShifts) {
  for (int exponent = -20; exponent <= 0; ++exponent) {
    auto point = toFixedPoint(-std::ldexp(1.0, exponent), 0, {-1000, 1000});
    ASSERT_TRUE(point);
    EXPECT_EQ(point->multiplier, -1);
    EXPECT_EQ(point->shift, -exponent);
  }
}

TEST(FixedPoint, ProductsNeverOverflow) {
  for (double factor : {0.7, 1e-9, 1e-12, 1e-30, 123.4, 1e9})
    for (double constant : {0.0, 1e6, -1e9})
      for (CodeRange range : {CodeRange{0, 1}, CodeRange{INT32_MIN, INT32_MAX}}) {
        auto point = toFixedPoint(factor, constant, range);
        ASSERT_TRUE(point) << factor << " " << constant;
        for (int64_t code : {range.min, range.max}) {
          __int128 value = __int128(code) * point->multiplier + point->offset;
          EXPECT_TRUE(value < INT64_MAX && value > INT64_MIN);
        }
      }
}

TEST(FixedPoint, RefusesWhatIsNotANumber) {
  EXPECT_FALSE(toFixedPoint(NAN, 0, {0, 1}));
  EXPECT_FALSE(toFixedPoint(1, INFINITY, {0, 1}));
  EXPECT_FALSE(toFixedPoint(1e12, 0, {0, 1}));
}
