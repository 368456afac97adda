// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/LevelGrid.h"

#include "tally/IR/PowerOfTwo.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace tally;

namespace {

LevelGrid gridOf(PowerOfTwoFormat format) {
  return LevelGrid(llvm::ArrayRef<int64_t>(PowerOfTwoLevels::get(format)->sorted()));
}

std::vector<LevelGrid> someGrids() {
  return {gridOf({3, true, false, true}),
          gridOf({4, true, false, true}),
          gridOf({4, true, false, false}),
          gridOf({4, true, true, true}),
          gridOf({5, true, true, true}),
          LevelGrid(std::vector<double>{-1, 1}),
          LevelGrid(std::vector<double>{-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7})};
}

double errorAt(double scale, const std::vector<float> &weights, const std::vector<double> &moments,
               const LevelGrid &grid, ErrorRule rule = ErrorRule::Squared) {
  double error = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    double e = weights[i] - scale * grid[grid.nearest(weights[i] / scale)];
    error += (moments.empty() ? 1 : moments[i % moments.size()]) *
             (rule == ErrorRule::Squared ? e * e : e * e * e * e);
  }
  return error;
}

std::vector<float> makeWeights(size_t count, std::mt19937 &random, bool heavyTails = false) {
  std::normal_distribution<float> normal(0, 0.1f);
  std::vector<float> weights(count);
  for (float &w : weights)
    w = normal(random) * (heavyTails ? std::fabs(normal(random)) : 1);
  return weights;
}

} // namespace

TEST(LevelGrid, NearestAsThePowersOfTwoDefineIt) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> exponent(-2, 8);
  for (PowerOfTwoFormat format : {PowerOfTwoFormat{4, true, false, true},
                                  {4, true, false, false},
                                  {5, true, true, true},
                                  {5, false, true, true},
                                  {3, false, false, false}}) {
    PowerOfTwoLevels levels = *PowerOfTwoLevels::get(format);
    LevelGrid grid = gridOf(format);
    ASSERT_EQ(grid.size(), int(levels.sorted().size()));
    EXPECT_EQ(grid.largestMagnitude(), double(levels.largest()));
    auto check = [&](double x) {
      EXPECT_EQ(grid[grid.nearest(x)], double(levels.nearest(x))) << x;
    };
    for (double x = -130; x <= 130; x += 0.25) // meets every tie
      check(x);
    for (int i = 0; i < 1000; ++i)
      check((random() % 2 ? 1 : -1) * std::exp2(exponent(random)));
    check(-0.0);
    check(std::numeric_limits<double>::infinity());
    check(-std::numeric_limits<double>::infinity());
  }
}

TEST(LevelGrid, OneLevel) {
  LevelGrid grid(std::vector<double>{2});
  EXPECT_EQ(grid.nearest(-7), 0);
  EXPECT_NEAR(searchScale({1.0f, 3.0f}, {}, grid).scale, 1, 1e-9);
}

// The error lies within 0.1 % of the best of 20,000 scales.
TEST(SearchScale, AgainstDenseScan) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> uniform(0.01, 2);
  for (size_t terms : {1, 2, 9, 64, 144})
    for (bool weighted : {false, true})
      for (const LevelGrid &grid : someGrids()) {
        std::vector<float> weights = makeWeights(terms, random, terms == 64);
        std::vector<double> moments(weighted ? terms : 0);
        for (double &m : moments)
          m = uniform(random);
        for (ErrorRule rule : {ErrorRule::Squared, ErrorRule::Fourth}) {
          ScaleFit fit = searchScale(weights, moments, grid, false, rule);
          double full = 0, energy = errorAt(1e-30, weights, moments, grid, rule);
          for (float w : weights)
            full = std::max(full, std::fabs(double(w)) / grid.largestMagnitude());
          double best = energy;
          for (int i = 0; i <= 20000; ++i) {
            double scale = full * 0.05 * std::pow(32.0, i / 20000.0);
            best = std::min(best, errorAt(scale, weights, moments, grid, rule));
          }
          double found = errorAt(fit.scale, weights, moments, grid, rule);
          EXPECT_LE(found, best * 1.001 + 1e-12 * energy) << terms << " terms";
          EXPECT_NEAR(fit.error, found, 1e-9 * energy);
        }
      }
}

TEST(SearchScale, FindsTheScaleOfWhatIsOnLevels) {
  for (const LevelGrid &grid : someGrids()) {
    std::vector<float> weights;
    for (int i = 0; i < grid.size(); ++i)
      weights.push_back(float(0.0371 * grid[i]));
    ScaleFit fit = searchScale(weights, {}, grid);
    EXPECT_NEAR(errorAt(fit.scale, weights, {}, grid), 0, 1e-12) << grid.size();
  }
}

TEST(SearchScale, PowersOfTwo) {
  std::mt19937 random(3);
  for (float size : {1e-4f, 0.3f, 1.0f, 700.0f})
    for (const LevelGrid &grid : someGrids()) {
      std::vector<float> weights = makeWeights(100, random);
      for (float &w : weights)
        w *= size;
      ScaleFit fit = searchScale(weights, {}, grid, /*powerOfTwo=*/true);
      double best = INFINITY;
      for (int exponent = -60; exponent < 30; ++exponent)
        best = std::min(best, errorAt(std::exp2(exponent), weights, {}, grid));
      EXPECT_EQ(std::exp2(std::round(std::log2(fit.scale))), fit.scale);
      EXPECT_NEAR(errorAt(fit.scale, weights, {}, grid), best, 1e-9 * best);
    }
}

TEST(SearchScale, FiltersThatShareOneScale) {
  std::mt19937 random(4);
  LevelGrid grid = gridOf({4, true, true, true});
  std::vector<float> weights = makeWeights(3 * 20, random);
  std::vector<double> moments(20), repeated;
  for (double &m : moments)
    m = 0.5 + double(random() % 8);
  for (int i = 0; i < 3; ++i)
    repeated.insert(repeated.end(), moments.begin(), moments.end());
  ScaleFit shared = searchScale(weights, moments, grid),
           same = searchScale(weights, repeated, grid);
  EXPECT_EQ(shared.scale, same.scale);
  EXPECT_EQ(shared.error, same.error);
}

TEST(SearchScale, DeadInputsHaveNoSay) {
  LevelGrid grid = gridOf({4, true, true, true});
  std::vector<float> weights = {0.5f, 100, -0.3f, 0.2f};
  ScaleFit fit = searchScale(weights, {1, 0, 1, 2}, grid);
  ScaleFit alone = searchScale({0.5f, -0.3f, 0.2f}, {1, 1, 2}, grid);
  EXPECT_EQ(fit.scale, alone.scale);
  // All dead: as if none were.
  EXPECT_EQ(searchScale(weights, {0, 0, 0, 0}, grid).scale, searchScale(weights, {}, grid).scale);
}

TEST(SearchScale, NothingToFit) {
  LevelGrid grid = gridOf({4, true, false, true});
  EXPECT_EQ(searchScale({}, {}, grid).scale, 1);
  EXPECT_EQ(searchScale({0, 0}, {}, grid).scale, 1);
  EXPECT_EQ(searchScale({0, 0}, {}, grid).error, 0);
  EXPECT_EQ(searchScale({0, 0}, {0, 0}, grid, true).scale, 1);
}
