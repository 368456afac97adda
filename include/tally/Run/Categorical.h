//===- Categorical.h - probabilities of the points of a grid ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CPQ (Lee et al., ICCV 2021; the probabilities are those of Louizos et al., ICLR 2019): with step
// a, spread sigma, levels l from `low` to `high` and S(t) = 1 / (1 + exp(-t)), a number x is at the
// grid point a * l with the probability
//
//   pi_l = (S((a * (l + 1/2) - x) / sigma) - S((a * (l - 1/2) - x) / sigma)) / all of them together
//
// Forward it is at the most probable one, which is the nearest. What comes back is
//
//   expectation  the derivative of sum a * l * pi_l
//   literal      a * m times the derivative of pi_m, for the most probable m; to the step also m,
//                as its point moves: the multi-class straight-through estimator as it is written
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_RUN_CATEGORICAL_H
#define TALLY_RUN_CATEGORICAL_H

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tally::reference {

/// Where sigma starts, in steps.
inline constexpr double kFirstSigma = 1.0 / 3;

/// What comes back to x, the step and sigma, for a gradient of 1.
template <typename T> struct CategoricalSlopes {
  T input, scale, sigma;
};

/// Beyond so many sigmas from the grid, x counts as so far away.
inline constexpr double kCategoricalReach = 30;

/// With S'(t) = S(t) S(-t) and differences written as products, S(p) - S(q) =
/// S(p) S(-q) (1 - exp(q - p)), no term is lost in another; the last factor is that of all levels.
template <typename T>
CategoricalSlopes<T> categoricalSlopes(T x, T scale, T sigma, int64_t low, int64_t high,
                                       bool literal) {
  const T width = scale / sigma, reach = T(kCategoricalReach);
  // t of the edge below the lowest level.
  T first = width * (T(low) - T(0.5)) - x / sigma;
  const T span = width * T(high - low + 1);
  first = std::max(std::min(first, reach), -reach - span);
  const T place = width * (T(low) - T(0.5)) - first; // x / sigma, so bounded
  const T steps = std::max(std::min(x / scale, T(high)), T(low));
  const T mode = std::nearbyint(steps);
  auto below = [](T t) { return 1 / (1 + std::exp(-t)); }; // S
  T all = 0, levels = 0, ofPlace = 0, ofSigma = 0, levelsOfPlace = 0, levelsOfSigma = 0;
  T share = 0, modeOfPlace = 0, modeOfSigma = 0;
  T lower = first, lowerBelow = below(lower), lowerAbove = below(-lower);
  for (int64_t level = low; level <= high; ++level) {
    T upper = first + width * T(level - low + 1);
    T upperBelow = below(upper), upperAbove = below(-upper);
    T weight = upperBelow * lowerAbove;
    T alongPlace = lowerBelow - upperAbove;                 // of log weight, to x / sigma
    T alongSigma = lowerBelow * lower - upperAbove * upper; // to sigma, times sigma
    all += weight;
    levels += weight * T(level);
    ofPlace += weight * alongPlace;
    ofSigma += weight * alongSigma;
    levelsOfPlace += weight * T(level) * alongPlace;
    levelsOfSigma += weight * T(level) * alongSigma;
    if (T(level) == mode) {
      share = weight;
      modeOfPlace = alongPlace;
      modeOfSigma = alongSigma;
    }
    lower = upper;
    lowerBelow = upperBelow;
    lowerAbove = upperAbove;
  }
  const T mean = levels / all, meanPlace = ofPlace / all, meanSigma = ofSigma / all;
  T toPlace, toSigma, value;
  if (literal) {
    toPlace = mode * share / all * (modeOfPlace - meanPlace);
    toSigma = mode * share / all * (modeOfSigma - meanSigma);
    value = mode;
  } else {
    toPlace = levelsOfPlace / all - mean * meanPlace;
    toSigma = levelsOfSigma / all - mean * meanSigma;
    value = mean;
  }
  // Both kinds are homogeneous in x, step and sigma together.
  return {width * toPlace, value - place * toPlace - toSigma, width * toSigma};
}

} // namespace tally::reference

#endif // TALLY_RUN_CATEGORICAL_H
