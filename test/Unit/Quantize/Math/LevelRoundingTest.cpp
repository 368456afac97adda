// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RandomLayer.h"

#include <cmath>
#include <gtest/gtest.h>
#include <utility>

using namespace tally;

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

// Odd numbers of terms and filters: neither fills the lanes.
TEST(LevelRounding, ErrorsAreThoseOfTheOutput) {
  for (auto [terms, filters] : {std::pair(1, 1), {5, 3}, {27, 9}, {64, 17}}) {
    RandomLayer layer = makeLayer(terms, filters, 11);
    for (const LevelGrid &grid : someGrids()) {
      auto scales = searchScales(layer, grid);
      auto nearest = roundAllToNearest(layer, grid, scales);
      auto rounded =
          roundWithCompensation(layer.moments, layer.factor, layer.weights, scales, grid);
      ASSERT_EQ(rounded.size(), size_t(filters));
      for (int64_t f = 0; f < filters; ++f)
        for (const FittedFilter &filter : {nearest[f], rounded[f]}) {
          double expected = outputError(layer, f, grid, filter);
          EXPECT_EQ(filter.scale, scales[f]);
          EXPECT_NEAR(filter.error, expected, 1e-9 * expected);
        }
    }
  }
}

TEST(LevelRounding, CompensationBeatsNearestOnCorrelatedInputs) {
  for (int64_t terms : {16, 36, 100}) {
    RandomLayer layer = makeLayer(terms, 16, 12);
    for (const LevelGrid &grid : someGrids()) {
      auto scales = searchScales(layer, grid);
      double nearest = totalError(roundAllToNearest(layer, grid, scales));
      double rounded = totalError(
          roundWithCompensation(layer.moments, layer.factor, layer.weights, scales, grid));
      EXPECT_LT(rounded, 0.75 * nearest) << terms << " terms, " << grid.size() << " levels";
    }
  }
}

/// In place, by Gauss-Jordan elimination.
static void invert(std::vector<std::vector<double>> &matrix) {
  for (size_t c = 0; c < matrix.size(); ++c) {
    double pivot = std::exchange(matrix[c][c], 1.0);
    for (double &value : matrix[c])
      value /= pivot;
    for (size_t i = 0; i < matrix.size(); ++i) {
      if (i == c)
        continue;
      double ratio = std::exchange(matrix[i][c], 0.0);
      for (size_t j = 0; j < matrix.size(); ++j)
        matrix[i][j] -= ratio * matrix[c][j];
    }
  }
}

// The method as it is usually written: each error is passed on by the inverse of the damped
// moments of the inputs that are left.
TEST(LevelRounding, CompensationAsByTheInverse) {
  RandomLayer layer = makeLayer(13, 4, 13);
  const std::vector<int> &order = layer.factor.order;
  double damping = 0;
  for (double value : layer.moments.diagonal())
    damping += 0.01 * value / double(layer.terms);
  for (const LevelGrid &grid : someGrids()) {
    auto scales = searchScales(layer, grid);
    auto rounded = roundWithCompensation(layer.moments, layer.factor, layer.weights, scales, grid);
    for (int64_t f = 0; f < layer.filters; ++f) {
      std::vector<double> weights(layer.filter(f).begin(), layer.filter(f).end());
      for (size_t k = 0; k < order.size(); ++k) {
        std::vector<std::vector<double>> inverse; // of the inputs order[k], order[k + 1], ...
        for (size_t i = k; i < order.size(); ++i) {
          std::vector<double> row;
          for (size_t j = k; j < order.size(); ++j)
            row.push_back(layer.moments.row(order[i])[order[j]] + (i == j ? damping : 0));
          inverse.push_back(row);
        }
        invert(inverse);
        int level = grid.nearest(weights[order[k]] / scales[f]);
        ASSERT_EQ(rounded[f].levels[order[k]], level) << "filter " << f << ", step " << k;
        double error = (weights[order[k]] - scales[f] * grid[level]) / inverse[0][0];
        for (size_t j = k; j < order.size(); ++j)
          weights[order[j]] -= error * inverse[0][j - k];
      }
    }
  }
}

