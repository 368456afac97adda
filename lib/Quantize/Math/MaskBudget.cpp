//===- MaskBudget.cpp - which bits are kept under a budget ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MaskBudget.h"

#include <algorithm>
#include <cmath>

namespace tally {

static int64_t costOf(const MaskedWeights &layer, int64_t masks) {
  return layer.costs.empty() ? layer.count * masks : layer.costs[masks];
}

static int64_t findCheapest(const MaskedWeights &layer) {
  int64_t cheapest = 0;
  for (int64_t masks = 1; masks <= int64_t(layer.probabilities.size()); ++masks)
    if (costOf(layer, masks) < costOf(layer, cheapest))
      cheapest = masks;
  return cheapest;
}

/// Whether more masks cost no more.
static bool isBeaten(const MaskedWeights &layer, int64_t masks) {
  for (int64_t more = masks + 1; more <= int64_t(layer.probabilities.size()); ++more)
    if (costOf(layer, more) <= costOf(layer, masks))
      return true;
  return false;
}

std::vector<int64_t> chooseMasks(const std::vector<MaskedWeights> &layers, int64_t budget) {
  constexpr int64_t kParts = 65536;
  constexpr double kSpent = 0.98, kNone = -1;
  // What cannot be saved is not to be spent.
  for (const MaskedWeights &layer : layers)
    budget -= costOf(layer, findCheapest(layer));
  budget = std::max<int64_t>(budget, 0);
  const int64_t unit = std::max<int64_t>(1, (budget + kParts - 1) / kParts), parts = budget / unit;
  // The best value for each exact cost, and how many masks the last layer keeps for it.
  std::vector<double> best(parts + 1, kNone);
  best[0] = 0;
  std::vector<std::vector<int64_t>> kept;
  auto partsOf = [&](const MaskedWeights &layer, int64_t masks) {
    return (costOf(layer, masks) - costOf(layer, findCheapest(layer)) + unit - 1) / unit;
  };
  for (const MaskedWeights &layer : layers) {
    std::vector<double> next(parts + 1, kNone);
    kept.emplace_back(parts + 1, 0);
    double value = 0, likely = 1;
    for (int64_t masks = 0; masks <= int64_t(layer.probabilities.size()); ++masks) {
      if (masks > 0)
        value += double(layer.count) * (likely *= layer.probabilities[masks - 1]);
      if (isBeaten(layer, masks))
        continue;
      int64_t cost = partsOf(layer, masks);
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
    spent -= partsOf(layers[i], result[i]);
  }
  return result;
}

} // namespace tally
