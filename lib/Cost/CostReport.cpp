//===- CostReport.cpp - what a network costs, beside int8 -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/CostReport.h"

#include <algorithm>

namespace tally {

static double operationsEnergy(const OperationCount &count, const EnergyTable &table) {
  double sum = 0;
  for (auto [type, number] : count.byType())
    sum += double(number) * table.of(type)->picojoules;
  return sum;
}

static double memoryEnergy(const Traffic &traffic, const MemoryChoice &memory) {
  return double(traffic.weights) * memory.weights.picojoulesPerByte +
         double(traffic.activations()) * memory.activations.picojoulesPerByte;
}

/// Memories made for the bytes that `traffic` says of each layer.
static MemoryChoice chooseMemory(const NetworkCost &network, Traffic LayerCost::*traffic,
                                 const EnergyTable &table) {
  int64_t most = 0;
  for (const LayerCost &layer : network.layers)
    most = std::max(most, (layer.*traffic).activations());
  return {table.holding((network.total.*traffic).weights), table.holding(most)};
}

static EnergyPair measure(const LayerCost &layer, const CostReport &report) {
  return {
      {operationsEnergy(layer.operations, report.table), memoryEnergy(layer.packed, report.memory)},
      {operationsEnergy(layer.int8Operations, report.table),
       memoryEnergy(layer.int8, report.int8Memory)}};
}

Result<CostReport> makeCostReport(const NetworkCost &network, const EnergyTable &table,
                                  const std::string &memory) {
  for (const OperationCount *count : {&network.total.operations, &network.total.int8Operations})
    for (auto [type, number] : count->byType())
      if (!table.of(type))
        return Error{"energy table '" + table.origin() +
                     "' requires 'float', because the network " + "computes in floating point"};
  CostReport report{network,
                    table,
                    chooseMemory(network, &LayerCost::packed, table),
                    chooseMemory(network, &LayerCost::int8, table),
                    {},
                    {},
                    {},
                    {},
                    {},
                    {}};
  if (!memory.empty()) {
    const EnergyTable::Memory *level = table.named(memory);
    if (!level) {
      std::string known;
      for (const EnergyTable::Memory &one : table.memories())
        known += (known.empty() ? "'" : ", '") + one.name + "'";
      return Error{"energy table '" + table.origin() + "' has no memory '" + memory + "'; it has " +
                   known};
    }
    for (MemoryChoice *choice : {&report.memory, &report.int8Memory})
      for (EnergyTable::Memory *used : {&choice->weights, &choice->activations}) {
        used->name = level->name;
        used->picojoulesPerByte = level->picojoulesPerByte;
      }
  }
  for (const LayerCost &layer : network.layers)
    report.layers.push_back(measure(layer, report));
  report.total = measure(network.total, report);
  return report;
}

} // namespace tally
