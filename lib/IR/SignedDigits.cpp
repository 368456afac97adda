//===- SignedDigits.cpp - multipliers as sums of shifts -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/SignedDigits.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

namespace tally {

std::vector<SignedDigit> toSignedDigits(int64_t value) {
  std::vector<SignedDigit> digits;
  __int128 rest = value; // up to 2^63
  for (int place = 0; rest != 0; ++place, rest /= 2) {
    if (rest % 2 == 0)
      continue;
    // The digit that leaves a multiple of four, so that the next place is free.
    bool negative = (rest & 3) == 3;
    digits.push_back({place, negative});
    rest += negative ? 1 : -1;
  }
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::vector<SignedDigit> toSignedDigits(int64_t value, unsigned count) {
  std::vector<SignedDigit> digits = toSignedDigits(value);
  assert(digits.size() <= count && (value != 0 || count != 1) && "too few digits");
  if (digits.empty() && count > 0)
    digits = {{0, false}, {0, true}};
  // Split the lowest digit: 2^p = 2^(p-1) + 2^(p-1), and at the end 1 = 2 - 1.
  while (digits.size() < count) {
    SignedDigit &last = digits.back();
    if (last.place > 0) {
      --last.place;
      digits.push_back(digits.back());
    } else {
      last.place = 1;
      digits.push_back({0, !digits.back().negative});
    }
  }
  return digits;
}

int64_t fromSignedDigits(const std::vector<SignedDigit> &digits) {
  uint64_t value = 0;
  for (SignedDigit digit : digits)
    value += (digit.negative ? -1 : 1) * (uint64_t(1) << digit.place);
  return int64_t(value);
}

int64_t nearestWithDigits(int64_t value, unsigned digits) {
  assert(digits > 0 && std::abs(value) < (int64_t(1) << 61) && "too large for signed digits");
  if (value == 0)
    return 0;
  int64_t magnitude = std::abs(value), below = 1;
  while (below * 2 <= magnitude)
    below *= 2;
  // The nearest number lies between two neighbouring powers, which are numbers of one digit.
  // So its highest canonical digit is one of the two.
  int64_t best = 0;
  for (int64_t leading : {below, 2 * below}) {
    int64_t candidate =
        leading + (digits > 1 ? nearestWithDigits(magnitude - leading, digits - 1) : 0);
    // 0 is never nearest.
    if (best == 0 || std::abs(magnitude - candidate) < std::abs(magnitude - best))
      best = candidate;
    if (best == magnitude)
      break;
  }
  return value < 0 ? -best : best;
}

} // namespace tally
