//===- PowerArithmetic.cpp - how layers of powers of two compute ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Lower/Linalg/PowerArithmetic.h"

#include <algorithm>
#include <cstdlib>

namespace tally {

CoreCosts getCosts(Core core) {
  switch (core) {
  case Core::Multiplier:
    return {1, 1, 0, 2};
  case Core::BarrelShifter:
    // The multiplication is a loop over the bits of a weight in a helper function.
    return {40, 1, 0, 2};
  case Core::SerialShifter:
    // A place is a shift, a counter and a branch.
    return {120, 1, 3, 2};
  }
  std::abort();
}

double estimateCost(PowerArithmetic arithmetic, const PowerOfTwoLevels &levels, int64_t terms,
                    const CoreCosts &costs) {
  constexpr double add = 1, logic = 1;
  if (arithmetic == PowerArithmetic::Levels)
    return costs.access + costs.multiply + add; // unpacked once for all positions
  // The code out of its byte: a load, a shift, a mask; then its sign: two operations.
  double cost = costs.access + costs.shift + logic + 2 * logic;
  int highest = 0;
  for (const PowerOfTwoField &field : levels.fields()) {
    cost += 3 * logic; // the place, and whether there is one
    double places = 0;
    for (int shift : field.shifts) {
      places += double(shift) / double(field.shifts.size());
      highest = std::max(highest, shift);
    }
    cost += arithmetic == PowerArithmetic::Shifts ? costs.shift + places * costs.place + add
                                                  : 2 * costs.access + add;
  }
  if (arithmetic == PowerArithmetic::Buckets) {
    double buckets = highest + 1, places = highest / 2.0;
    cost += buckets * (2 * costs.access + costs.shift + places * costs.place + add) /
            double(std::max<int64_t>(1, terms));
  }
  return cost;
}

PowerArithmetic chooseArithmetic(const PowerOfTwoLevels &levels, int64_t terms, Core core,
                                 bool allowProducts) {
  CoreCosts costs = getCosts(core);
  PowerArithmetic best = PowerArithmetic::Shifts;
  double least = estimateCost(best, levels, terms, costs);
  auto consider = [&](PowerArithmetic arithmetic) {
    double cost = estimateCost(arithmetic, levels, terms, costs);
    if (cost < least) {
      least = cost;
      best = arithmetic;
    }
  };
  consider(PowerArithmetic::Buckets);
  if (allowProducts)
    consider(PowerArithmetic::Levels);
  return best;
}

} // namespace tally
