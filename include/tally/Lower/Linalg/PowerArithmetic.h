//===- PowerArithmetic.h - how layers of powers of two compute --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same sums, three ways, and a model of what each costs. Costs are estimates for one
// weight of one output element in additions of a word; they choose between exact
// forms, so a wrong estimate costs time and never a result. docs/Targets.md has the table.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LOWER_LINALG_POWERARITHMETIC_H
#define TALLY_LOWER_LINALG_POWERARITHMETIC_H

#include "tally/IR/Enums.h"
#include "tally/IR/PowerOfTwo.h"

namespace tally {

enum class PowerArithmetic {
  Levels,  ///< codes are unpacked to their levels, which are multiplied
  Shifts,  ///< each term of a code is a shifted activation, added
  Buckets, ///< activations are summed per exponent, the sums shifted once an output element
};

/// In additions of one word.
struct CoreCosts {
  double multiply;
  double shift;  ///< by a variable amount, whatever that is
  double place;  ///< on top for each place shifted
  double access; ///< a load or a store
};
CoreCosts getCosts(Core core);

/// One weight of one output element, of which each adds up `terms` weights.
double estimateCost(PowerArithmetic arithmetic, const PowerOfTwoLevels &levels, int64_t terms,
                    const CoreCosts &costs);

/// The cheapest; `Levels` only where products are allowed.
PowerArithmetic chooseArithmetic(const PowerOfTwoLevels &levels, int64_t terms, Core core,
                                 bool allowProducts);

} // namespace tally

#endif // TALLY_LOWER_LINALG_POWERARITHMETIC_H
