//===- LevelGrid.cpp - rounding weights to a list of levels ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/LevelGrid.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace tally {

LevelGrid::LevelGrid(std::vector<double> rising) : levels(std::move(rising)) {
  assert(!levels.empty() && largestMagnitude() > 0 && "needs a level besides zero");
  for (size_t i = 1; i < levels.size(); ++i) {
    assert(levels[i - 1] < levels[i] && "levels must rise");
    double middle = 0.5 * (levels[i - 1] + levels[i]);
    // A negative tie belongs to the lower level, so the upper begins just above it.
    if (middle < 0)
      middle = std::nextafter(middle, 0.0);
    lowerBounds.push_back(middle);
  }
}

double LevelGrid::largestMagnitude() const {
  return std::max(std::fabs(levels.front()), std::fabs(levels.back()));
}

int LevelGrid::nearest(double value) const {
  return int(std::upper_bound(lowerBounds.begin(), lowerBounds.end(), value) - lowerBounds.begin());
}

//===----------------------------------------------------------------------===//
// Scale
//===----------------------------------------------------------------------===//

namespace {

/// Weights in rising order with running sums, so that a scale's error takes as many binary
/// searches as there are levels, however many weights there are.
class SortedWeights {
public:
  SortedWeights(llvm::ArrayRef<float> weights, llvm::ArrayRef<double> moments,
                const LevelGrid &grid, ErrorRule rule)
      : grid(grid), rule(rule), sums(rule == ErrorRule::Fourth ? 5 : 3, {0.0}) {
    assert((moments.empty() || weights.size() % moments.size() == 0) &&
           "moments must cover whole filters");
    auto momentOf = [&](size_t i) { return moments.empty() ? 1.0 : moments[i % moments.size()]; };
    std::vector<size_t> order;
    for (size_t i = 0; i < weights.size(); ++i)
      if (momentOf(i) > 0)
        order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return weights[a] < weights[b]; });
    for (size_t i : order) {
      values.push_back(weights[i]);
      double term = momentOf(i);
      for (std::vector<double> &sum : sums) {
        sum.push_back(sum.back() + term);
        term *= values.back();
      }
    }
  }

  bool empty() const { return values.empty(); }
  double largestMagnitude() const {
    return empty() ? 0 : std::max(std::fabs(values.front()), std::fabs(values.back()));
  }

  /// The error at `scale`; `fitted` becomes the scale of the least squared error for the levels
  /// that `scale` leads to, or `scale` if there is none.
  double error(double scale, double &fitted) const {
    double wl = 0, ll = 0, fourth = 0;
    size_t begin = 0;
    for (int i = 0; i < grid.size(); ++i) {
      size_t end = values.size();
      if (i + 1 < grid.size())
        end = std::lower_bound(values.begin() + begin, values.end(), scale * grid.thresholds()[i]) -
              values.begin();
      auto sumOf = [&](int k) { return sums[k][end] - sums[k][begin]; };
      wl += grid[i] * sumOf(1);
      ll += grid[i] * grid[i] * sumOf(0);
      if (rule == ErrorRule::Fourth) {
        double q = scale * grid[i];
        fourth +=
            sumOf(4) - q * (4 * sumOf(3) - q * (6 * sumOf(2) - q * (4 * sumOf(1) - q * sumOf(0))));
      }
      begin = end;
    }
    fitted = wl > 0 && ll > 0 ? wl / ll : scale;
    double squared = sums[2].back() - 2 * scale * wl + scale * scale * ll;
    return std::max(rule == ErrorRule::Fourth ? fourth : squared, 0.0);
  }

private:
  const LevelGrid &grid;
  ErrorRule rule;
  std::vector<double> values;            // rising
  std::vector<std::vector<double>> sums; // [k]: of m * w^k before each value
};

} // namespace

ScaleFit searchScale(llvm::ArrayRef<float> weights, llvm::ArrayRef<double> moments,
                     const LevelGrid &grid, bool powerOfTwo, ErrorRule rule) {
  SortedWeights sorted(weights, moments, grid, rule);
  if (sorted.empty() && !weights.empty())
    return searchScale(weights, {}, grid, powerOfTwo, rule);
  if (sorted.largestMagnitude() == 0) {
    ScaleFit fit;
    double unused;
    fit.error = sorted.empty() ? 0 : sorted.error(fit.scale, unused);
    return fit;
  }

  constexpr double kLowest = 0.05, kHighest = 1.6, kRatio = 1.03;
  const double full = sorted.largestMagnitude() / grid.largestMagnitude();
  ScaleFit best{full, std::numeric_limits<double>::infinity()};
  auto consider = [&](double scale) {
    double fitted, error = sorted.error(scale, fitted);
    if (error < best.error)
      best = {scale, error};
    return fitted;
  };
  if (powerOfTwo) {
    int last = int(std::ceil(std::log2(kHighest * full)));
    for (int i = int(std::floor(std::log2(kLowest * full))); i <= last; ++i)
      consider(std::ldexp(1.0, i));
    return best;
  }
  auto considerWithFit = [&](double scale) { consider(consider(scale)); };
  for (double factor = kLowest; factor <= kHighest; factor *= kRatio)
    considerWithFit(factor * full);
  double ratio = kRatio;
  for (int round = 0; round < 3; ++round) {
    ratio = std::pow(ratio, 0.25);
    double centre = best.scale;
    for (int i = -4; i <= 4; ++i)
      considerWithFit(centre * std::pow(ratio, i));
  }
  return best;
}

} // namespace tally
