//===- NetworkBudget.h - one number for what a network costs ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_COST_NETWORKBUDGET_H
#define TALLY_COST_NETWORKBUDGET_H

#include "tally/Cost/CostKind.h"
#include "tally/Cost/EnergyTable.h"
#include "tally/Cost/NetworkCost.h"

namespace tally {

/// What `network` costs, as `report` has it: see CostKind. Energy fails where `table` lacks one of
/// the operations.
Result<double> measureCost(CostKind kind, const NetworkCost &network, const EnergyTable &table);

/// `48,000 bytes`, `1,234,567 BOPs`, `9.5 uJ`.
std::string formatCost(CostKind kind, double cost);

/// The same network with whatever weights on the levels that it has: no weight is 0, and all have
/// the most terms. It costs at least as much.
NetworkCost withAnyWeights(NetworkCost network);

} // namespace tally

#endif // TALLY_COST_NETWORKBUDGET_H
