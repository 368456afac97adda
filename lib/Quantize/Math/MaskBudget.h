//===- MaskBudget.h - which bits are kept under a budget --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_MATH_MASKBUDGET_H
#define TALLY_LIB_QUANTIZE_MATH_MASKBUDGET_H

#include <cstdint>
#include <vector>

namespace tally {

/// Weights that share masks: how many, and how likely each mask is there where those before it are.
struct MaskedWeights {
  int64_t count = 0;
  std::vector<double> probabilities;
  /// What it costs to keep 0, 1, .. masks; empty where each costs `count`.
  std::vector<int64_t> costs = {};
};

/// How many masks each of `layers` keeps. All that are kept cost `budget` at most, or the least
/// there is, and 98 % at least of what can be spent of it. Of all such choices it has the largest
/// sum of weights, times the probability that their mask and those before it are there; masks that
/// cost more than others beside them are not among them
/// (multiple-choice knapsack by dynamic programming; budgets above 65,536 are spent in parts of
/// a 65,536th, each cost rounded up).
std::vector<int64_t> chooseMasks(const std::vector<MaskedWeights> &layers, int64_t budget);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_MATH_MASKBUDGET_H
