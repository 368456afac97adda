//===- HardwareCost.cpp - what a network takes in a circuit ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/HardwareCost.h"

#include "ReportText.h"

namespace tally {

static std::string chooseUnit(const LayerCost &layer) {
  if (layer.products == 0 || layer.product.isFloat)
    return "";
  switch (layer.product.kind) {
  case OperationKind::Sad:
    return "sad";
  case OperationKind::Shift:
    return layer.isAdditive ? "apot" : "pot";
  default:
    return "uniform";
  }
}

static std::optional<CircuitSize> times(int64_t lanes, std::optional<CircuitSize> size) {
  if (size) {
    size->transistors *= double(lanes);
    size->lookUpTables *= double(lanes);
  }
  return size;
}

static void add(const std::optional<CircuitSize> &from, std::optional<CircuitSize> &to) {
  to->transistors += from->transistors;
  to->lookUpTables += from->lookUpTables;
  to->isEstimate |= from->isEstimate;
}

/// One row, and its part of the total.
static void addLayer(HardwareCost &hardware, const LayerCost &layer, LayerHardware row,
                     int64_t lanes, const UnitCosts &costs) {
  row.unit = chooseUnit(layer);
  if (layer.products && lanes) {
    if (!row.unit.empty())
      row.here = times(
          lanes, costs.of(row.unit, layer.inputBits, layer.weightBits, layer.accumulatorBits));
    row.int8 = times(lanes, costs.of("uniform", 8, 8, 32));
  }
  if (row.here && row.int8) {
    hardware.total.cycles += row.cycles;
    add(row.here, hardware.total.here);
    add(row.int8, hardware.total.int8);
  } else if (layer.products) {
    ++hardware.notMeasured;
  }
  hardware.layers.push_back(std::move(row));
}

static HardwareCost nothing() {
  HardwareCost hardware;
  hardware.total.here.emplace();
  hardware.total.int8.emplace();
  return hardware;
}

HardwareCost countHardware(const NetworkCost &network, int64_t lanes, const UnitCosts &costs) {
  HardwareCost hardware = nothing();
  hardware.lanes = lanes;
  for (const LayerCost &layer : network.layers) {
    LayerHardware row;
    row.cycles = (layer.products + lanes - 1) / lanes;
    addLayer(hardware, layer, std::move(row), lanes, costs);
  }
  return hardware;
}

HardwareCost countHardware(const NetworkCost &network, const CircuitPlan &plan,
                           const UnitCosts &costs) {
  HardwareCost hardware = nothing();
  hardware.plan = plan;
  std::vector<bool> taken(plan.stages.size());
  for (const LayerCost &layer : network.layers) {
    // Names may repeat: stages are in the order of their layers.
    LayerHardware row;
    int64_t lanes = 0;
    for (size_t i = 0; layer.products && i < plan.stages.size() && !lanes; ++i) {
      const CircuitPlan::Stage &stage = plan.stages[i];
      if (taken[i] || stage.layer.empty() || stage.layer != layer.name)
        continue;
      taken[i] = true;
      lanes = stage.filters * stage.channels;
      row.lanes = std::to_string(stage.filters) + "x" + std::to_string(stage.channels);
      row.cycles = stage.cycles;
    }
    addLayer(hardware, layer, std::move(row), lanes, costs);
  }
  for (size_t i = 0; i < plan.stages.size(); ++i)
    hardware.otherCycles += taken[i] ? 0 : plan.stages[i].cycles;
  hardware.total.cycles = plan.interval;
  return hardware;
}

namespace {

constexpr int kNameColumns = 27;

std::string size(const std::optional<CircuitSize> &of, double CircuitSize::*figure) {
  if (!of)
    return "- ";
  return grouped(int64_t((*of).*figure + 0.5)) + (of->isEstimate ? "*" : " ");
}

void printRow(std::string &text, const std::string &name, const std::string &bits,
              const LayerHardware &row, bool planned) {
  std::string lanes = planned ? row.lanes : std::string();
  lanes.resize(planned ? std::max<size_t>(lanes.size(), 8) : 0, ' ');
  print(text, "%-*s %-8s %-9s %s%13s %11s %14s %12s %14s\n", kNameColumns,
        shortName(name, kNameColumns).c_str(), row.unit.c_str(), bits.c_str(), lanes.c_str(),
        grouped(row.cycles).c_str(), size(row.here, &CircuitSize::lookUpTables).c_str(),
        size(row.here, &CircuitSize::transistors).c_str(),
        size(row.int8, &CircuitSize::lookUpTables).c_str(),
        size(row.int8, &CircuitSize::transistors).c_str());
}

} // namespace

static std::string explain(const HardwareCost &hardware) {
  std::string text;
  if (hardware.plan)
    print(text,
          "lanes        filters x channels at once, and cycles, as emit-verilog has them, %s; int8 "
          "with as many of the smallest unit that multiplies, > 32\n"
          "cycles       %s an image, latency %s\n",
          hardware.plan->style.c_str(), grouped(hardware.plan->interval).c_str(),
          grouped(hardware.plan->latency).c_str());
  else
    print(
        text,
        "lanes        %s of its own for each layer, an input and a weight each a cycle; int8 with "
        "the smallest unit that multiplies, > 32\n",
        grouped(hardware.lanes).c_str());
  text += "             LUTs of Xilinx 7-series; no registers, memories, requantization and "
          "control; * estimated from units that were measured\n";
  if (hardware.notMeasured)
    print(text, "not measured %d layers, which are not in the total%s\n", hardware.notMeasured,
          hardware.plan ? " but for their cycles" : "");
  return text;
}

std::string toText(const HardwareCost &hardware, const NetworkCost &network) {
  std::string text;
  bool planned = hardware.plan.has_value();
  print(text, "\n%-*s %-8s %-9s %s%13s %11s %14s %12s %14s\n", kNameColumns, "lanes", "unit",
        "bits", planned ? "FxC     " : "", "cycles", "LUTs ", "transistors ", "int8 LUTs ",
        "transistors ");
  for (size_t i = 0; i < hardware.layers.size(); ++i) {
    const LayerCost &layer = network.layers[i];
    if (layer.products)
      printRow(text, layer.name,
               std::to_string(layer.inputBits) + "x" + std::to_string(layer.weightBits) + ">" +
                   std::to_string(layer.accumulatorBits),
               hardware.layers[i], planned);
  }
  if (planned) {
    LayerHardware others;
    others.cycles = hardware.otherCycles;
    printRow(text, "other stages", "", others, planned);
  }
  printRow(text, "total", "", hardware.total, planned);
  return text + explain(hardware);
}

} // namespace tally
