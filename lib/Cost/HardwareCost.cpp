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

HardwareCost countHardware(const NetworkCost &network, int64_t lanes, const UnitCosts &costs) {
  HardwareCost hardware;
  hardware.lanes = lanes;
  hardware.total.here.emplace();
  hardware.total.int8.emplace();
  for (const LayerCost &layer : network.layers) {
    LayerHardware row;
    row.unit = chooseUnit(layer);
    if (layer.products) {
      row.cycles = (layer.products + lanes - 1) / lanes;
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
              const LayerHardware &row) {
  print(text, "%-*s %-8s %-9s %13s %11s %14s %12s %14s\n", kNameColumns,
        shortName(name, kNameColumns).c_str(), row.unit.empty() ? "" : row.unit.c_str(),
        bits.c_str(), grouped(row.cycles).c_str(),
        size(row.here, &CircuitSize::lookUpTables).c_str(),
        size(row.here, &CircuitSize::transistors).c_str(),
        size(row.int8, &CircuitSize::lookUpTables).c_str(),
        size(row.int8, &CircuitSize::transistors).c_str());
}

} // namespace

std::string toText(const HardwareCost &hardware, const NetworkCost &network) {
  std::string text;
  print(text, "\n%-*s %-8s %-9s %13s %11s %14s %12s %14s\n", kNameColumns, "lanes", "unit", "bits",
        "cycles", "LUTs ", "transistors ", "int8 LUTs ", "transistors ");
  for (size_t i = 0; i < hardware.layers.size(); ++i) {
    const LayerCost &layer = network.layers[i];
    if (layer.products)
      printRow(text, layer.name,
               std::to_string(layer.inputBits) + "x" + std::to_string(layer.weightBits) + ">" +
                   std::to_string(layer.accumulatorBits),
               hardware.layers[i]);
  }
  printRow(text, "total", "", hardware.total);
  print(text,
        "lanes        %s of its own for each layer, an input and a weight each a cycle; int8 with "
        "the smallest unit that multiplies, > 32\n",
        grouped(hardware.lanes).c_str());
  text += "             LUTs of Xilinx 7-series; no registers, memories, requantization and "
          "control; * estimated from units that were measured\n";
  if (hardware.notMeasured)
    print(text, "not measured %d layers, which are not in the total\n", hardware.notMeasured);
  return text;
}

} // namespace tally
