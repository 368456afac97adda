//===- Ticks.cpp - round numbers along an axis ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Ticks.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

namespace tally {

double Axis::place(double value) const {
  auto scale = [&](double x) { return isLogarithmic ? std::log(x) : x; };
  double from = scale(low());
  double place = (scale(value) - from) / (scale(high()) - from);
  return std::clamp(place, 0.0, 1.0); // rounding
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `least`.
static double roundUp(double least) {
  double power = std::pow(10, std::floor(std::log10(least)));
  for (double digit : {1.0, 2.0, 5.0})
    if (digit * power >= least * (1 - 1e-9))
      return digit * power;
  return 10 * power;
}

Axis makeAxis(double low, double high, int count) {
  assert(low <= high && count > 1 && "an axis goes up");
  // What differs by rounding is one value, a line in the middle.
  double size = std::max(std::fabs(low), std::fabs(high));
  if (high - low <= 1e-9 * size) {
    double margin = size == 0 ? 1 : size / 10;
    low -= margin;
    high += margin;
  }
  double step = roundUp((high - low) / count);
  // Multiples of the step rather than sums: 0.3 is to be 0.3.
  double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  Axis axis;
  for (double i = first; i <= last; ++i)
    axis.ticks.push_back(i * step);
  return axis;
}

Axis makeWholeAxis(double low, double high, int count) {
  assert(low <= high && count > 1 && "an axis goes up");
  if (low == high)
    return {{low - 1, low, high + 1}, false};
  double step = std::max(1.0, roundUp((high - low) / count));
  Axis axis{{low}, false};
  for (double tick = (std::floor(low / step) + 1) * step; tick < high; tick += step)
    axis.ticks.push_back(tick);
  // The ends are there in any case; what is too near to them goes.
  auto isCrowded = [&](double tick) {
    return tick != low && (tick - low < step / 2 || high - tick < step / 2);
  };
  axis.ticks.erase(std::remove_if(axis.ticks.begin(), axis.ticks.end(), isCrowded),
                   axis.ticks.end());
  axis.ticks.push_back(high);
  return axis;
}

Axis makeLogarithmicAxis(double low, double high) {
  assert(0 < low && low <= high && "logarithms are of what is above 0");
  int first = int(std::floor(std::log10(low))), last = int(std::floor(std::log10(high)));
  // All of 1, 2, 5 up to two decades, else powers of ten, of many decades some.
  constexpr int kFew = 2, kMost = 6;
  bool isFine = std::log10(high / low) < kFew;
  int stride = isFine ? 1 : std::max(1, (last - first + kMost) / kMost);
  std::vector<double> round;
  for (int power = first - 1; power <= last + stride; power += stride)
    for (double digit : {1.0, 2.0, 5.0})
      if (digit == 1 || isFine)
        round.push_back(digit * std::pow(10, power));
  // From the last that is not above, to the first that is not below.
  auto begin = std::upper_bound(round.begin(), round.end(), low) - 1;
  auto end = std::lower_bound(begin + 1, round.end(), high);
  return {{begin, end + 1}, true};
}

std::string toLabel(double number) {
  constexpr int kDigits = 6;
  char text[32];
  // An axis through 0 may end at a rest of rounding.
  double shown = number == 0 ? 0 : number;
  auto end = std::to_chars(text, text + sizeof text, shown, std::chars_format::general, kDigits);
  return {text, end.ptr};
}

} // namespace tally
