//===- Lanes.h - how much of a layer is computed at once --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_LANES_H
#define TALLY_LIB_RTL_LANES_H

#include <cstdint>

namespace tally {

/// What is the same whatever the lanes are.
struct LaneDemand {
  int64_t pixels = 1, window = 1;    ///< of the result; positions of a channel
  int64_t channels = 1, filters = 1; ///< of a group
  int64_t groups = 1, digits = 2;    ///< digits: of the longest multiplier
  unsigned weightBits = 1, termBits = 1, sumBits = 1, scaledBits = 1;
};

/// Lanes of a layer: `block` filters by `channels` input channels, `turns` times for a window; sums
/// are requantized in `rounds` cycles.
struct Lanes {
  int64_t block = 1, turns = 1, channels = 1, rounds = 1;
};

/// The most lanes that a layer may have.
struct LaneLimit {
  int64_t filters = 0; ///< 0: as many of a layer as tools take quickly, see `widestFilters`
  int64_t channels = 1;
};

/// Filters at once where nobody said how many: all, but at most 256 and no more than the weights of
/// fit a word of 4,096 bits.
int64_t widestFilters(const LaneDemand &demand, int64_t channels);

/// From `start` to `done` of tally_conv.
int64_t cyclesOf(const LaneDemand &demand, const Lanes &lanes);

/// As fast as the limit allows. Requantization adds several digits a cycle where the lanes would
/// have to wait for it, and only there.
Lanes fastestLanes(const LaneDemand &demand, const LaneLimit &limit);

/// The fewest look-up tables, as estimated, with which the layer takes at most `cycles`; the
/// fastest where none does.
Lanes smallestLanes(const LaneDemand &demand, const LaneLimit &limit, int64_t cycles);

} // namespace tally

#endif // TALLY_LIB_RTL_LANES_H
