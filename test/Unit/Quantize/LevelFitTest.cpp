#include "tally/Quantize/LevelFit.h"

#include "tally/IR/PowerOfTwo.h"
#include "tally/Run/Parallel.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

namespace {

LevelGrid gridOf(PowerOfTwoFormat format) {
  return LevelGrid(llvm::ArrayRef<int64_t>(PowerOfTwoLevels::get(format)->sorted()));
}

std::vector<LevelGrid> someGrids() {
  return {gridOf({4, true, false, true}), gridOf({4, true, false, false}),
          gridOf({4, true, true, true}), gridOf({3, true, true, true}),
          LevelGrid(std::vector<double>{-4, -3, -2, -1, 0, 1, 2, 3})};
}

/// A layer: inputs behind a ReLU that share a few causes, and weights.
struct Problem {
  int64_t terms, filters;
  std::vector<float> patches, weights;
  InputMoments inputs;
  PaddedMatrix moments, factor;

  llvm::ArrayRef<float> filter(int64_t f) const {
    return llvm::ArrayRef<float>(weights).slice(f * terms, terms);
  }
};

std::vector<float> makePatches(int64_t positions, int64_t terms, std::mt19937 &random) {
  std::normal_distribution<float> normal;
  const int64_t causes = terms / 4 + 1;
  std::vector<float> mix(terms * causes), patches;
  for (float &m : mix)
    m = normal(random);
  for (int64_t p = 0; p < positions; ++p) {
    std::vector<float> cause(causes);
    for (float &c : cause)
      c = normal(random);
    for (int64_t k = 0; k < terms; ++k) {
      float x = 0.3f * normal(random);
      for (int64_t c = 0; c < causes; ++c)
        x += mix[k * causes + c] * cause[c];
      patches.push_back(std::max(x, 0.0f));
    }
  }
  return patches;
}

Problem makeProblem(int64_t terms, int64_t filters, uint32_t seed, int64_t deadEvery = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.1f);
  auto patches = makePatches(4 * terms + 40, terms, random);
  for (size_t i = 0; deadEvery && i < patches.size(); ++i)
    if (i % terms % deadEvery == 0)
      patches[i] = 0;
  std::vector<float> weights(terms * filters);
  for (float &w : weights)
    w = normal(random);
  InputMoments inputs(terms);
  inputs.add(patches);
  PaddedMatrix moments = inputs.secondMoments(), factor = factorForRounding(moments);
  return {terms, filters, patches, weights, inputs, moments, factor};
}

/// The mean square of what the output changes by, over the patches themselves.
double outputError(const Problem &problem, int64_t f, const LevelGrid &grid,
                   const FittedFilter &filter) {
  double total = 0;
  int64_t positions = problem.patches.size() / problem.terms;
  for (int64_t p = 0; p < positions; ++p) {
    double change = 0;
    for (int64_t k = 0; k < problem.terms; ++k)
      change += problem.patches[p * problem.terms + k] *
                (problem.filter(f)[k] - filter.scale * grid[filter.levels[k]]);
    total += change * change;
  }
  return total / double(positions);
}

std::vector<double> searchScales(const Problem &problem, const LevelGrid &grid) {
  std::vector<double> scales;
  for (int64_t f = 0; f < problem.filters; ++f)
    scales.push_back(searchScale(problem.filter(f), problem.moments.diagonal(), grid).scale);
  return scales;
}

std::vector<FittedFilter> roundAllToNearest(const Problem &problem, const LevelGrid &grid,
                                            llvm::ArrayRef<double> scales) {
  std::vector<FittedFilter> result;
  for (int64_t f = 0; f < problem.filters; ++f)
    result.push_back(roundToNearest(problem.moments, problem.filter(f), grid, scales[f]));
  return result;
}

double totalError(llvm::ArrayRef<FittedFilter> filters) {
  double sum = 0;
  for (const FittedFilter &filter : filters)
    sum += filter.error;
  return sum;
}

} // namespace

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

// Odd numbers of terms and filters: neither fills the lanes.
TEST(LevelFit, ErrorsAreThoseOfTheOutput) {
  for (auto [terms, filters] : {std::pair(1, 1), {5, 3}, {27, 9}, {64, 17}}) {
    Problem problem = makeProblem(terms, filters, 11);
    for (const LevelGrid &grid : someGrids()) {
      auto scales = searchScales(problem, grid);
      auto nearest = roundAllToNearest(problem, grid, scales);
      auto rounded =
          roundWithCompensation(problem.moments, problem.factor, problem.weights, scales, grid);
      ASSERT_EQ(rounded.size(), size_t(filters));
      for (int64_t f = 0; f < filters; ++f)
        for (const FittedFilter &filter : {nearest[f], rounded[f]}) {
          double expected = outputError(problem, f, grid, filter);
          EXPECT_EQ(filter.scale, scales[f]);
          EXPECT_NEAR(filter.error, expected, 1e-9 * expected);
        }
    }
  }
}

