// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/LevelAdmm.h"

#include "RandomLayer.h"
#include "tally/Support/Parallel.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace tally;

namespace {

double errorOf(const RandomLayer &layer, int64_t f, const LevelGrid &grid,
               const FittedFilter &filter) {
  double sum = 0;
  auto error = [&](int64_t k) {
    return layer.filter(f)[k] - filter.scale * grid[filter.levels[k]];
  };
  for (int64_t i = 0; i < layer.terms; ++i)
    for (int64_t j = 0; j < layer.terms; ++j)
      sum += error(i) * error(j) * layer.moments.row(i)[j];
  return sum;
}

} // namespace

// At its end the scale is the least squares' of the levels, and each level the nearest.
TEST(LevelAdmm, ProjectionStaysWhereItIs) {
  for (const LevelGrid &grid : someGrids())
    for (uint32_t seed = 0; seed < 20; ++seed) {
      RandomLayer layer = makeLayer(30, 1, seed);
      double start = searchScale(layer.weights, {}, grid).scale;
      AdmmOptions options;
      options.projections = 200;
      ProjectedFilters fit = projectOntoLevels(layer.weights, grid, start, options);
      double above = 0, below = 0, error = 0;
      for (int k = 0; k < 30; ++k) {
        double w = layer.weights[k], level = grid[fit.levels[0][k]];
        EXPECT_EQ(fit.levels[0][k], grid.nearest(w / fit.scale));
        above += w * level;
        below += level * level;
        error += (w - fit.scale * level) * (w - fit.scale * level);
      }
      EXPECT_NEAR(fit.scale, above / below, 1e-12 * fit.scale);
      EXPECT_NEAR(fit.error, error, 1e-12);
      ProjectedFilters first = projectOntoLevels(layer.weights, grid, start, {0.25, 1, 0});
      EXPECT_LE(fit.error, first.error * (1 + 1e-12));
    }
}

// Ternary weights of three, against all 27 assignments, each with its own best scale: it is no
// better than the best, and what it says of its error is so.
TEST(LevelAdmm, SaysItsError) {
  LevelGrid grid(std::vector<double>{-1, 0, 1});
  for (uint32_t seed = 0; seed < 50; ++seed) {
    RandomLayer layer = makeLayer(3, 1, seed);
    FittedFilter fit = fitByAdmm(layer.moments, layer.weights, grid)[0];
    EXPECT_NEAR(fit.error, errorOf(layer, 0, grid, fit), 1e-9);
    double best = INFINITY;
    for (int code = 0; code < 27; ++code) {
      double levels[3] = {grid[code % 3], grid[code / 3 % 3], grid[code / 9]};
      double wl = 0, ll = 0, ww = 0;
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
          double m = layer.moments.row(i)[j];
          wl += m * layer.weights[i] * levels[j];
          ll += m * levels[i] * levels[j];
          ww += m * layer.weights[i] * layer.weights[j];
        }
      best = std::min(best, ww - (ll > 0 && wl > 0 ? wl * wl / ll : 0));
    }
    EXPECT_GE(fit.error, best - 1e-9);
  }
}

TEST(LevelAdmm, BeatsRoundingEachWeightByItself) {
  for (bool shared : {false, true})
    for (const LevelGrid &grid : someGrids()) {
      RandomLayer layer = makeLayer(48, 12, 18);
      AdmmOptions options;
      options.shared = shared;
      std::vector<FittedFilter> fits = fitByAdmm(layer.moments, layer.weights, grid, options);
      AdmmOptions none = options;
      none.steps = 0;
      std::vector<FittedFilter> start = fitByAdmm(layer.moments, layer.weights, grid, none);
      double error = 0, before = 0, said = 0;
      for (int64_t f = 0; f < 12; ++f) {
        error += errorOf(layer, f, grid, fits[f]);
        before += errorOf(layer, f, grid, start[f]);
        said += shared ? fits[f].error / 12 : fits[f].error;
        EXPECT_TRUE(!shared || fits[f].scale == fits[0].scale);
      }
      EXPECT_LT(error, 0.7 * before);
      EXPECT_NEAR(error, said, 1e-9 * error);
    }
}

TEST(LevelAdmm, ScalesThatArePowersOfTwo) {
  RandomLayer layer = makeLayer(24, 6, 3);
  AdmmOptions options;
  options.powerOfTwo = true;
  for (const FittedFilter &fit :
       fitByAdmm(layer.moments, layer.weights, gridOf({4, true, false, true}), options))
    EXPECT_EQ(fit.scale, std::exp2(std::round(std::log2(fit.scale))));
}

TEST(LevelAdmm, DeadInputsAndZeros) {
  LevelGrid grid = gridOf({4, true, false, true});
  RandomLayer layer = makeLayer(8, 2, 5);
  PaddedMatrix none(8);
  for (const FittedFilter &fit : fitByAdmm(none, layer.weights, grid))
    EXPECT_TRUE(fit.scale > 0 && std::isfinite(fit.scale));
  std::vector<float> zeros(16, 0.0f);
  for (const FittedFilter &fit : fitByAdmm(layer.moments, zeros, grid)) {
    EXPECT_TRUE(fit.scale > 0 && fit.error == 0);
    for (int level : fit.levels)
      EXPECT_EQ(grid[level], 0);
  }
}
