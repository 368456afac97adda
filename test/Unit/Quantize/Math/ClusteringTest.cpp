// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/Clustering.h"

#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <random>

using tally::clusterOptimally;

static double costOf(const std::vector<double> &values, const std::vector<int> &groups) {
  std::map<int, std::pair<double, int>> sums;
  for (size_t i = 0; i < values.size(); ++i) {
    sums[groups[i]].first += values[i];
    sums[groups[i]].second += 1;
  }
  double cost = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    double mean = sums[groups[i]].first / sums[groups[i]].second;
    cost += (values[i] - mean) * (values[i] - mean);
  }
  return cost;
}

// The best of all assignments of n values to k groups.
static double bestCost(const std::vector<double> &values, int k) {
  int n = values.size();
  double best = INFINITY;
  int64_t assignments = std::pow(k, n);
  for (int64_t code = 0; code < assignments; ++code) {
    std::vector<int> groups;
    for (int64_t rest = code; int(groups.size()) < n; rest /= k)
      groups.push_back(rest % k);
    best = std::min(best, costOf(values, groups));
  }
  return best;
}

TEST(Clustering, IsOptimalOnSmallSets) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform(-3, 3);
  for (int n = 1; n <= 7; ++n)
    for (int k = 1; k <= 3; ++k)
      for (int repeat = 0; repeat < 5; ++repeat) {
        std::vector<double> values(n);
        for (double &value : values)
          value = uniform(random);
        std::vector<int> groups = clusterOptimally(values, k);
        EXPECT_NEAR(costOf(values, groups), bestCost(values, k), 1e-9) << n << " " << k;
      }
}

TEST(Clustering, NumbersGroupsByRisingValueAndLeavesNoneEmpty) {
  std::vector<int> groups = clusterOptimally({5.0, 0.1, 0.2, 9.0, 5.1}, 3);
  EXPECT_EQ(groups, (std::vector<int>{1, 0, 0, 2, 1}));
  EXPECT_EQ(clusterOptimally({1.0, 1.0, 1.0}, 4), (std::vector<int>{0, 0, 0}));
  EXPECT_EQ(clusterOptimally({}, 4), std::vector<int>());
}

TEST(Clustering, CloseLargeValuesAreSeparated) {
  std::vector<int> groups = clusterOptimally({1e9, 1e9 + 1, 1e9 + 10, 1e9 + 11}, 2);
  EXPECT_EQ(groups, (std::vector<int>{0, 0, 1, 1}));
}
