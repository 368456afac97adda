// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/AdderFit.h"

#include "tally/Support/Parallel.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

namespace {

std::mt19937 random32(17);

std::vector<float> makeReals(size_t count, float low, float high) {
  std::uniform_real_distribution<float> uniform(low, high);
  std::vector<float> values(count);
  for (float &v : values)
    v = uniform(random32);
  return values;
}

std::vector<uint8_t> makeCodes(size_t count, int levels = 255) {
  std::vector<uint8_t> codes(count);
  for (uint8_t &code : codes)
    code = random32() % 4 ? random32() % (levels + 1) : random32() % 2 ? levels : 0;
  return codes;
}

double weightedVariance(const std::vector<float> &values, const std::vector<float> &weights) {
  double n = 0, sum = 0, squares = 0;
  for (size_t i = 0; i < values.size(); ++i)
    n += weights[i], sum += double(weights[i]) * values[i];
  for (size_t i = 0; i < values.size(); ++i)
    squares += weights[i] * (values[i] - sum / n) * (values[i] - sum / n);
  return squares / n;
}

/// One filter's rounding problem: codes of inputs, and what its output should be.
struct Problem {
  int64_t terms, positions;
  CodeGrid grid;
  std::vector<uint8_t> columns;
  std::vector<float> target, weight;

  WeightedErrors errorsOf(const std::vector<uint8_t> &codes) const {
    WeightedErrors errors{weight, target};
    for (int64_t p = 0; p < positions; ++p)
      for (int64_t k = 0; k < terms; ++k)
        errors.error[p] += float(grid.step * std::abs(columns[k * positions + p] - codes[k]));
    return errors;
  }
  double errorOf(const std::vector<uint8_t> &codes) const {
    return weightedVariance(errorsOf(codes).error, weight);
  }
};

Problem makeProblem(int64_t terms, int64_t positions, int levels) {
  Problem problem{terms, positions, {0.125, 0, levels}, makeCodes(terms * positions, levels),
                  {},    {}};
  problem.target = makeReals(positions, -float(terms), 0);
  problem.weight = makeReals(positions, 0.3f, 1);
  return problem;
}

} // namespace

TEST(CodeGrid, EncodesTheNearestCode) {
  CodeGrid grid{0.25, 4, 15};
  EXPECT_EQ(grid.encode(0), 4);
  EXPECT_EQ(grid.encode(0.125), 5); // halves go up
  EXPECT_EQ(grid.encode(-0.125), 4);
  EXPECT_EQ(grid.encode(-100), 0);
  EXPECT_EQ(grid.encode(1e30), 15);
  for (int code = 0; code <= 15; ++code)
    EXPECT_EQ(grid.encode(grid.decode(code)), code);
}

TEST(AdderFit, SumDifferences) {
  for (auto [positions, filters, terms] :
       {std::tuple(1, 1, 1), std::tuple(7, 3, 5), std::tuple(50, 17, 144)}) {
    auto x = makeCodes(positions * terms), w = makeCodes(filters * terms);
    auto sums = sumDifferences(x, w, terms);
    ASSERT_EQ(sums.size(), size_t(positions * filters));
    for (int p = 0; p < positions; ++p)
      for (int f = 0; f < filters; ++f) {
        int expected = 0;
        for (int k = 0; k < terms; ++k)
          expected += std::abs(x[p * terms + k] - w[f * terms + k]);
        ASSERT_EQ(sums[p * filters + f], expected);
      }
  }
}

