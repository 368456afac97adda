// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RandomLayer.h"
#include "tally/Support/Parallel.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace tally;

// At a given scale, all assignments of four weights: the fit's own scale must lead to at most
// 1.5 times the least error, and to 1.1 times in the mean.
TEST(LevelFit, CloseToTheOptimumOfSmallFilters) {
  LevelGrid grid = gridOf({3, true, false, true}); // 7 levels: 2401 assignments
  double ratios = 0;
  const int trials = 60;
  for (int trial = 0; trial < trials; ++trial) {
    RandomLayer layer = makeLayer(4, 1, 200 + trial);
    FittedFilter fit = fitFilters(layer.moments, layer.factor, layer.weights, grid)[0];
    double best = INFINITY;
    for (int code = 0; code < 2401; ++code) {
      double e[4], error = 0;
      for (int k = 0, rest = code; k < 4; ++k, rest /= 7)
        e[k] = layer.weights[k] - fit.scale * grid[rest % 7];
      for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j)
          error += e[i] * e[j] * layer.moments.row(i)[j];
      best = std::min(best, error);
    }
    EXPECT_GE(fit.error, best * (1 - 1e-9));
    EXPECT_LE(fit.error, best * 1.5) << "trial " << trial;
    ratios += fit.error / best;
  }
  EXPECT_LE(ratios / trials, 1.1);
}

TEST(LevelFit, EachStepOfTheFitHelps) {
  for (bool shared : {false, true}) {
    RandomLayer layer = makeLayer(48, 12, 18);
    for (const LevelGrid &grid : someGrids()) {
      LevelFitOptions plain;
      plain.factors = {1};
      plain.refits = plain.sweeps = 0;
      plain.shared = shared;
      auto error = [&](const LevelFitOptions &options) {
        return totalError(fitFilters(layer.moments, layer.factor, layer.weights, grid, options));
      };
      LevelFitOptions scales = plain, descent, full;
      scales.factors = LevelFitOptions().factors;
      descent.shared = full.shared = shared;
      descent.refits = 0;
      EXPECT_LE(error(scales), error(plain));
      EXPECT_LE(error(descent), error(scales));
      EXPECT_LE(error(full), error(descent));
      EXPECT_LT(error(full), 0.98 * error(plain));
    }
  }
}

TEST(LevelFit, PlainOptionsAreRoundingAtTheSearchedScales) {
  RandomLayer layer = makeLayer(20, 9, 19);
  LevelGrid grid = gridOf({4, true, false, true});
  LevelFitOptions options;
  options.factors = {1};
  options.refits = options.sweeps = 0;
  auto fits = fitFilters(layer.moments, layer.factor, layer.weights, grid, options);
  auto rounded = roundWithCompensation(layer.moments, layer.factor, layer.weights,
                                       searchScales(layer, grid), grid);
  for (int64_t f = 0; f < 9; ++f) {
    EXPECT_EQ(fits[f].levels, rounded[f].levels);
    EXPECT_EQ(fits[f].error, rounded[f].error);
  }
}

TEST(LevelFit, ErrorsAndScalesOfTheFit) {
  RandomLayer layer = makeLayer(36, 10, 20);
  for (const LevelGrid &grid : someGrids())
    for (bool shared : {false, true})
      for (bool powerOfTwo : {false, true}) {
        LevelFitOptions options;
        options.shared = shared;
        options.powerOfTwo = powerOfTwo;
        auto fits = fitFilters(layer.moments, layer.factor, layer.weights, grid, options);
        ASSERT_EQ(fits.size(), 10u);
        for (int64_t f = 0; f < 10; ++f) {
          double expected = outputError(layer, f, grid, fits[f]);
          EXPECT_NEAR(fits[f].error, expected, 1e-9 * expected);
          if (shared) {
            EXPECT_EQ(fits[f].scale, fits[0].scale);
          }
          if (powerOfTwo) {
            EXPECT_EQ(std::exp2(std::round(std::log2(fits[f].scale))), fits[f].scale);
          }
        }
      }
}

TEST(LevelFit, TriesTheHalfAndTheDoubleOfAPowerOfTwo) {
  RandomLayer layer = makeLayer(24, 40, 26);
  LevelFitOptions options;
  options.powerOfTwo = true;
  options.sweeps = 0;
  std::vector<int> wins(3);
  for (const LevelGrid &grid : someGrids()) {
    auto fits = fitFilters(layer.moments, layer.factor, layer.weights, grid, options);
    std::vector<double> start, least(40, INFINITY), best(40);
    for (int64_t f = 0; f < 40; ++f)
      start.push_back(
          searchScale(layer.filter(f), layer.moments.diagonal(), grid, /*powerOfTwo=*/true).scale);
    for (double factor : {0.5, 1.0, 2.0}) {
      std::vector<double> scales = start;
      for (double &scale : scales)
        scale *= factor;
      auto rounded =
          roundWithCompensation(layer.moments, layer.factor, layer.weights, scales, grid);
      for (int64_t f = 0; f < 40; ++f)
        if (rounded[f].error < least[f]) {
          least[f] = rounded[f].error;
          best[f] = factor;
        }
    }
    for (int64_t f = 0; f < 40; ++f) {
      EXPECT_EQ(fits[f].error, least[f]);
      EXPECT_EQ(fits[f].scale, start[f] * best[f]);
      ++wins[best[f] == 0.5 ? 0 : best[f] == 1 ? 1 : 2];
    }
  }
  EXPECT_GT(wins[0] + wins[2], 0); // or the layer tests nothing
}

