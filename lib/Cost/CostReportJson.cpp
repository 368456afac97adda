//===- CostReportJson.cpp - the cost report for programs ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/CostReport.h"

#include <nlohmann/json.hpp>

using nlohmann::ordered_json;

namespace tally {

static ordered_json toJson(const OperationCount &count, const EnergyTable &table) {
  ordered_json rows = ordered_json::array();
  for (auto [type, number] : count.byType()) {
    EnergyTable::Energy energy = *table.of(type);
    rows.push_back({{"kind", toString(type.kind)},
                    {"bits", type.bits},
                    {"float", type.isFloat},
                    {"count", number},
                    {"picojoules_each", energy.picojoules},
                    {"estimate", energy.isEstimate}});
  }
  return rows;
}

static ordered_json countsOf(const OperationCount &count) {
  ordered_json counts;
  for (OperationKind kind : kOperationKinds)
    counts[toString(kind)] = count.of(kind);
  return counts;
}

static ordered_json toJson(const Traffic &traffic) {
  return {{"constants", traffic.weights},
          {"activations_read", traffic.read},
          {"activations_written", traffic.written}};
}

static ordered_json toJson(const Energy &energy) {
  return {{"operations", energy.operations}, {"memory", energy.memory}, {"total", energy.total()}};
}

static ordered_json toJson(const LayerCost &layer, const EnergyPair &energy,
                           const EnergyTable &table) {
  ordered_json row = {{"name", layer.name}};
  if (!layer.operation.empty())
    row["operation"] = layer.operation;
  row["counts"] = countsOf(layer.operations);
  row["operations"] = toJson(layer.operations, table);
  for (auto [key, bits] : {std::pair("input_bits", layer.inputBits),
                           {"weight_bits", layer.weightBits},
                           {"accumulator_bits", layer.accumulatorBits}})
    if (bits)
      row[key] = bits;
  if (layer.bitOperations)
    row["ebops"] = layer.bitOperations;
  if (layer.weights) {
    row["weights"] = layer.weights;
    row["zero_weights"] = layer.zeroWeights;
    row["zero_weights_are_skipped"] = layer.skipsZeros;
  }
  row["bytes"] = toJson(layer.packed);
  row["stored_bytes"] = toJson(layer.stored);
  row["picojoules"] = toJson(energy.here);
  row["int8"] = {{"counts", countsOf(layer.int8Operations)},
                 {"operations", toJson(layer.int8Operations, table)},
                 {"bytes", toJson(layer.int8)},
                 {"picojoules", toJson(energy.int8)}};
  row["int8_ratio"] = energy.ratio();
  if (!layer.notCounted.empty())
    row["not_counted"] = layer.notCounted;
  return row;
}

static ordered_json toJson(const EnergyTable::Memory &memory) {
  ordered_json object = {{"bytes", memory.bytes},
                         {"picojoules_per_byte", memory.picojoulesPerByte}};
  if (!memory.name.empty())
    object["name"] = memory.name;
  return object;
}

static ordered_json toJson(const MemoryChoice &memory) {
  return {{"constants", toJson(memory.weights)}, {"activations", toJson(memory.activations)}};
}

static ordered_json toJson(const StackDepth &stack) {
  ordered_json frames = ordered_json::array();
  for (const StackFrame &frame : stack.frames)
    frames.push_back(
        {{"function", frame.function}, {"frame", frame.bytes}, {"beside", frame.beside}});
  return {{"deepest", frames}, {"not_counted", stack.notCounted}};
}

/// Flash and RAM, of an object where there is one, and what lies in the arena when: steps count
/// from 0.
static ordered_json footprintOf(const CostReport &report) {
  ordered_json footprint;
  if (report.object) {
    const ObjectMemory &object = *report.object;
    footprint = {{"flash",
                  {{"weights", object.weights},
                   {"tables", object.tables},
                   {"code", object.code},
                   {"total", object.flash()}}},
                 {"ram",
                  {{"arena", object.arena},
                   {"input", object.input},
                   {"output", object.output},
                   {"stack", object.stack.bytes},
                   {"total", object.ram()}}},
                 {"target", object.triple},
                 {"processor", object.processor},
                 {"stack", toJson(object.stack)}};
  } else if (report.plan) {
    const NetworkMemory &plan = *report.plan;
    footprint = {
        {"flash", {{"weights", plan.weights}, {"tables", plan.tables}, {"total", plan.flash()}}},
        {"ram",
         {{"arena", plan.arena},
          {"input", plan.input},
          {"output", plan.output},
          {"total", plan.ram()}}}};
  }
  if (!report.plan) {
    footprint["unknown"] = report.unplanned;
    return footprint;
  }
  ordered_json buffers = ordered_json::array();
  for (const NetworkMemory::Buffer &buffer : report.plan->buffers)
    buffers.push_back({{"name", buffer.name},
                       {"bytes", buffer.bytes},
                       {"offset", buffer.offset},
                       {"first_step", buffer.first},
                       {"last_step", buffer.last}});
  footprint["steps"] = report.plan->steps;
  footprint["buffers"] = buffers;
  return footprint;
}

static ordered_json toJson(const std::optional<CircuitSize> &size) {
  if (!size)
    return nullptr;
  return {{"transistors", size->transistors},
          {"xc7_luts", size->lookUpTables},
          {"estimate", size->isEstimate}};
}

static ordered_json toJson(const LayerHardware &layer) {
  ordered_json row = {
      {"cycles", layer.cycles}, {"size", toJson(layer.here)}, {"int8_size", toJson(layer.int8)}};
  if (!layer.unit.empty())
    row["unit"] = layer.unit;
  if (!layer.lanes.empty())
    row["lanes"] = layer.lanes;
  return row;
}

std::string toJson(const CostReport &report, const std::string &network) {
  ordered_json layers = ordered_json::array();
  for (size_t i = 0; i < report.layers.size(); ++i)
    layers.push_back(toJson(report.network.layers[i], report.layers[i], report.table));
  ordered_json document = {{"network", network},
                           {"mul_free", stringifyMulFree(report.network.level).str()},
                           {"footprint", footprintOf(report)},
                           {"energy_table", ordered_json::parse(report.table.text())},
                           {"memory", toJson(report.memory)},
                           {"int8_memory", toJson(report.int8Memory)},
                           {"total", toJson(report.network.total, report.total, report.table)},
                           {"layers", layers}};
  if (const std::optional<HardwareCost> &hardware = report.hardware) {
    document["hardware"] = {{"lanes", hardware->lanes},
                            {"total", toJson(hardware->total)},
                            {"layers_not_measured", hardware->notMeasured}};
    if (const std::optional<CircuitPlan> &plan = hardware->plan) {
      document["hardware"].erase("lanes");
      document["hardware"]["style"] = plan->style;
      document["hardware"]["latency"] = plan->latency;
      document["hardware"]["other_cycles"] = hardware->otherCycles;
    }
    for (size_t i = 0; i < hardware->layers.size(); ++i)
      if (report.network.layers[i].products)
        document["layers"][i]["hardware"] = toJson(hardware->layers[i]);
  }
  if (report.network.skippedWeights) {
    document["total"]["shift_and_add_weights"] = report.network.skippedWeights;
    document["total"]["shift_and_add_zero_weights"] = report.network.skippedZeroWeights;
  }
  // Names may hold any bytes.
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace tally
