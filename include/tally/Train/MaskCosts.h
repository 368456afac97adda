//===- MaskCosts.h - what bits that are learned cost ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A budget for the network as it would be deployed: how many bits each layer gets is learned such
// that all of it keeps within it.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_MASKCOSTS_H
#define TALLY_TRAIN_MASKCOSTS_H

#include "tally/Quantize/LevelWidths.h"
#include "tally/Train/CompiledStep.h"
#include "tally/Train/TrainPlan.h"

namespace tally {

/// What the integer network of a trained network costs, that energy is of whatever weights on the
/// levels that they have: training goes on behind the choice.
class MaskCosts {
public:
  /// Makes the integer network with the fewest bits, and with more bits of each layer alone. Emits
  /// an error where the budget is less than the least that there is.
  static mlir::FailureOr<MaskCosts> measure(mlir::ModuleOp network, const CostBudget &budget);

  /// Makes what steers bits on average steer what they cost: `plan.bits.average` becomes the
  /// budget, in units that make of the widest network what it has on average, and `slots` of masks
  /// get what each of them adds.
  void steer(TrainPlan &plan, std::vector<CompiledStep::Slot> &slots) const;

  /// How many masks each quantizer that has some keeps, within the budget.
  mlir::FailureOr<std::vector<int64_t>> choose(mlir::ModuleOp network) const;

private:
  mlir::FailureOr<double> costOf(mlir::ModuleOp network, const std::vector<int64_t> &kept) const;
  std::vector<int64_t> getCheapest() const;

  CostBudget budget;
  std::vector<LearnedMasks> masks;
  std::vector<int64_t> base;               ///< masks that are kept with the fewest bits
  double baseCost = 0;                     ///< of that network
  std::vector<std::vector<int64_t>> costs; ///< beside it, by how many masks a layer keeps
};

/// What the integer network `module` costs of what `budget` limits.
mlir::FailureOr<double> measureCost(mlir::ModuleOp module, const CostBudget &budget);

} // namespace tally

#endif // TALLY_TRAIN_MASKCOSTS_H