// A refit moves the scale to the least error for the levels; the weights are then rounded
// again, and what is better stays.
TEST(LevelFit, RefitsMoveTheScaleAndRoundAgain) {
  RandomLayer layer = makeLayer(24, 20, 27);
  for (const LevelGrid &grid : someGrids()) {
    LevelFitOptions options;
    options.factors = {1};
    options.sweeps = options.refits = 0;
    auto before = fitFilters(layer.moments, layer.factor, layer.weights, grid, options);
    options.refits = 1;
    auto after = fitFilters(layer.moments, layer.factor, layer.weights, grid, options);
    int moved = 0;
    for (int64_t f = 0; f < 20; ++f) {
      double wl = 0, ll = 0; // in the metric of the moments
      for (int64_t i = 0; i < 24; ++i)
        for (int64_t j = 0; j < 24; ++j) {
          double level = grid[before[f].levels[i]], m = layer.moments.row(i)[j];
          wl += level * m * layer.filter(f)[j];
          ll += level * m * grid[before[f].levels[j]];
        }
      EXPECT_NEAR(after[f].scale, wl / ll, 1e-9 * after[f].scale);
      EXPECT_LE(after[f].error, before[f].error);
      moved += after[f].levels != before[f].levels;
    }
    EXPECT_GT(moved, 0);
  }
}

TEST(LevelFit, OneTermIsExact) {
  for (const LevelGrid &grid : someGrids()) {
    RandomLayer layer = makeLayer(1, 3, 21);
    auto fits = fitFilters(layer.moments, layer.factor, layer.weights, grid);
    for (int64_t f = 0; f < 3; ++f)
      EXPECT_NEAR(fits[f].scale * grid[fits[f].levels[0]], layer.weights[f], 1e-9);
  }
}

// Some of the trials' scales miss, but a filter that is on levels must come out unchanged.
TEST(LevelFit, FiltersOnLevelsStay) {
  std::mt19937 random(22);
  for (const LevelGrid &grid : someGrids()) {
    RandomLayer layer = makeLayer(40, 6, 22);
    for (float &w : layer.weights)
      w = float(0.0371 * grid[random() % grid.size()]);
    double energy = 0;
    for (double value : layer.moments.diagonal())
      energy += value;
    for (const auto &fit : fitFilters(layer.moments, layer.factor, layer.weights, grid))
      EXPECT_LT(fit.error, 1e-12 * energy);
  }
}

TEST(LevelFit, ZeroFilters) {
  RandomLayer layer = makeLayer(12, 3, 23);
  std::fill(layer.weights.begin() + 12, layer.weights.begin() + 24, 0.0f);
  LevelGrid grid = gridOf({4, true, true, true});
  auto fits = fitFilters(layer.moments, layer.factor, layer.weights, grid);
  EXPECT_EQ(fits[1].error, 0);
  for (int level : fits[1].levels)
    EXPECT_EQ(grid[level], 0);
}

TEST(LevelFit, BiasCorrectionKeepsTheMeanOutput) {
  RandomLayer layer = makeLayer(25, 4, 24);
  LevelGrid grid = gridOf({4, true, false, true});
  std::vector<double> mean = layer.inputs.mean();
  auto fits = fitFilters(layer.moments, layer.factor, layer.weights, grid);
  int64_t positions = layer.patches.size() / 25;
  for (int64_t f = 0; f < 4; ++f) {
    double before = 0, after = 0;
    for (int64_t p = 0; p < positions; ++p)
      for (int64_t k = 0; k < 25; ++k) {
        before += double(layer.patches[p * 25 + k]) * layer.filter(f)[k];
        after += layer.patches[p * 25 + k] * fits[f].scale * grid[fits[f].levels[k]];
      }
    EXPECT_NEAR(biasCorrection(mean, layer.filter(f), grid, fits[f]),
                (before - after) / double(positions), 1e-9);
  }
}

// Eight at once compete for the threads that one alone has to itself.
TEST(LevelFit, DoesNotDependOnThreads) {
  RandomLayer layer = makeLayer(50, 33, 25);
  LevelGrid grid = gridOf({4, true, false, true});
  auto fit = [&](bool shared) {
    LevelFitOptions options;
    options.shared = shared;
    return fitFilters(layer.moments, layer.factor, layer.weights, grid, options);
  };
  for (bool shared : {false, true}) {
    std::vector<std::vector<FittedFilter>> results(8);
    parallelFor(8, 8, [&](int64_t i) { results[i] = fit(shared); });
    auto alone = fit(shared);
    for (const auto &result : results)
      for (size_t f = 0; f < alone.size(); ++f) {
        EXPECT_EQ(result[f].levels, alone[f].levels);
        EXPECT_EQ(result[f].scale, alone[f].scale);
        EXPECT_EQ(result[f].error, alone[f].error);
      }
  }
}
