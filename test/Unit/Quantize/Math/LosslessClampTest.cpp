// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The identities behind the exact rewrites of adder layers, on reals and on integers.

#include "tally/Quantize/Math/LosslessClamp.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

namespace {

/// |x - clip(w, low, high)| + max(w - high, 0) + max(low - w, 0); with [-s, s] METHODS'
/// identity (a), with [0, s] identity (b).
template <typename T> T clampedDifference(T x, T w, T low, T high) {
  return std::abs(x - std::clamp(w, low, high)) + std::max(w - high, T(0)) +
         std::max(low - w, T(0));
}

/// |min(x, s) - w| + max(x - s, 0): identity (c), for w <= s.
template <typename T> T residualDifference(T x, T w, T s) {
  return std::abs(std::min(x, s) - w) + std::max(x - s, T(0));
}

} // namespace

TEST(LosslessClamp, IsExactOnReals) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> weight(-20, 20), unit(0, 1);
  for (int i = 0; i < 100000; ++i) {
    double s = unit(random) * 8, w = weight(random);
    double symmetric = (2 * unit(random) - 1) * s, oneSided = unit(random) * s;
    EXPECT_NEAR(clampedDifference(symmetric, w, -s, s), std::fabs(symmetric - w), 1e-9);
    EXPECT_NEAR(clampedDifference(oneSided, w, 0.0, s), std::fabs(oneSided - w), 1e-9);
    double x = weight(random), small = std::min(w, s);
    EXPECT_NEAR(residualDifference(x, small, s), std::fabs(x - small), 1e-9);
  }
}

// All intervals of codes, whatever the zero point: it cancels in every difference.
TEST(LosslessClamp, IsExactOnIntegers) {
  for (int low = -9; low <= 9; ++low)
    for (int high = low; high <= 9; ++high)
      for (int zero : {-5, 0, 7})
        for (int w = -12; w <= 12; ++w) {
          for (int x = low; x <= high; ++x)
            ASSERT_EQ(clampedDifference(x - zero, w - zero, low - zero, high - zero),
                      std::abs(x - w));
          for (int x = -12; w <= high && x <= 12; ++x)
            ASSERT_EQ(residualDifference(x - zero, w - zero, high - zero), std::abs(x - w));
        }
}

// At least one of x and w must keep to s; with s = min(max x, max w) one always does.
TEST(LosslessClamp, FailsWhereBothExceed) {
  EXPECT_EQ(std::abs(5 - 4), 1);
  EXPECT_EQ(residualDifference(5, std::min(4, 3), 3) + std::max(4 - 3, 0), 3);
  for (int mostX = 0; mostX <= 6; ++mostX)
    for (int mostW = 0; mostW <= 6; ++mostW)
      for (int x = 0; x <= mostX; ++x)
        for (int w = -6; w <= mostW; ++w) {
          int s = std::min(mostX, mostW), clipped = std::clamp(w, 0, s);
          int constant = std::abs(w - clipped);
          EXPECT_EQ(residualDifference(x, clipped, s) + constant, std::abs(x - w));
        }
}

TEST(ClampWeights, ReturnsWhatEachFilterLoses) {
  std::vector<float> weights = {-1, 0.5, 3, 0, 2, 1, 5, -4, 2.5};
  std::vector<double> constants = clampWeights(weights, 3, 0, 2);
  EXPECT_EQ(weights, (std::vector<float>{0, 0.5, 2, 0, 2, 1, 2, 0, 2}));
  EXPECT_EQ(constants, (std::vector<double>{-2, 0, -7.5}));
}

// The whole layer is kept: -sum |x - w| = -sum |x - clamped| + constant.
TEST(ClampWeights, KeepsEveryLayer) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 3);
  std::uniform_real_distribution<float> unit(0, 1);
  for (auto [low, high] :
       {std::pair(0.0, 1.5), std::pair(-2.25, 2.25), std::pair(-1.0, 4.0), std::pair(0.5, 0.5)})
    for (int64_t terms : {1, 7, 144}) {
      std::vector<float> weights(5 * terms), clamped;
      for (float &w : weights)
        w = normal(random);
      clamped = weights;
      std::vector<double> constants = clampWeights(clamped, 5, low, high);
      for (int f = 0; f < 5; ++f) {
        double before = 0, after = constants[f];
        for (int64_t k = 0; k < terms; ++k) {
          double x = low + (high - low) * unit(random);
          before -= std::fabs(x - weights[f * terms + k]);
          after -= std::fabs(x - clamped[f * terms + k]);
          EXPECT_TRUE(clamped[f * terms + k] >= low && clamped[f * terms + k] <= high);
        }
        EXPECT_NEAR(before, after, 1e-9 * double(terms));
        EXPECT_LE(constants[f], 0);
      }
    }
}
