//===- FixedPoint.h - real factors as integer arithmetic --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_QUANTIZE_MATH_FIXEDPOINT_H
#define TALLY_QUANTIZE_MATH_FIXEDPOINT_H

#include "tally/IR/QuantizedTypes.h"

#include <cstdint>
#include <optional>

namespace tally {

/// `code -> (code * multiplier + offset) >> shift`, see `tally.requantize`.
struct FixedPoint {
  int32_t multiplier = 0;
  int64_t offset = 0;
  int8_t shift = 0;
};

/// The fixed-point form of `code -> factor * code + constant`, in units of the
/// output code. `multiplier` uses all 31 bits where `shift` allows it (0..62),
/// less where a product with a code in `input` plus `offset` would leave 64 bits;
/// powers of two come out as multiplier +-1 where they are exact and the
/// constant needs no more fraction bits than the shift has.
/// Null where `factor` or `constant` is not finite or too large.
std::optional<FixedPoint> toFixedPoint(double factor, double constant, CodeRange input);

/// The same function of every code with the fewest bits: the result does not depend on bits
/// of the offset below the multiplier's lowest one. `half` says whether the sum is
/// rounded (`half_up`) or not (`floor`).
FixedPoint dropUnusedBits(FixedPoint point, bool half);

/// The function of which the multiplier has at most `digits` signed digits (of any value
/// and place) and is nearest to `point`'s. The input whose result is `fixed` keeps that
/// result, or the end of `input` that comes closest to it. Null where no such multiplier of 32 bits
/// keeps every sum in 64 bits.
std::optional<FixedPoint> limitDigits(const FixedPoint &point, unsigned digits, CodeRange input,
                                      int64_t fixed, bool half);

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_FIXEDPOINT_H