TEST(LevelFit, CompensationBeatsNearestOnCorrelatedInputs) {
  for (int64_t terms : {16, 36, 100}) {
    Problem problem = makeProblem(terms, 16, 12);
    for (const LevelGrid &grid : someGrids()) {
      auto scales = searchScales(problem, grid);
      double nearest = totalError(roundAllToNearest(problem, grid, scales));
      double rounded = totalError(
          roundWithCompensation(problem.moments, problem.factor, problem.weights, scales, grid));
      EXPECT_LT(rounded, 0.75 * nearest) << terms << " terms, " << grid.size() << " levels";
    }
  }
}

// The method as it is usually written: errors passed on by the inverse of the damped moments
// that are left, inverted anew after each input by elimination.
TEST(LevelFit, CompensationAsByTheInverse) {
  Problem problem = makeProblem(13, 4, 13);
  int64_t n = problem.terms;
  double damping = 0;
  for (double value : problem.moments.diagonal())
    damping += 0.01 * value / double(n);
  for (const LevelGrid &grid : someGrids()) {
    auto scales = searchScales(problem, grid);
    auto rounded =
        roundWithCompensation(problem.moments, problem.factor, problem.weights, scales, grid);
    for (int64_t f = 0; f < problem.filters; ++f) {
      // Gauss-Jordan: [H | I] becomes [I | H^-1].
      std::vector<std::vector<double>> inverse(n, std::vector<double>(2 * n));
      for (int64_t i = 0; i < n; ++i) {
        std::copy_n(problem.moments.row(i), n, inverse[i].begin());
        inverse[i][i] += damping;
        inverse[i][n + i] = 1;
      }
      for (int64_t c = 0; c < n; ++c)
        for (int64_t i = 0; i < n; ++i) {
          double ratio = i == c ? 1 - 1 / inverse[c][c] : inverse[i][c] / inverse[c][c];
          std::vector<double> pivot = inverse[c];
          for (int64_t j = 0; j < 2 * n && i != c; ++j)
            inverse[i][j] -= ratio * pivot[j];
        }
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < n; ++j)
          inverse[i][n + j] /= inverse[i][i];

      std::vector<double> weights(problem.filter(f).begin(), problem.filter(f).end());
      for (int64_t k = 0; k < n; ++k) {
        int level = grid.nearest(weights[k] / scales[f]);
        ASSERT_EQ(rounded[f].levels[k], level) << "filter " << f << ", term " << k;
        double error = (weights[k] - scales[f] * grid[level]) / inverse[k][n + k];
        for (int64_t j = k + 1; j < n; ++j)
          weights[j] -= error * inverse[k][n + j];
        std::vector<double> row(inverse[k].begin() + n, inverse[k].end());
        for (int64_t i = k + 1; i < n; ++i)
          for (int64_t j = k + 1; j < n; ++j)
            inverse[i][n + j] -= row[i] * row[j] / row[k];
      }
    }
  }
}

TEST(LevelFit, IndependentInputsRoundToNearest) {
  Problem problem = makeProblem(20, 10, 14);
  PaddedMatrix diagonal(20);
  for (int64_t k = 0; k < 20; ++k)
    diagonal.row(k)[k] = k % 5 == 4 ? 0 : 0.1 + double(k % 3);
  problem.moments = diagonal;
  problem.factor = factorForRounding(diagonal);
  for (const LevelGrid &grid : someGrids()) {
    auto scales = searchScales(problem, grid);
    auto nearest = roundAllToNearest(problem, grid, scales);
    auto rounded =
        roundWithCompensation(problem.moments, problem.factor, problem.weights, scales, grid);
    for (int64_t f = 0; f < 10; ++f) {
      EXPECT_EQ(rounded[f].levels, nearest[f].levels);
      FittedFilter descended = rounded[f];
      EXPECT_EQ(descend(problem.moments, problem.filter(f), grid, descended, 5), 0);
    }
  }
}

