//===- Schedule.cpp - the learning rate of a step -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Schedule.h"

#include "tally/Support/Text.h"

#include <cassert>

namespace tally {

/// (1 + cos(pi * t)) / 2 for t in 0..1, as the square of the cosine of half the angle. Libraries
/// differ in the last bit of a cosine; this is its series at 0, whose rest is below 2e-17.
static double fallByCosine(double t) {
  constexpr double kHalfPi = 1.5707963267948966;
  constexpr int kTerms = 10;
  double angle = t * kHalfPi, square = angle * angle, cosine = 1;
  for (int k = kTerms; k > 0; --k)
    cosine = 1 - cosine * square / double((2 * k - 1) * (2 * k));
  return cosine * cosine;
}

double Schedule::at(int64_t step, int64_t steps) const {
  assert(step >= 0 && step < steps && "no such step");
  if (step < warmup)
    return rate * double(step + 1) / double(warmup + 1);
  switch (kind) {
  case Kind::Constant:
    break;
  case Kind::Cosine:
    return rate * fallByCosine(double(step - warmup) / double(steps - warmup));
  case Kind::Steps: {
    double now = rate;
    for (double milestone : milestones)
      if (double(step) >= milestone * double(steps))
        now *= factor;
    return now;
  }
  }
  return rate;
}

Status Schedule::check(int64_t steps) const {
  if (warmup < steps)
    return Done();
  return Error{"'warmup' requires fewer steps than the run has, but got " + std::to_string(warmup) +
               " of " + counted(steps, "step")};
}

const std::vector<std::string> &getScheduleNames() {
  static const std::vector<std::string> names = {"constant", "cosine", "steps"};
  return names;
}

} // namespace tally