TEST(LevelRounding, IndependentInputsRoundToNearest) {
  RandomLayer layer = makeLayer(20, 10, 14);
  PaddedMatrix diagonal(20);
  for (int64_t k = 0; k < 20; ++k)
    diagonal.row(k)[k] = k % 5 == 4 ? 0 : 0.1 + double(k % 3);
  layer.moments = diagonal;
  layer.factor = factorForRounding(diagonal);
  for (const LevelGrid &grid : someGrids()) {
    auto scales = searchScales(layer, grid);
    auto nearest = roundAllToNearest(layer, grid, scales);
    auto rounded = roundWithCompensation(layer.moments, layer.factor, layer.weights, scales, grid);
    for (int64_t f = 0; f < 10; ++f) {
      EXPECT_EQ(rounded[f].levels, nearest[f].levels);
      FittedFilter descended = rounded[f];
      EXPECT_EQ(descend(layer.moments, layer.filter(f), grid, descended, 5), 0);
    }
  }
}

TEST(LevelRounding, WeightsOfDeadInputsTakeTheirNearestLevel) {
  RandomLayer layer = makeLayer(30, 5, 15, /*deadEvery=*/3);
  for (const LevelGrid &grid : someGrids()) {
    for (const auto &filters : {fitFilters(layer.moments, layer.factor, layer.weights, grid),
                                roundWithCompensation(layer.moments, layer.factor, layer.weights,
                                                      searchScales(layer, grid), grid)})
      for (int64_t f = 0; f < 5; ++f) {
        EXPECT_TRUE(std::isfinite(filters[f].error));
        auto nearest = roundToNearest(layer.moments, layer.filter(f), grid, filters[f].scale);
        for (int64_t k = 0; k < 30; k += 3)
          EXPECT_EQ(filters[f].levels[k], nearest.levels[k]);
      }
  }
}

TEST(LevelRounding, AllInputsDead) {
  RandomLayer layer = makeLayer(10, 3, 16, /*deadEvery=*/1);
  LevelGrid grid = gridOf({4, true, true, true});
  auto filters = fitFilters(layer.moments, layer.factor, layer.weights, grid);
  for (int64_t f = 0; f < 3; ++f) {
    EXPECT_EQ(filters[f].error, 0);
    EXPECT_EQ(filters[f].levels,
              roundToNearest(layer.moments, layer.filter(f), grid, filters[f].scale).levels);
  }
}

//===----------------------------------------------------------------------===//
// Descent
//===----------------------------------------------------------------------===//

TEST(LevelRounding, DescentNeverWorsensAndEndsInALocalMinimum) {
  std::mt19937 random(17);
  for (int trial = 0; trial < 20; ++trial) {
    RandomLayer layer = makeLayer(3 + trial, 1, 100 + trial, trial % 4 == 0 ? 3 : 0);
    for (const LevelGrid &grid : someGrids()) {
      FittedFilter filter{searchScales(layer, grid)[0], {}, 0};
      for (int64_t k = 0; k < layer.terms; ++k)
        filter.levels.push_back(random() % grid.size());
      FittedFilter before = filter;
      double start = outputError(layer, 0, grid, before), last = start;
      for (int sweep = 0; sweep < 3; ++sweep) { // one at a time
        int64_t moves = descend(layer.moments, layer.filter(0), grid, filter, 1);
        EXPECT_LE(filter.error, last * (1 + 1e-9));
        EXPECT_EQ(moves == 0, filter.levels == before.levels);
        EXPECT_EQ(filter.scale, before.scale);
        EXPECT_NEAR(filter.error, outputError(layer, 0, grid, filter), 1e-9 * start);
        last = filter.error;
        before = filter;
      }
      descend(layer.moments, layer.filter(0), grid, filter, 1000);
      for (int64_t k = 0; k < layer.terms; ++k)
        for (int level = 0; level < grid.size(); ++level) {
          FittedFilter other = filter;
          other.levels[k] = level;
          EXPECT_GE(outputError(layer, 0, grid, other), filter.error * (1 - 1e-6));
        }
    }
  }
}
