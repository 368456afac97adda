//===- HardConcrete.h - masks that are 0 or 1 or between --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Louizos et al., Learning Sparse Neural Networks through L0 Regularization (ICLR 2018): a binary
// mask that is 1 with probability S(logit), relaxed to temperature t and stretched to
// [-g, 1 + g], so that its ends have probability of their own. With u uniform in (0, 1)
//
//   z = clamp((1 + 2 g) * S((logit + log(u / (1 - u))) / t) - g, 0, 1)
//
// t = 2/3 and g = 0.1 are the paper's.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_RUN_HARDCONCRETE_H
#define TALLY_RUN_HARDCONCRETE_H

#include <algorithm>
#include <cmath>

namespace tally::reference {

inline constexpr double kMaskTemperature = 2.0 / 3;
inline constexpr double kMaskStretch = 0.1;

template <typename T> T hardConcrete(T logit, T u) {
  T noise = std::log(u) - std::log(1 - u);
  T share = 1 / (1 + std::exp(-(logit + noise) * T(1 / kMaskTemperature)));
  return std::min(std::max(T(1 + 2 * kMaskStretch) * share - T(kMaskStretch), T(0)), T(1));
}

/// Without noise: whether the mask is more likely there than not.
template <typename T> T hardMask(T logit) { return T(logit >= 0); }

/// How likely the mask is not 0: S(logit - t * log(g / (1 + g))).
inline double maskProbability(double logit) {
  double shift = kMaskTemperature * std::log(kMaskStretch / (1 + kMaskStretch));
  return 1 / (1 + std::exp(shift - logit));
}

} // namespace tally::reference

#endif // TALLY_RUN_HARDCONCRETE_H
