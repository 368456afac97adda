//===- Divergence.cpp - how much results say something else ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace tally {

/// Logarithms of probabilities.
static std::vector<double> logSoftmax(const float *logits, int64_t classes) {
  double largest = *std::max_element(logits, logits + classes), sum = 0;
  for (int64_t i = 0; i < classes; ++i)
    sum += std::exp(logits[i] - largest);
  std::vector<double> logs(classes);
  for (int64_t i = 0; i < classes; ++i)
    logs[i] = logits[i] - largest - std::log(sum);
  return logs;
}

/// The same of what was to be a distribution, after rounding.
static std::vector<double> logShares(const float *values, int64_t classes) {
  constexpr double kLeast = 1e-9;
  double sum = 0;
  std::vector<double> logs(classes);
  for (int64_t i = 0; i < classes; ++i)
    sum += std::max<double>(values[i], kLeast);
  for (int64_t i = 0; i < classes; ++i)
    logs[i] = std::log(std::max<double>(values[i], kLeast) / sum);
  return logs;
}

static bool areDistributions(const Tensor &tensor, int64_t classes) {
  constexpr double kTolerance = 1e-4;
  const float *values = tensor.data<float>();
  for (int64_t at = 0; at < tensor.size(); at += classes) {
    double sum = 0;
    for (int64_t i = 0; i < classes; ++i) {
      if (!(values[at + i] >= 0))
        return false;
      sum += values[at + i];
    }
    if (std::fabs(sum - 1) > kTolerance)
      return false;
  }
  return true;
}

double getDivergence(const Tensor &expected, const Tensor &actual) {
  assert(expected.size() == actual.size() && "compares arrays of one size");
  if (expected.size() == 0)
    return 0;
  int64_t images = expected.dim(0), classes = expected.size() / images;
  const float *p = expected.data<float>(), *q = actual.data<float>();
  auto isFinite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(p, p + expected.size(), isFinite) ||
      !std::all_of(q, q + actual.size(), isFinite))
    return std::numeric_limits<double>::infinity();
  auto logs = areDistributions(expected, classes) ? logShares : logSoftmax;
  double sum = 0;
  for (int64_t at = 0; at < expected.size(); at += classes) {
    std::vector<double> logP = logs(p + at, classes), logQ = logs(q + at, classes);
    for (int64_t i = 0; i < classes; ++i)
      sum += std::exp(logP[i]) * (logP[i] - logQ[i]);
  }
  return sum / double(images);
}

} // namespace tally
