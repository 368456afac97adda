//===- Units.h - numbers with a unit ----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_SUPPORT_UNITS_H
#define TALLY_SUPPORT_UNITS_H

#include <optional>
#include <string>
#include <vector>

namespace tally {

struct Unit {
  std::string name; ///< empty for a number without one
  double factor;
};

/// pJ, nJ, uJ and mJ, in picojoules.
const std::vector<Unit> &getEnergyUnits();

/// A finite number and one of `units` right behind it: "9.5uJ". Nothing where `text` is none.
std::optional<double> readWithUnit(const std::string &text, const std::vector<Unit> &units);

} // namespace tally

#endif // TALLY_SUPPORT_UNITS_H
