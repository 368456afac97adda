// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "IR/PowerOfTwoFormats.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace tally;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The level at the least distance of all; `distance(level)`, ties to the larger magnitude.
template <typename Distance>
int64_t nearestBruteForce(const PowerOfTwoLevels &levels, Distance distance) {
  int64_t best = levels.sorted().front();
  for (int64_t level : levels.sorted()) {
    double d = distance(level), least = distance(best);
    if (d < least || (d == least && std::abs(level) >= std::abs(best)))
      best = level;
  }
  return best;
}

} // namespace

TEST(PowerOfTwo, NearestAgainstBruteForce) {
  std::mt19937 random(3);
  for (PowerOfTwoFormat format : allFormats()) {
    PowerOfTwoLevels levels = levelsOf(format);
    double top = 1.5 * double(levels.largest());
    std::uniform_real_distribution<double> exponent(-3, std::log2(top));
    std::vector<double> points = {0, kInfinity, -kInfinity, top, -top};
    for (int64_t level : levels.sorted())
      for (double offset : {0.0, 0.25, 0.5, -0.25, -0.5, 1.0})
        points.push_back(double(level) + offset);
    for (size_t i = 1; i < levels.sorted().size(); ++i) { // the ties
      double middle = 0.5 * double(levels.sorted()[i - 1] + levels.sorted()[i]);
      for (double towards : {-kInfinity, kInfinity})
        if (middle != 0) // where the brute force would round the distances
          points.push_back(std::nextafter(middle, towards));
      points.push_back(middle);
    }
    for (int i = 0; i < 500; ++i)
      points.push_back((random() % 2 ? 1 : -1) * std::exp2(exponent(random)));
    for (double x : points) {
      double clipped = std::clamp(x, -2 * top, 2 * top);
      int64_t expected = nearestBruteForce(
          levels, [&](int64_t level) { return std::fabs(clipped - double(level)); });
      EXPECT_EQ(levels.nearest(x), expected) << x << " " << format.describe();
    }
  }
}

// Of two neighbours the one with an even place from zero outwards, on either side of it; what is
// no tie does not ask.
TEST(PowerOfTwo, TiesGoToEvenPlaces) {
  for (const PowerOfTwoFormat &format :
       {PowerOfTwoFormat{4, true, false, true}, PowerOfTwoFormat{4, false, false, true},
        PowerOfTwoFormat{4, true, true, true}, PowerOfTwoFormat{3, false, true, true}}) {
    PowerOfTwoLevels levels = levelsOf(format);
    std::vector<int64_t> upwards;
    for (int64_t level : levels.sorted())
      if (level >= 0)
        upwards.push_back(level);
    for (size_t place = 0; place + 1 < upwards.size(); ++place) {
      double middle = 0.5 * double(upwards[place] + upwards[place + 1]);
      int64_t even = upwards[place + place % 2];
      EXPECT_EQ(levels.nearest(middle, Ties::Even), even) << format.describe() << " " << middle;
      EXPECT_EQ(levels.nearest(std::nextafter(middle, 0), Ties::Even), upwards[place]);
      EXPECT_EQ(levels.nearest(std::nextafter(middle, kInfinity), Ties::Even), upwards[place + 1]);
      if (format.isSigned) {
        EXPECT_EQ(levels.nearest(-middle, Ties::Even), -even) << format.describe() << " " << middle;
      }
    }
  }
  EXPECT_EQ(levelsOf({4, true, false, false}).nearest(0.0, Ties::Even), 1);
}

TEST(PowerOfTwo, TiesGoAwayFromZero) {
  PowerOfTwoLevels levels = levelsOf({4, true, false, true});
  EXPECT_EQ(levels.nearest(0.5), 1);
  EXPECT_EQ(levels.nearest(-0.5), -1);
  EXPECT_EQ(levels.nearest(24), 32);
  EXPECT_EQ(levels.nearest(-24), -32);
  EXPECT_EQ(levels.nearest(1e300), 64);
  PowerOfTwoLevels withoutZero = levelsOf({4, true, false, false});
  EXPECT_EQ(withoutZero.nearest(0.0), 1);
  EXPECT_EQ(withoutZero.nearest(-0.0), 1);
  EXPECT_EQ(withoutZero.nearest(-1e-300), -1);
  EXPECT_EQ(levelsOf({4, false, false, true}).nearest(-3), 0);
  EXPECT_EQ(levelsOf({4, false, false, false}).nearest(-3), 1);
}

TEST(PowerOfTwo, NearestExponentAgainstBruteForce) {
  std::mt19937 random(4);
  for (PowerOfTwoFormat format : allFormats()) {
    if (format.additive)
      continue;
    PowerOfTwoLevels levels = levelsOf(format);
    std::uniform_real_distribution<double> exponent(-3, std::log2(levels.largest()) + 2);
    for (int i = 0; i < 2000; ++i) {
      double x = (random() % 2 ? 1 : -1) * std::exp2(exponent(random));
      int64_t expected = nearestBruteForce(levels, [&](int64_t level) {
        if (level == 0) // nearest only where the value rule says so
          return std::fabs(x) < 0.5 ? -1.0 : kInfinity;
        if (x < 0 && !format.isSigned) // below every level
          return double(level);
        return (level < 0) == (x < 0) ? std::fabs(std::log2(std::fabs(x) / std::abs(level)))
                                      : kInfinity;
      });
      if (x < 0 && !format.isSigned)
        expected = levels.sorted().front();
      EXPECT_EQ(levels.nearestExponent(x), expected) << x << " " << format.describe();
    }
  }
}

TEST(PowerOfTwo, NearestExponentThresholds) {
  PowerOfTwoLevels levels = levelsOf({4, true, false, true});
  const double root = 1.4142135623730951; // the first double above
  for (int k = 0; k < 6; ++k)
    for (int sign : {-1, 1}) {
      EXPECT_EQ(levels.nearestExponent(sign * std::ldexp(root, k)), sign * (2 << k));
      EXPECT_EQ(levels.nearestExponent(sign * std::ldexp(std::nextafter(root, 0), k)),
                sign * (1 << k));
    }
  EXPECT_EQ(levels.nearestExponent(0.5), 1);
  EXPECT_EQ(levels.nearestExponent(-0.5), -1);
  EXPECT_EQ(levels.nearestExponent(0.4999), 0);
  EXPECT_EQ(levels.nearestExponent(kInfinity), 64);
  EXPECT_EQ(levels.nearestExponent(-kInfinity), -64);
  EXPECT_EQ(levelsOf({4, true, false, false}).nearestExponent(0.0), 1);
  EXPECT_EQ(levelsOf({4, true, false, false}).nearestExponent(-1e-9), -1);
}