TEST(LevelFit, WeightsOfDeadInputsTakeTheirNearestLevel) {
  Problem problem = makeProblem(30, 5, 15, /*deadEvery=*/3);
  for (const LevelGrid &grid : someGrids()) {
    for (const auto &filters :
         {fitFilters(problem.moments, problem.factor, problem.weights, grid),
          roundWithCompensation(problem.moments, problem.factor, problem.weights,
                                searchScales(problem, grid), grid)})
      for (int64_t f = 0; f < 5; ++f) {
        EXPECT_TRUE(std::isfinite(filters[f].error));
        auto nearest = roundToNearest(problem.moments, problem.filter(f), grid, filters[f].scale);
        for (int64_t k = 0; k < 30; k += 3)
          EXPECT_EQ(filters[f].levels[k], nearest.levels[k]);
      }
  }
}

TEST(LevelFit, AllInputsDead) {
  Problem problem = makeProblem(10, 3, 16, /*deadEvery=*/1);
  LevelGrid grid = gridOf({4, true, true, true});
  auto filters = fitFilters(problem.moments, problem.factor, problem.weights, grid);
  for (int64_t f = 0; f < 3; ++f) {
    EXPECT_EQ(filters[f].error, 0);
    EXPECT_EQ(filters[f].levels,
              roundToNearest(problem.moments, problem.filter(f), grid, filters[f].scale).levels);
  }
}

//===----------------------------------------------------------------------===//
// Descent
//===----------------------------------------------------------------------===//

TEST(LevelFit, DescentNeverWorsensAndEndsInALocalMinimum) {
  std::mt19937 random(17);
  for (int trial = 0; trial < 20; ++trial) {
    Problem problem = makeProblem(3 + trial, 1, 100 + trial, trial % 4 == 0 ? 3 : 0);
    for (const LevelGrid &grid : someGrids()) {
      FittedFilter filter{searchScales(problem, grid)[0], {}, 0};
      for (int64_t k = 0; k < problem.terms; ++k)
        filter.levels.push_back(random() % grid.size());
      FittedFilter before = filter;
      double start = outputError(problem, 0, grid, before), last = start;
      for (int sweep = 0; sweep < 3; ++sweep) { // one at a time
        int64_t moves = descend(problem.moments, problem.filter(0), grid, filter, 1);
        EXPECT_LE(filter.error, last * (1 + 1e-9));
        EXPECT_EQ(moves == 0, filter.levels == before.levels);
        EXPECT_EQ(filter.scale, before.scale);
        EXPECT_NEAR(filter.error, outputError(problem, 0, grid, filter), 1e-9 * start);
        last = filter.error;
        before = filter;
      }
      descend(problem.moments, problem.filter(0), grid, filter, 1000);
      for (int64_t k = 0; k < problem.terms; ++k)
        for (int level = 0; level < grid.size(); ++level) {
          FittedFilter other = filter;
          other.levels[k] = level;
          EXPECT_GE(outputError(problem, 0, grid, other), filter.error * (1 - 1e-6));
        }
    }
  }
}

//===----------------------------------------------------------------------===//
// The whole fit
//===----------------------------------------------------------------------===//

// At a given scale, all assignments of four weights: the fit's own scale must lead to at most
// 1.5 times the least error, and to 1.1 times in the mean.
TEST(LevelFit, CloseToTheOptimumOfSmallFilters) {
  LevelGrid grid = gridOf({3, true, false, true}); // 7 levels: 2401 assignments
  double ratios = 0;
  const int trials = 60;
  for (int trial = 0; trial < trials; ++trial) {
    Problem problem = makeProblem(4, 1, 200 + trial);
    FittedFilter fit = fitFilters(problem.moments, problem.factor, problem.weights, grid)[0];
    double best = INFINITY;
    for (int code = 0; code < 2401; ++code) {
      double e[4], error = 0;
      for (int k = 0, rest = code; k < 4; ++k, rest /= 7)
        e[k] = problem.weights[k] - fit.scale * grid[rest % 7];
      for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j)
          error += e[i] * e[j] * problem.moments.row(i)[j];
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
    Problem problem = makeProblem(48, 12, 18);
    for (const LevelGrid &grid : someGrids()) {
      LevelFitOptions plain;
      plain.factors = {1};
      plain.refits = plain.sweeps = 0;
      plain.shared = shared;
      auto error = [&](LevelFitOptions options) {
        return totalError(
            fitFilters(problem.moments, problem.factor, problem.weights, grid, options));
      };
      LevelFitOptions scales = plain, descent, full;
      scales.factors = LevelFitOptions().factors;
      descent.shared = full.shared = shared;
      descent.refits = 0;
      EXPECT_LE(error(scales), error(plain));
      EXPECT_LE(error(descent), error(scales));
      EXPECT_LE(error(full), error(descent));
      EXPECT_LT(error(full), 0.9 * error(plain));
    }
  }
}

