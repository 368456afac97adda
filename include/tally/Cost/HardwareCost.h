//===- HardwareCost.h - what a network takes in a circuit -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_COST_HARDWARECOST_H
#define TALLY_COST_HARDWARECOST_H

#include "tally/Cost/NetworkCost.h"
#include "tally/Support/Result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// Of lanes, without registers, memories and control.
struct CircuitSize {
  double transistors = 0;  ///< of static CMOS
  double lookUpTables = 0; ///< of Xilinx 7-series, without DSP blocks
  bool isEstimate = false; ///< between units that were measured, or of a wider one
};

/// Measured multiply-accumulate units and their substitutes: hardware/measured.json.
class UnitCosts {
public:
  static const UnitCosts &builtin();
  /// `origin` names the figures in messages.
  static Result<UnitCosts> parse(const std::string &text, const std::string &origin);

  /// One lane with its accumulator: of the smallest measured unit whose codes are wide enough,
  /// and in accumulators that were not measured on the line through those that were. Units are
  /// "uniform", the smallest of those that multiply, "pot", "apot" and "sad". None where no
  /// unit is wide enough.
  std::optional<CircuitSize> of(const std::string &unit, int inputBits, int weightBits,
                                int accumulatorBits) const;

private:
  /// Figures by bits of the accumulator.
  struct Unit {
    std::string name;
    int inputBits, weightBits;
    std::map<int, double> transistors, lookUpTables;
  };
  std::vector<Unit> units;

  double adjust(const Unit &unit, std::map<int, double> Unit::*figure, int accumulatorBits) const;
};

/// How long a circuit takes for an image, as `emit-verilog` computes it.
struct CircuitPlan {
  struct Stage {
    std::string layer; ///< empty for stages without lanes
    int64_t filters = 0, channels = 0, cycles = 0;
  };
  std::string style; ///< "sequential" or "pipelined"
  std::vector<Stage> stages;
  int64_t interval = 0, latency = 0; ///< cycles of an image among others, and by itself
};

/// Lanes of one layer, and of the same in int8.
struct LayerHardware {
  std::string unit;  ///< as in UnitCosts; empty for layers without weights
  std::string lanes; ///< FxC, in a plan
  int64_t cycles = 0;
  std::optional<CircuitSize> here, int8; ///< none where nothing was measured
};

struct HardwareCost {
  int64_t lanes = 0; ///< of each layer; 0 where a plan says
  std::optional<CircuitPlan> plan;
  int64_t otherCycles = 0;           ///< of a plan's stages that belong to no row
  std::vector<LayerHardware> layers; ///< as many as the network has
  LayerHardware total;               ///< of the layers that have a size
  int notMeasured = 0;               ///< layers that have none
};

/// Every layer with `lanes` lanes of its own, each of which takes one input and weight a cycle.
HardwareCost countHardware(const NetworkCost &network, int64_t lanes,
                           const UnitCosts &costs = UnitCosts::builtin());

/// Every layer with the lanes and cycles of its stage; the total is an image's.
HardwareCost countHardware(const NetworkCost &network, const CircuitPlan &plan,
                           const UnitCosts &costs = UnitCosts::builtin());

/// A table of layers.
std::string toText(const HardwareCost &hardware, const NetworkCost &network);

} // namespace tally

#endif // TALLY_COST_HARDWARECOST_H
