//===- NetworkBudget.cpp - one number for what a network costs ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/NetworkBudget.h"

#include "tally/Cost/CostReport.h"
#include "tally/Support/Text.h"

#include "llvm/Support/ErrorHandling.h"

namespace tally {

Result<double> measureCost(CostKind kind, const NetworkCost &network, const EnergyTable &table) {
  switch (kind) {
  case CostKind::Bytes:
    return double(network.total.packed.weights);
  case CostKind::BitOperations: {
    double sum = 0;
    for (const LayerCost &layer : network.layers)
      sum += double(layer.products) * layer.inputBits * layer.weightBits;
    return sum;
  }
  case CostKind::Energy: {
    Result<CostReport> report = makeCostReport(network, table);
    if (!report)
      return report.error();
    return report->total.here.total();
  }
  }
  llvm_unreachable("no other kind");
}

std::string formatCost(CostKind kind, double cost) {
  if (kind == CostKind::Energy)
    return formatEnergy(cost);
  return grouped(int64_t(cost)) + (kind == CostKind::Bytes ? " bytes" : " BOPs");
}

NetworkCost withAnyWeights(NetworkCost network) {
  for (LayerCost &layer : network.layers)
    layer.operations.add(layer.spared);
  network.total.operations.add(network.total.spared);
  return network;
}

} // namespace tally