TEST(LevelFit, PlainOptionsAreRoundingAtTheSearchedScales) {
  Problem problem = makeProblem(20, 9, 19);
  LevelGrid grid = gridOf({4, true, false, true});
  LevelFitOptions options;
  options.factors = {1};
  options.refits = options.sweeps = 0;
  auto fits = fitFilters(problem.moments, problem.factor, problem.weights, grid, options);
  auto rounded = roundWithCompensation(problem.moments, problem.factor, problem.weights,
                                       searchScales(problem, grid), grid);
  for (int64_t f = 0; f < 9; ++f) {
    EXPECT_EQ(fits[f].levels, rounded[f].levels);
    EXPECT_EQ(fits[f].error, rounded[f].error);
  }
}

TEST(LevelFit, ErrorsAndScalesOfTheFit) {
  Problem problem = makeProblem(36, 10, 20);
  for (const LevelGrid &grid : someGrids())
    for (bool shared : {false, true})
      for (bool powerOfTwo : {false, true}) {
        LevelFitOptions options;
        options.shared = shared;
        options.powerOfTwo = powerOfTwo;
        auto fits = fitFilters(problem.moments, problem.factor, problem.weights, grid, options);
        ASSERT_EQ(fits.size(), 10u);
        for (int64_t f = 0; f < 10; ++f) {
          double expected = outputError(problem, f, grid, fits[f]);
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

TEST(LevelFit, OneTermIsExact) {
  for (const LevelGrid &grid : someGrids()) {
    Problem problem = makeProblem(1, 3, 21);
    auto fits = fitFilters(problem.moments, problem.factor, problem.weights, grid);
    for (int64_t f = 0; f < 3; ++f)
      EXPECT_NEAR(fits[f].scale * grid[fits[f].levels[0]], problem.weights[f], 1e-9);
  }
}

// Some of the trials' scales miss, but a filter that is on levels must come out unchanged.
TEST(LevelFit, FiltersOnLevelsStay) {
  std::mt19937 random(22);
  for (const LevelGrid &grid : someGrids()) {
    Problem problem = makeProblem(40, 6, 22);
    for (float &w : problem.weights)
      w = float(0.0371 * grid[random() % grid.size()]);
    double energy = 0;
    for (double value : problem.moments.diagonal())
      energy += value;
    for (const auto &fit : fitFilters(problem.moments, problem.factor, problem.weights, grid))
      EXPECT_LT(fit.error, 1e-12 * energy);
  }
}

TEST(LevelFit, ZeroFilters) {
  Problem problem = makeProblem(12, 3, 23);
  std::fill(problem.weights.begin() + 12, problem.weights.begin() + 24, 0.0f);
  LevelGrid grid = gridOf({4, true, true, true});
  auto fits = fitFilters(problem.moments, problem.factor, problem.weights, grid);
  EXPECT_EQ(fits[1].error, 0);
  for (int level : fits[1].levels)
    EXPECT_EQ(grid[level], 0);
}

TEST(LevelFit, BiasCorrectionKeepsTheMeanOutput) {
  Problem problem = makeProblem(25, 4, 24);
  LevelGrid grid = gridOf({4, true, false, true});
  std::vector<double> mean = problem.inputs.mean();
  auto fits = fitFilters(problem.moments, problem.factor, problem.weights, grid);
  int64_t positions = problem.patches.size() / 25;
  for (int64_t f = 0; f < 4; ++f) {
    double before = 0, after = 0;
    for (int64_t p = 0; p < positions; ++p)
      for (int64_t k = 0; k < 25; ++k) {
        before += double(problem.patches[p * 25 + k]) * problem.filter(f)[k];
        after += problem.patches[p * 25 + k] * fits[f].scale * grid[fits[f].levels[k]];
      }
    EXPECT_NEAR(biasCorrection(mean, problem.filter(f), grid, fits[f]),
                (before - after) / double(positions), 1e-9);
  }
}

// Eight at once compete for the threads that one alone has to itself.
TEST(LevelFit, DoesNotDependOnThreads) {
  Problem problem = makeProblem(50, 33, 25);
  LevelGrid grid = gridOf({4, true, false, true});
  auto fit = [&](bool shared) {
    LevelFitOptions options;
    options.shared = shared;
    return fitFilters(problem.moments, problem.factor, problem.weights, grid, options);
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
