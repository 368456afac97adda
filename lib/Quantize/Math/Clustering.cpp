//===- Clustering.cpp - optimal one-dimensional k-means -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/Clustering.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tally {

std::vector<int> clusterOptimally(llvm::ArrayRef<double> values, int clusters) {
  // Equal values form one weighted point, so that they cannot be separated.
  std::vector<double> points(values.begin(), values.end());
  std::sort(points.begin(), points.end());
  std::vector<double> weights;
  std::vector<double> distinct;
  for (double point : points) {
    if (distinct.empty() || distinct.back() != point) {
      distinct.push_back(point);
      weights.push_back(0);
    }
    weights.back() += 1;
  }
  int n = distinct.size();
  int k = std::min(clusters, n);
  if (k <= 0)
    return std::vector<int>(values.size(), 0);

  // Prefix sums give the cost of any interval in constant time. Centred on the
  // mean, so that squares of large, close values do not cancel.
  double centre = std::accumulate(points.begin(), points.end(), 0.0) / double(points.size());
  std::vector<double> w(n + 1), s(n + 1), ss(n + 1);
  for (int i = 0; i < n; ++i) {
    double x = distinct[i] - centre;
    w[i + 1] = w[i] + weights[i];
    s[i + 1] = s[i] + weights[i] * x;
    ss[i + 1] = ss[i] + weights[i] * x * x;
  }
  auto cost = [&](int from, int to) { // [from, to)
    double weight = w[to] - w[from], sum = s[to] - s[from];
    return std::max(0.0, ss[to] - ss[from] - sum * sum / weight);
  };

  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> best(k + 1, std::vector<double>(n + 1, infinity));
  std::vector<std::vector<int>> start(k + 1, std::vector<int>(n + 1, 0));
  best[0][0] = 0;
  for (int c = 1; c <= k; ++c)
    for (int to = c; to <= n; ++to)
      for (int from = c - 1; from < to; ++from) {
        double total = best[c - 1][from] + cost(from, to);
        if (total < best[c][to]) {
          best[c][to] = total;
          start[c][to] = from;
        }
      }

  std::vector<int> groupOfPoint(n);
  for (int c = k, to = n; c > 0; --c) {
    int from = start[c][to];
    std::fill(groupOfPoint.begin() + from, groupOfPoint.begin() + to, c - 1);
    to = from;
  }
  std::vector<int> groups;
  for (double value : values)
    groups.push_back(
        groupOfPoint[std::lower_bound(distinct.begin(), distinct.end(), value) - distinct.begin()]);
  return groups;
}

} // namespace tally
