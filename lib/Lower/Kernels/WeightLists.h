//===- WeightLists.h - the weights that a filter needs, as lists -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. Where inputs x and weights w lie between two codes, low and high,
//
//   |x - w| = x + w - 2 min(x, w)        min(x, low) = low        min(x, high) = x
//
// so that weights of `low`, half of a network's after they were clamped to its codes, cost nothing,
// and those of `high` an addition. What is left of a filter are two lists for each segment of its
// window: the places of the full weights, and places and codes of those between.
//
// A segment is at most 256 bytes of a run (ByteRuns, a byte a group), so that a place in it is a
// byte. The lists of a filter are one stream of bytes, segment by segment in the order of the
// window:
//
//   full / 4, between / 4, full places, pairs of a place and a code
//
// Both numbers are multiples of four, because loops over four entries cost little: full weights may
// stand in the other list, with the code `high`, and entries (0, low) fill it up.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_WEIGHTLISTS_H
#define TALLY_LIB_LOWER_KERNELS_WEIGHTLISTS_H

#include "ByteSum.h"
#include "tally/IR/QuantizedTypes.h"

namespace tally {

struct WeightLists {
  static constexpr int64_t kMostPlaces = 256;
  static constexpr int64_t kTogether = 4; ///< entries of a loop's iteration

  /// Bytes `[F, S, bytes]` without a sign, less `codes.min`; none above the other end.
  WeightLists(const ByteRuns &runs, mlir::ArrayRef<uint8_t> weights, int64_t filters,
              CodeRange codes);

  /// Segments of a run, and the size of the one that begins there.
  static int64_t segments(const ByteRuns &runs) {
    return (runs.bytes + kMostPlaces - 1) / kMostPlaces;
  }
  static int64_t segmentSize(const ByteRuns &runs, int64_t first) {
    return std::min(kMostPlaces, runs.bytes - first);
  }

  std::vector<uint8_t> bytes; ///< all streams
  std::vector<int32_t> first; ///< where each filter's begins
  /// For each filter, twice its minima with `low`, less twice those of entries that fill lists up.
  std::vector<int32_t> low;
  int64_t full = 0, between = 0; ///< weights of all filters
};

/// Whether streams that begin at `first` have the form that is described above, for windows of
/// `runs`.
bool areWeightLists(const ByteRuns &runs, mlir::ArrayRef<uint8_t> bytes,
                    mlir::ArrayRef<int64_t> first);

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_WEIGHTLISTS_H
