//===- Scaling.h - requantization with smaller numbers ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A requantization is a staircase over the codes that its input can have. Another multiplier,
// offset and shift give the same one where they take each step at the same code: for a multiplier
// and a shift, the offsets that do are an interval, and its ends follow from the steps.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LOWER_LINALG_SCALING_H
#define TALLY_LOWER_LINALG_SCALING_H

#include "tally/IR/QuantizedTypes.h"

#include "llvm/ADT/ArrayRef.h"
#include <optional>
#include <vector>

namespace tally {

/// `min(max((code * multiplier + offset) >> shift, lowest), highest)`; a rounding half is part of
/// the offset.
struct Scaling {
  int64_t multiplier = 1, offset = 0, shift = 0;

  bool operator==(const Scaling &other) const {
    return multiplier == other.multiplier && offset == other.offset && shift == other.shift;
  }
};

/// Both ends included.
struct OffsetRange {
  int64_t low, high;
};

/// All offsets (of at most 62 bits) with which `multiplier` and `shift` give what `scaling` does
/// for every code in `input`, clamped to `output`. Nothing where there are none, or where both the
/// codes and the steps are more than 65,536.
std::optional<OffsetRange> findEqualOffsets(const Scaling &scaling, int64_t multiplier,
                                            int64_t shift, CodeRange input, CodeRange output);

/// How many zeros the offsets end with, at least, where they fit 32 bits without them, and none
/// where they fit as they are. Nothing where they do not fit.
std::optional<int64_t> findOffsetZeros(llvm::ArrayRef<int64_t> offsets);

/// The scalings of the channels of one requantization with the same results and, where that is
/// possible, one shift for all of them and offsets that fit 32 bits (`findOffsetZeros`). With
/// `keepMultipliers` no multiplier changes. Nothing where nothing can be had.
std::optional<std::vector<Scaling>> narrowScalings(llvm::ArrayRef<Scaling> scalings,
                                                   CodeRange input, CodeRange output,
                                                   bool keepMultipliers);

/// Whether products and sums for every code in `input` fit 32 bits.
bool fitWords(llvm::ArrayRef<Scaling> scalings, CodeRange input);

/// `clamp(((((code << early) * multiplier) >> 32) + offset) >> shift)` of each channel: codes and
/// multipliers of 32 bits, of whose product the higher word is all that is needed.
struct HighScalings {
  int64_t early;
  std::vector<Scaling> scalings;
};

/// The scalings in that form with the same results; nothing where that changes one or leaves 32
/// bits.
std::optional<HighScalings> useHighWords(llvm::ArrayRef<Scaling> scalings, CodeRange input,
                                         CodeRange output);

/// The scalings with the same results and as many bits of each multiplier as 32-bit sums have room
/// for, with one shift for all channels where that is possible. Nothing where that changes a
/// result, or they fit already.
std::optional<std::vector<Scaling>> shortenScalings(llvm::ArrayRef<Scaling> scalings,
                                                    CodeRange input, CodeRange output);

} // namespace tally

#endif // TALLY_LOWER_LINALG_SCALING_H
