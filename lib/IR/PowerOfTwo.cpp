//===- PowerOfTwo.cpp - levels that are powers of two, or sums ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/PowerOfTwo.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace tally {

std::string PowerOfTwoFormat::describe() const {
  return std::string(isSigned ? "signed " : "unsigned ") + std::to_string(bits) + "-bit " +
         (additive  ? "additive powers of two"
          : hasZero ? "powers of two"
                    : "powers of two without zero");
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

Result<PowerOfTwoLevels> PowerOfTwoLevels::get(PowerOfTwoFormat format) {
  bool isBinary = format.bits == 1 && format.isSigned && !format.additive && !format.hasZero;
  if (!isBinary && (format.bits < 2 || format.bits > 5))
    return Error{"powers of two take 2 to 5 bits, or 1 with a sign and without zero, but got " +
                 std::to_string(format.bits)};
  if (format.additive && !format.hasZero)
    return Error{"additive powers of two always have a zero"};
  return PowerOfTwoLevels(format);
}

PowerOfTwoLevels::PowerOfTwoLevels(PowerOfTwoFormat format) : kind(format) {
  const int m = kind.magnitudeBits();
  if (kind.additive) {
    static const std::vector<PowerOfTwoField> kAdditive[] = {
        {{0, 1, {0}}},
        {{0, 2, {0, 1, 2}}},
        {{1, 2, {0, 2, 3}}, {0, 1, {1}}},
        {{2, 2, {1, 3, 5}}, {0, 2, {0, 2, 4}}},
        {{3, 2, {1, 4, 6}}, {1, 2, {0, 3, 5}}, {0, 1, {2}}},
    };
    parts = kAdditive[m - 1];
  } else {
    std::vector<int> shifts((1 << m) - kind.hasZero);
    std::iota(shifts.begin(), shifts.end(), 0);
    parts = {{0, m, shifts}};
  }

  for (int code = 0; code < 1 << kind.bits; ++code) {
    int64_t level = 0;
    if (!isMinusZero(code))
      for (PowerOfTwoTerm term : terms(code))
        level += term.sign * (int64_t(1) << term.shift);
    levels.push_back(level);
  }
  rising = levels;
  std::sort(rising.begin(), rising.end());
  rising.erase(std::unique(rising.begin(), rising.end()), rising.end());
}

bool PowerOfTwoLevels::isMinusZero(int code) const {
  return kind.isSigned && kind.hasZero && code == 1 << kind.magnitudeBits();
}

int PowerOfTwoLevels::storageBits() const {
  for (int bits : {8, 16})
    if (largest() < int64_t(1) << (bits - kind.isSigned))
      return bits;
  return 32;
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

Result<uint8_t> PowerOfTwoLevels::encode(int64_t level) const {
  // Minus zero comes after plus zero, so it is never found.
  auto found = std::find(levels.begin(), levels.end(), level);
  if (found == levels.end())
    return Error{std::to_string(level) + " is not a level of " + kind.describe()};
  return uint8_t(found - levels.begin());
}

Result<int64_t> PowerOfTwoLevels::decode(int code) const {
  if (code < 0 || code >= 1 << kind.bits)
    return Error{"code " + std::to_string(code) + " does not fit " + std::to_string(kind.bits) +
                 " bits"};
  if (isMinusZero(code))
    return Error{"code " + std::to_string(code) + " is minus zero, which " + kind.describe() +
                 " do not have"};
  return levels[code];
}

std::vector<PowerOfTwoTerm> PowerOfTwoLevels::terms(int code) const {
  assert(code >= 0 && code < 1 << kind.bits && !isMinusZero(code) && "not a code");
  const int sign = kind.isSigned && code >> kind.magnitudeBits() ? -1 : 1;
  std::vector<PowerOfTwoTerm> result;
  for (const PowerOfTwoField &field : parts) {
    int index = ((code >> field.low) & ((1 << field.bits) - 1)) - field.hasNone();
    if (index >= 0)
      result.push_back({sign, field.shifts[index]});
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

bool PowerOfTwoLevels::tieRises(size_t index, Ties ties) const {
  int64_t low = rising[index - 1], high = rising[index];
  bool away = low + high >= 0;
  // Places of neighbours differ by one, but for -1 and 1 of a set without zero.
  if (ties == Ties::Away || low == -high)
    return away;
  // Magnitudes of one sign, from the lowest: place 0.
  int64_t inner = away ? low : high;
  size_t place =
      llvm::count_if(rising, [&](int64_t level) { return level >= 0 && level < std::abs(inner); });
  return (place % 2 == 0) != away;
}

int64_t PowerOfTwoLevels::nearest(double units, Ties ties) const {
  assert(!std::isnan(units) && "not a number has no nearest level");
  auto above = std::lower_bound(rising.begin(), rising.end(), units,
                                [](int64_t level, double value) { return double(level) < value; });
  if (above == rising.begin())
    return rising.front();
  if (above == rising.end())
    return rising.back();
  // Levels are integers below 2^32: their sum is exact, and so is half of it.
  double middle = 0.5 * double(above[-1] + above[0]);
  bool up = units == middle ? tieRises(above - rising.begin(), ties) : units > middle;
  return up ? above[0] : above[-1];
}

int64_t PowerOfTwoLevels::nearestExponent(double units) const {
  assert(!kind.additive && "sums have no one exponent");
  assert(!std::isnan(units) && "not a number has no nearest level");
  if (units < 0 && !kind.isSigned)
    return rising.front();
  double magnitude = std::fabs(units);
  if (kind.hasZero && magnitude < 0.5)
    return 0;
  int64_t level = 1;
  if (magnitude >= double(largest())) {
    level = largest();
  } else if (magnitude > 1) {
    // The double constant lies just above the square root, so the comparison is exact.
    int exponent;
    double mantissa = std::frexp(magnitude, &exponent); // in [0.5, 1)
    level = int64_t(1) << (mantissa >= 0.70710678118654757 ? exponent : exponent - 1);
  }
  return units < 0 ? -level : level;
}

//===----------------------------------------------------------------------===//
// Recognition
//===----------------------------------------------------------------------===//

std::optional<double> PowerOfTwoLevels::recognize(const float *values, size_t count) const {
  constexpr double kTolerance = 1e-5;
  double magnitude = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i]))
      return std::nullopt;
    magnitude = std::max(magnitude, std::fabs(double(values[i])));
  }
  if (magnitude == 0) {
    if (count == 0 || kind.hasZero)
      return 1.0;
    return std::nullopt;
  }
  auto liesOn = [&](double unit) {
    return std::all_of(values, values + count, [&](float value) {
      double units = value / unit, level = double(nearest(units));
      return std::fabs(units - level) <= kTolerance * std::max(std::fabs(level), 1.0);
    });
  };
  // The largest value is on some level: from the largest level down, so that alpha rises.
  for (auto level = rising.rbegin(); level != rising.rend() && *level > 0; ++level) {
    double unit = magnitude / double(*level);
    if (liesOn(unit))
      return unit * double(largest());
  }
  return std::nullopt;
}

} // namespace tally