TEST(AdderFit, RelativeErrorVariance) {
  int64_t positions = 33, filters = 4, terms = 9;
  auto patches = makeReals(positions * terms, -1, 3), weights = makeReals(filters * terms, -2, 5);
  std::vector<float> target(positions * filters);
  for (CodeGrid grid : {CodeGrid{0.25, 0, 15}, CodeGrid{0.02, 50, 255}}) {
    double expected = 0;
    for (int64_t f = 0; f < filters; ++f) {
      std::vector<float> errors(positions), outputs(positions), ones(positions, 1.0f);
      for (int64_t p = 0; p < positions; ++p) {
        double exact = 0, rounded = 0;
        for (int64_t k = 0; k < terms; ++k) {
          float x = patches[p * terms + k], w = weights[f * terms + k];
          exact -= std::fabs(x - w);
          rounded -= std::fabs(grid.decode(grid.encode(x)) - grid.decode(grid.encode(w)));
        }
        target[p * filters + f] = outputs[p] = float(exact);
        errors[p] = float(exact - rounded);
      }
      expected +=
          weightedVariance(errors, ones) / weightedVariance(outputs, ones) / double(filters);
    }
    double got = relativeErrorVariance(patches, weights, target, terms, grid);
    EXPECT_NEAR(got, expected, 1e-4 * expected);
    EXPECT_GT(expected, 1e-6);
  }
}

TEST(AdderFit, RelativeErrorVarianceOfExactCodesIsZero) {
  std::vector<float> patches, weights = {0, 1.5, 3, 0.5};
  for (uint8_t code : makeCodes(64, 6))
    patches.push_back(float(code) * 0.5f);
  std::vector<float> target;
  for (int p = 0; p < 32; ++p)
    for (int f = 0; f < 2; ++f)
      target.push_back(-std::fabs(patches[2 * p] - weights[2 * f]) -
                       std::fabs(patches[2 * p + 1] - weights[2 * f + 1]));
  EXPECT_EQ(relativeErrorVariance(patches, weights, target, 2, {0.5, 0, 15}), 0);
}

// The last refinement steps by 1.15^(1/8), so the minimum is met within 1 %.
TEST(AdderFit, SearchFactorFindsTheMinimum) {
  for (double minimum : {0.36, 0.5, 0.77, 1.0, 1.2, 1.39}) {
    int calls = 0;
    double found = searchFactor([&](double factor) {
      ++calls;
      return std::fabs(std::log(factor / minimum));
    });
    EXPECT_NEAR(found, minimum, 0.01 * minimum);
    EXPECT_EQ(calls, 17);
  }
}

TEST(AdderFit, SearchFactorKeepsOneWithoutAnyFiniteError) {
  EXPECT_EQ(searchFactor([](double) { return NAN; }), 1);
}

TEST(AdderFit, RoundingNeverGetsWorse) {
  for (int trial = 0; trial < 60; ++trial) {
    Problem problem = makeProblem(1 + trial % 9, 16 * (1 + trial % 4), trial % 2 ? 15 : 255);
    auto codes = makeCodes(problem.terms, problem.grid.levels), before = codes;
    WeightedErrors errors = problem.errorsOf(codes);
    int64_t changes = optimizeRounding(problem.columns, codes, errors, problem.grid, 1 + trial % 3);
    if (codes != before) {
      EXPECT_LT(problem.errorOf(codes), problem.errorOf(before));
    }
    EXPECT_EQ(changes == 0, codes == before);
    EXPECT_LE(*std::max_element(codes.begin(), codes.end()), problem.grid.levels);
  }
}

// With sweeps to spare it stops only where no single step of one code helps.
TEST(AdderFit, RoundingEndsInALocalMinimum) {
  for (int trial = 0; trial < 30; ++trial) {
    Problem problem = makeProblem(1 + trial % 6, 48, 31);
    auto codes = makeCodes(problem.terms, 31);
    WeightedErrors errors = problem.errorsOf(codes);
    optimizeRounding(problem.columns, codes, errors, problem.grid, 1000);
    double reached = problem.errorOf(codes);
    for (int64_t k = 0; k < problem.terms; ++k)
      for (int step : {-1, 1}) {
        auto other = codes;
        if (other[k] + step < 0 || other[k] + step > 31)
          continue;
        other[k] += step;
        EXPECT_GE(problem.errorOf(other), reached * (1 - 1e-5)) << "term " << k;
      }
  }
}

