// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/GaussianStep.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

namespace {

/// The mean squared error of numbers of mean 0 and deviation 1 on 2^bits levels, by Simpson's rule
/// within each level's part.
double errorOf(double step, int bits) {
  const int levels = 1 << bits, parts = 200;
  double sum = 0;
  for (int level = 0; level < levels; ++level) {
    double at = (level - (levels - 1) / 2.0) * step;
    double low = level == 0 ? -12 : at - step / 2, high = level == levels - 1 ? 12 : at + step / 2;
    double h = (high - low) / parts;
    for (int i = 0; i <= parts; ++i) {
      double x = low + i * h, weight = i == 0 || i == parts ? 1 : i % 2 ? 4 : 2;
      sum += weight * h / 3 * (x - at) * (x - at) * std::exp(-x * x / 2) / std::sqrt(2 * M_PI);
    }
  }
  return sum;
}

} // namespace

// The table has three digits.
TEST(GaussianStep, HasTheLeastError) {
  for (int bits = 1; bits <= 8; ++bits) {
    double low = getGaussianStep(bits) / 2, high = getGaussianStep(bits) * 2;
    for (int i = 0; i < 100; ++i) {
      double a = low + (high - low) * 0.382, b = low + (high - low) * 0.618;
      (errorOf(a, bits) < errorOf(b, bits) ? high : low) =
          errorOf(a, bits) < errorOf(b, bits) ? b : a;
    }
    EXPECT_NEAR(getGaussianStep(bits), low, 0.0006) << bits << " bits";
  }
}

TEST(GaussianStep, MomentsOfWhatWasSeen) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal(2, 0.5);
  std::vector<float> values, both;
  double sum = 0, squares = 0;
  for (int i = 0; i < 10000; ++i) {
    values.push_back(normal(generator));
    sum += values.back();
    squares += double(values.back()) * values.back();
  }
  Histogram seen, withZeros;
  seen.add(values);
  double mean = sum / 10000, deviation = std::sqrt(squares / 10000 - mean * mean);
  both = values;
  both.resize(30000, 0.0f);
  withZeros.add(both);
  for (auto [histogram, positive] : {std::pair(&seen, false), std::pair(&withZeros, true)}) {
    EXPECT_NEAR(getMoments(*histogram, positive).mean, mean, 1e-3);
    EXPECT_NEAR(getMoments(*histogram, positive).deviation, deviation, 1e-3);
  }
  EXPECT_NEAR(getMoments(withZeros, false).mean, mean / 3, 3e-3);
  Histogram none;
  EXPECT_EQ(getMoments(none, true).deviation, 0);
}
