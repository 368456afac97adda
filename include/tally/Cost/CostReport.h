//===- CostReport.h - what a network costs, beside int8 ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_COST_COSTREPORT_H
#define TALLY_COST_COSTREPORT_H

#include "tally/Cost/EnergyTable.h"
#include "tally/Cost/HardwareCost.h"
#include "tally/Cost/NetworkCost.h"
#include "tally/Cost/NetworkMemory.h"
#include "tally/Target/Cpu/ObjectMemory.h"

#include <optional>

namespace tally {

/// An estimate in picojoules for one image.
struct Energy {
  double operations = 0, memory = 0;

  double total() const { return operations + memory; }
};

/// This network, and the same layers as int8 multiply-accumulate.
struct EnergyPair {
  Energy here, int8;

  /// How many times as much int8 takes; 0 where nothing is to be computed or moved.
  double ratio() const { return here.total() > 0 ? int8.total() / here.total() : 0; }
};

/// Where constants and activations lie; `bytes` are those that lie there.
struct MemoryChoice {
  EnergyTable::Memory weights, activations;
};

struct CostReport {
  NetworkCost network;
  EnergyTable table;
  MemoryChoice memory, int8Memory;
  std::vector<EnergyPair> layers; ///< as many as `network.layers`
  EnergyPair total;
  /// Flash and RAM; where that cannot be said, `unplanned` says why.
  std::optional<NetworkMemory> plan;
  std::string unplanned;
  std::optional<ObjectMemory> object;   ///< the same of an object file, where it was compiled
  std::optional<HardwareCost> hardware; ///< where it was asked for
};

/// Constants lie in a memory made for all of them, activations in one made for what one layer
/// reads and writes; or both in the memory called `memory`. Fails for operations that `table`
/// lacks and for a memory that it does not have.
Result<CostReport> makeCostReport(const NetworkCost &network, const EnergyTable &table,
                                  const std::string &memory = "");

/// `12.3 uJ`; `-` for none.
std::string formatEnergy(double picojoules);

/// Flash, RAM and operations with a picture of the arena, a table of layers, one of operations, and
/// where the energy goes.
std::string toText(const CostReport &report);
/// The same and more, as a JSON object; `network` names the network in it.
std::string toJson(const CostReport &report, const std::string &network);

} // namespace tally

#endif // TALLY_COST_COSTREPORT_H
