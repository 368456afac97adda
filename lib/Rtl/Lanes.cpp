//===- Lanes.cpp - how much of a layer is computed at once ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/Lanes.h"

#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace tally {

/// How many at once, at most `atMost`, fill as few turns evenly.
static int64_t evenly(int64_t count, int64_t atMost) {
  return llvm::divideCeil(count, llvm::divideCeil(count, atMost));
}

static int64_t wordsOf(const LaneDemand &demand, const Lanes &lanes) {
  return llvm::divideCeil(demand.channels, lanes.channels);
}

int64_t cyclesOf(const LaneDemand &demand, const Lanes &lanes) {
  int64_t window = demand.window * wordsOf(demand, lanes);
  int64_t block = lanes.block * lanes.rounds;
  int64_t few = (demand.filters - (lanes.turns - 1) * lanes.block) * lanes.rounds;
  // A window follows the one before when the sums of that have left; the last sums leave by
  // themselves.
  int64_t turns = (lanes.turns - 1) * std::max(window, block) + std::max(window, few);
  return window + demand.pixels * demand.groups * turns - std::max(window, few) + few + 2;
}

int64_t widestFilters(const LaneDemand &demand, int64_t channels) {
  // Simulators and synthesis tools take minutes for a layer of some hundred filters at once, and
  // hardly any device has room for more.
  constexpr int64_t kFilters = 256, kWord = 4096;
  int64_t fit = std::max<int64_t>(kWord / (channels * demand.weightBits), 1);
  return std::min({demand.filters, kFilters, fit});
}

static Lanes widest(const LaneDemand &demand, const LaneLimit &limit) {
  Lanes lanes;
  lanes.channels = evenly(demand.channels, std::min(limit.channels, demand.channels));
  lanes.block = evenly(demand.filters, limit.filters ? std::min(limit.filters, demand.filters)
                                                     : widestFilters(demand, lanes.channels));
  lanes.turns = llvm::divideCeil(demand.filters, lanes.block);
  return lanes;
}

Lanes fastestLanes(const LaneDemand &demand, const LaneLimit &limit) {
  Lanes lanes = widest(demand, limit);
  int64_t window = demand.window * wordsOf(demand, lanes);
  for (int64_t atOnce = 1; atOnce <= demand.digits; ++atOnce) {
    lanes.rounds = llvm::divideCeil(demand.digits, atOnce);
    if (lanes.block * lanes.rounds <= window)
      break;
  }
  return lanes;
}

/// For comparing lanes with one another only: a term; an adder and a register that moves on for
/// each sum; an adder and a shifter for each digit.
static int64_t estimate(const LaneDemand &demand, const Lanes &lanes) {
  constexpr int64_t kShifter = 5;
  int64_t digits = llvm::divideCeil(demand.digits, lanes.rounds);
  return lanes.block * (lanes.channels * demand.termBits + 2 * demand.sumBits) +
         digits * demand.scaledBits * kShifter;
}

Lanes smallestLanes(const LaneDemand &demand, const LaneLimit &limit, int64_t cycles) {
  Lanes most = widest(demand, limit), best = fastestLanes(demand, limit);
  int64_t least = -1, last = 0;
  for (int64_t block = 1; block <= most.block; ++block) {
    if (evenly(demand.filters, block) != block)
      continue;
    for (int64_t channels = 1; channels <= most.channels; ++channels) {
      if (evenly(demand.channels, channels) != channels)
        continue;
      for (int64_t atOnce = 1; atOnce <= demand.digits; ++atOnce) {
        Lanes lanes = {block, int64_t(llvm::divideCeil(demand.filters, block)), channels,
                       int64_t(llvm::divideCeil(demand.digits, atOnce))};
        if (atOnce > 1 && lanes.rounds == last)
          continue;
        last = lanes.rounds;
        int64_t cost = estimate(demand, lanes);
        if (cyclesOf(demand, lanes) <= cycles && (least < 0 || cost < least)) {
          least = cost;
          best = lanes;
        }
      }
    }
  }
  return best;
}

} // namespace tally
