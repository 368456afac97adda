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
// With masks (DropBits) pi_l counts z_l times, in the sum of all as well, and the most probable
// level is that with the largest z_l * pi_l. To a mask comes back what it is worth to have it,
// the same at 1 less the same at 0: the mean of the derivative, which itself grows beyond
// all bounds where a mask is nearly 0.
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

/// The mask that `level` has, or -1 for none: -1, 0 and 1 always stay. Each bit more has a mask, or
/// with `endpoints` each pair of outermost levels.
constexpr int64_t maskOf(int64_t level, bool endpoints) {
  int64_t size = level < 0 ? -level : level, mask = -1;
  if (endpoints)
    return size < 2 ? -1 : size - 2;
  for (; size > 1; size /= 2)
    ++mask;
  return mask;
}

/// How often the levels of a quantizer count; without `values` each once.
template <typename T> struct LevelWeights {
  const T *values = nullptr;
  bool endpoints = false;

  T operator()(int64_t level) const {
    int64_t mask = values ? maskOf(level, endpoints) : -1;
    return mask < 0 ? T(1) : values[mask];
  }
};

/// What comes back to x, the step, sigma and one of the masks, for a gradient of 1.
template <typename T> struct CategoricalSlopes {
  T input, scale, sigma, mask;
};

/// Beyond so many sigmas from the grid, x counts as so far away.
inline constexpr double kCategoricalReach = 30;

/// With masks sigma counts as so many steps at least: where the nearest levels are masked, others
/// are six steps and the reach away at most, and exp of that is not 0 in f32.
inline constexpr double kLeastMaskedSigma = 1.0 / 8;

/// Where x is among the edges between levels, in units of sigma, no further away than counts.
template <typename T> struct CategoricalPlace {
  CategoricalPlace(T x, T scale, T sigma, int64_t low, int64_t high, bool masked) {
    if (masked)
      sigma = std::max(sigma, scale * T(kLeastMaskedSigma));
    width = scale / sigma;
    const T reach = T(kCategoricalReach), span = width * T(high - low + 1);
    const T lowest = width * (T(low) - T(0.5));
    first = std::max(std::min(lowest - x / sigma, reach), -reach - span);
    place = lowest - first;
  }

  T width, first, place; ///< of a step; of the edge below the lowest level; of x
};

/// S.
template <typename T> T belowEdge(T t) { return 1 / (1 + std::exp(-t)); }

/// The most probable level, the lower one of equals.
template <typename T>
int64_t mostProbable(T x, T scale, T sigma, int64_t low, int64_t high, LevelWeights<T> weights) {
  const CategoricalPlace<T> at(x, scale, sigma, low, high, weights.values);
  int64_t best = low;
  T most = -1, lowerAbove = belowEdge(-at.first);
  for (int64_t level = low; level <= high; ++level) {
    T upper = at.first + at.width * T(level - low + 1);
    T weight = weights(level) * (belowEdge(upper) * lowerAbove);
    if (weight > most) {
      most = weight;
      best = level;
    }
    lowerAbove = belowEdge(-upper);
  }
  return best;
}

/// With S'(t) = S(t) S(-t) and differences written as products, S(p) - S(q) =
/// S(p) S(-q) (1 - exp(q - p)), no term is lost in another; the last factor is that of all levels.
template <typename T>
CategoricalSlopes<T> categoricalSlopes(T x, T scale, T sigma, int64_t low, int64_t high,
                                       bool literal, LevelWeights<T> weights = {},
                                       int64_t ofMask = 0) {
  const CategoricalPlace<T> at(x, scale, sigma, low, high, weights.values);
  const T steps = std::max(std::min(x / scale, T(high)), T(low));
  const T mode =
      weights.values ? T(mostProbable(x, scale, sigma, low, high, weights)) : std::nearbyint(steps);
  T all = 0, levels = 0, ofPlace = 0, ofSigma = 0, levelsOfPlace = 0, levelsOfSigma = 0;
  T share = 0, modeOfPlace = 0, modeOfSigma = 0;
  // Without the levels of the mask, and of those with a mask of 1.
  T others = 0, levelsOfOthers = 0, masked = 0, levelsMasked = 0, modeOfOthers = 0, modeMasked = 0;
  T lower = at.first, lowerBelow = belowEdge(lower), lowerAbove = belowEdge(-lower);
  for (int64_t level = low; level <= high; ++level) {
    T upper = at.first + at.width * T(level - low + 1);
    T upperBelow = belowEdge(upper), upperAbove = belowEdge(-upper);
    T unmasked = upperBelow * lowerAbove, weight = weights(level) * unmasked;
    T alongPlace = lowerBelow - upperAbove;                 // of log weight, to x / sigma
    T alongSigma = lowerBelow * lower - upperAbove * upper; // to sigma, times sigma
    bool isMasked = maskOf(level, weights.endpoints) == ofMask;
    all += weight;
    levels += weight * T(level);
    ofPlace += weight * alongPlace;
    ofSigma += weight * alongSigma;
    levelsOfPlace += weight * T(level) * alongPlace;
    levelsOfSigma += weight * T(level) * alongSigma;
    (isMasked ? masked : others) += isMasked ? unmasked : weight;
    (isMasked ? levelsMasked : levelsOfOthers) += (isMasked ? unmasked : weight) * T(level);
    if (T(level) == mode) {
      share = weight;
      modeOfPlace = alongPlace;
      modeOfSigma = alongSigma;
      (isMasked ? modeMasked : modeOfOthers) = isMasked ? unmasked : weight;
    }
    lower = upper;
    lowerBelow = upperBelow;
    lowerAbove = upperAbove;
  }
  const T mean = levels / all, meanPlace = ofPlace / all, meanSigma = ofSigma / all;
  T toPlace, toSigma, toMask, value;
  if (literal) {
    toPlace = mode * share / all * (modeOfPlace - meanPlace);
    toSigma = mode * share / all * (modeOfSigma - meanSigma);
    toMask = mode * ((modeOfOthers + modeMasked) / (others + masked) - modeOfOthers / others);
    value = mode;
  } else {
    toPlace = levelsOfPlace / all - mean * meanPlace;
    toSigma = levelsOfSigma / all - mean * meanSigma;
    toMask = (levelsOfOthers + levelsMasked) / (others + masked) - levelsOfOthers / others;
    value = mean;
  }
  // Both kinds are homogeneous in x, step and sigma together.
  return {at.width * toPlace, value - at.place * toPlace - toSigma, at.width * toSigma,
          scale * toMask};
}

} // namespace tally::reference

#endif // TALLY_RUN_CATEGORICAL_H
