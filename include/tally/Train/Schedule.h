//===- Schedule.h - the learning rate of a step -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_SCHEDULE_H
#define TALLY_TRAIN_SCHEDULE_H

#include "tally/Support/File.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// How the learning rate goes over a run of `steps` steps, s = 0 .. steps - 1. With w = `warmup`:
///
///   s < w:      rate * (s + 1) / (w + 1)
///   constant:   rate
///   cosine:     rate * (1 + cos(pi * t)) / 2,  t = (s - w) / (steps - w), which never gets to 1
///   steps:      rate * factor^n,  n: how many of `milestones` m have s >= m * steps
///
/// Computed in double by additions, multiplications and divisions alone, so that every machine
/// gets the same bits.
struct Schedule {
  enum class Kind { Constant, Cosine, Steps };

  Kind kind = Kind::Cosine;
  double rate = 0.02;
  int64_t warmup = 0;                           ///< steps before the full rate
  std::vector<double> milestones = {0.5, 0.75}; ///< of `Steps`: shares of all steps, rising
  double factor = 0.1;                          ///< of `Steps`: what each milestone multiplies by

  /// The rate of step `step` of `steps`.
  double at(int64_t step, int64_t steps) const;

  /// Fails where a run of `steps` steps would never come to the full rate.
  Status check(int64_t steps) const;
};

/// What recipes call the kinds, in their order.
const std::vector<std::string> &getScheduleNames();

} // namespace tally

#endif // TALLY_TRAIN_SCHEDULE_H
