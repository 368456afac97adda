//===- Units.cpp - numbers with a unit ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Units.h"

#include <charconv>
#include <cmath>
#include <string_view>

namespace tally {

const std::vector<Unit> &getEnergyUnits() {
  static const std::vector<Unit> units = {{"pJ", 1}, {"nJ", 1e3}, {"uJ", 1e6}, {"mJ", 1e9}};
  return units;
}

std::optional<double> readWithUnit(const std::string &text, const std::vector<Unit> &units) {
  for (const Unit &unit : units) {
    std::string_view digits = text;
    if (digits.size() <= unit.name.size() ||
        digits.substr(digits.size() - unit.name.size()) != unit.name)
      continue;
    digits.remove_suffix(unit.name.size());
    double number = 0;
    auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && rest == digits.data() + digits.size() &&
        std::isfinite(number * unit.factor))
      return number * unit.factor;
  }
  return std::nullopt;
}

} // namespace tally
