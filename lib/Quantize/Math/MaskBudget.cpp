//===- MaskBudget.cpp - which bits are kept under a budget ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MaskBudget.h"

#include <algorithm>
#include <cmath>

namespace tally {

std::vector<int64_t> chooseMasks(const std::vector<MaskedWeights> &layers, int64_t budget) {
  constexpr int64_t kParts = 65536;
  constexpr double kSpent = 0.98, kNone = -1;
  budget = std::max<int64_t>(budget, 0);
  const int64_t unit = std::max<int64_t>(1, (budget + kParts - 1) / kParts), parts = budget / unit;
  // The best value for each exact cost, and how many masks the last layer keeps for it.
  std::vector<double> best(parts + 1, kNone);
  best[0] = 0;
  std::vector<std::vector<int64_t>> kept;
  auto costOf = [&](const MaskedWeights &layer, int64_t masks) {
    return (layer.count * masks + unit - 1) / unit;
  };
  for (const MaskedWeights &layer : layers) {
    std::vector<double> next(parts + 1, kNone);
    kept.emplace_back(parts + 1, 0);
    double value = 0, likely = 1;
    for (int64_t masks = 0; masks <= int64_t(layer.probabilities.size()); ++masks) {
      if (masks > 0)
        value += double(layer.count) * (likely *= layer.probabilities[masks - 1]);
      int64_t cost = costOf(layer, masks);
      for (int64_t spent = cost; spent <= parts; ++spent)
        if (best[spent - cost] != kNone && best[spent - cost] + value > next[spent]) {
          next[spent] = best[spent - cost] + value;
          kept.back()[spent] = masks;
        }
    }
    best = std::move(next);
  }
  int64_t most = parts;
  while (best[most] == kNone)
    --most;
  int64_t spent = most;
  for (int64_t less = most; double(less) >= kSpent * double(most) && less >= 0; --less)
    if (best[less] > best[spent])
      spent = less;
  std::vector<int64_t> result(layers.size());
  for (size_t i = layers.size(); i-- > 0;) {
    result[i] = kept[i][spent];
    spent -= costOf(layers[i], result[i]);
  }
  return result;
}

} // namespace tally