// With one term, an output that some code reproduces leads there from everywhere.
TEST(AdderFit, RoundingOfOneTermFindsTheOptimum) {
  for (int start : {0, 9, 31})
    for (int optimum : {3, 17, 30}) {
      Problem problem = makeProblem(1, 64, 31);
      for (int64_t p = 0; p < 64; ++p)
        problem.columns[p] = p / 2;
      for (int64_t p = 0; p < 64; ++p)
        problem.target[p] = float(-0.125 * std::abs(problem.columns[p] - optimum)) + 5; // any mean
      std::vector<uint8_t> codes = {uint8_t(start)};
      WeightedErrors errors = problem.errorsOf(codes);
      EXPECT_EQ(optimizeRounding(problem.columns, codes, errors, problem.grid, 64),
                std::abs(start - optimum));
      EXPECT_EQ(codes[0], optimum);
    }
}

TEST(AdderFit, RoundingWithoutWeightChangesNothing) {
  Problem problem = makeProblem(3, 16, 15);
  std::fill(problem.weight.begin(), problem.weight.end(), 0.0f);
  std::vector<uint8_t> codes = {1, 2, 3};
  WeightedErrors errors = problem.errorsOf(codes);
  EXPECT_EQ(optimizeRounding(problem.columns, codes, errors, problem.grid, 3), 0);
  EXPECT_EQ(codes, (std::vector<uint8_t>{1, 2, 3}));
}

// The normal equations of y = scale * x + bias, solved by Cramer's rule.
TEST(AdderFit, FitAffine) {
  for (float slope : {0.7f, 1.2f, 9.0f, -1.0f}) {
    auto x = makeReals(200, -5, 3), w = makeReals(200, 0, 1), y = makeReals(200, -1, 1);
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      y[i] += slope * x[i] + 2;
      n += w[i], sx += w[i] * x[i], sy += w[i] * y[i];
      sxx += double(w[i]) * x[i] * x[i], sxy += double(w[i]) * x[i] * y[i];
    }
    double scale = std::clamp((n * sxy - sx * sy) / (n * sxx - sx * sx), 0.5, 1.5);
    AffineFit fit = fitAffine(x, y, w, /*onlyMean=*/false);
    EXPECT_NEAR(fit.scale, scale, 1e-5);
    EXPECT_NEAR(fit.bias, (sy - scale * sx) / n, 1e-4);
    AffineFit mean = fitAffine(x, y, w, /*onlyMean=*/true);
    EXPECT_EQ(mean.scale, 1);
    EXPECT_NEAR(mean.bias, (sy - sx) / n, 1e-4);
  }
}

TEST(AdderFit, FitAffineOfWhatSaysNothing) {
  std::vector<float> constant(8, 3.0f), y = makeReals(8, 0, 1), ones(8, 1.0f), none(8, 0.0f);
  EXPECT_EQ(fitAffine(constant, y, ones, false).scale, 1);
  EXPECT_EQ(fitAffine(y, constant, none, false).scale, 1);
  EXPECT_EQ(fitAffine(y, constant, none, false).bias, 0);
}

// Eight at once compete for the threads that one alone has to itself.
TEST(AdderFit, ResultsDoNotDependOnThreads) {
  int64_t positions = 999, filters = 8, terms = 27;
  auto patches = makeReals(positions * terms, 0, 2), weights = makeReals(filters * terms, -2, 3);
  auto target = makeReals(positions * filters, -30, 0);
  auto x = makeCodes(positions * terms), w = makeCodes(filters * terms);
  std::vector<double> variances(8);
  std::vector<std::vector<int32_t>> sums(8);
  parallelFor(8, 8, [&](int64_t i) {
    variances[i] = relativeErrorVariance(patches, weights, target, terms, {0.01, 20, 255});
    sums[i] = sumDifferences(x, w, terms);
  });
  double variance = relativeErrorVariance(patches, weights, target, terms, {0.01, 20, 255});
  EXPECT_EQ(variances, std::vector<double>(8, variance));
  EXPECT_EQ(sums, std::vector<std::vector<int32_t>>(8, sumDifferences(x, w, terms)));
}
