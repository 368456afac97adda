//===- GaussianStep.cpp - the best step for a bell curve ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/GaussianStep.h"

#include <cassert>
#include <cmath>

namespace tally {

double getGaussianStep(int bits) {
  constexpr double kSteps[] = {1.596, 0.996, 0.586, 0.335, 0.188, 0.104, 0.057, 0.031};
  assert(bits >= 1 && bits <= 8 && "of the table");
  return kSteps[bits - 1];
}

Moments getMoments(const Histogram &seen, bool positive) {
  const double least = seen.max() / 512;
  auto counts = [&](double x) { return !positive || x > least; };
  double share = seen.mean([&](double x) { return counts(x) ? 1.0 : 0.0; });
  if (!(share > 0))
    return {};
  Moments moments;
  moments.mean = seen.mean([&](double x) { return counts(x) ? x : 0.0; }) / share;
  double square = seen.mean([&](double x) {
    double off = x - moments.mean;
    return counts(x) ? off * off : 0.0;
  }) / share;
  moments.deviation = std::sqrt(square);
  return moments;
}

} // namespace tally
