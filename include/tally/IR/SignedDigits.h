//===- SignedDigits.h - multipliers as sums of shifts -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A multiplication by a constant is a sum of shifted copies: 7 x = (x << 3) - x. Free of
// MLIR and LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_SIGNEDDIGITS_H
#define TALLY_IR_SIGNEDDIGITS_H

#include <cstdint>
#include <vector>

namespace tally {

/// `2^place`, or minus that.
struct SignedDigit {
  int place = 0;
  bool negative = false;

  bool operator==(const SignedDigit &other) const {
    return place == other.place && negative == other.negative;
  }
};

/// The canonical form (Reitwiesner 1960): no two neighbouring places are used, and no form
/// has fewer digits. Highest place first, at most 63; empty for 0.
std::vector<SignedDigit> toSignedDigits(int64_t value);

/// The same number with exactly `count` digits, some of which then share a place or
/// cancel. `count` is at least the number of canonical digits, and not 1 for 0.
/// Tables for several numbers get rows of one length that way.
std::vector<SignedDigit> toSignedDigits(int64_t value, unsigned count);

/// Modulo 2^64, as 2^63 is a digit of the largest numbers.
int64_t fromSignedDigits(const std::vector<SignedDigit> &digits);

/// The number of at most `digits` signed digits that is nearest to `value`, or one of the
/// two nearest. `|value|` is below 2^61, `digits` at least 1.
int64_t nearestWithDigits(int64_t value, unsigned digits);

} // namespace tally

#endif // TALLY_IR_SIGNEDDIGITS_H
