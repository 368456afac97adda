//===- CostReportText.cpp - the cost report for people --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ReportText.h"
#include "tally/Cost/CostReport.h"
#include "tally/Support/Text.h"

#include <cmath>
#include <vector>

namespace tally {

namespace {

/// At most 120 columns; names that are longer lose their beginning.
constexpr int kNameColumns = 27;

/// Three digits and a letter: 16.4k. Numbers below 10,000 as they are.
std::string shortCount(int64_t count) {
  if (count == 0)
    return "-";
  if (count < 10000)
    return std::to_string(count);
  double value = double(count);
  const char *unit = "kMGTP";
  for (value /= 1000; value >= 999.5 && unit[1]; value /= 1000)
    ++unit;
  std::string text;
  print(text, "%.*f%c", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, *unit);
  return text;
}

bool computesInFloat(const LayerCost &layer) {
  for (auto [type, count] : layer.operations.byType())
    if (type.isFloat)
      return true;
  return false;
}

/// Input x weight > sum.
std::string bitsText(const LayerCost &layer) {
  if (layer.inputBits == 0)
    return "";
  if (computesInFloat(layer))
    return "f" + std::to_string(layer.inputBits);
  std::string text = std::to_string(layer.inputBits);
  if (layer.weightBits)
    text += "x" + std::to_string(layer.weightBits);
  if (layer.accumulatorBits)
    text += ">" + std::to_string(layer.accumulatorBits);
  return text;
}

void printRow(std::string &text, const LayerCost &layer, const EnergyPair &energy) {
  print(text, "%-*s %-9s", kNameColumns, shortName(layer.name, kNameColumns).c_str(),
        bitsText(layer).c_str());
  for (OperationKind kind : kOperationKinds)
    print(text, " %7s", shortCount(layer.operations.of(kind)).c_str());
  std::string ratio = "-";
  if (energy.ratio() > 0) {
    ratio.clear();
    print(ratio, "%.2f", energy.ratio());
  }
  print(text, " %8s %8s %8s %8s %5s\n", shortCount(layer.packed.weights).c_str(),
        shortCount(layer.packed.activations()).c_str(), formatEnergy(energy.here.total()).c_str(),
        formatEnergy(energy.int8.total()).c_str(), ratio.c_str());
}

void printLayers(std::string &text, const CostReport &report) {
  print(text, "%-*s %-9s", kNameColumns, "layer", "bits");
  for (OperationKind kind : kOperationKinds)
    print(text, " %7s", kind == OperationKind::Multiply ? "mult" : toString(kind));
  print(text, " %8s %8s %8s %8s %5s\n", "weight B", "activ. B", "energy", "int8", "ratio");
  for (size_t i = 0; i < report.layers.size(); ++i)
    printRow(text, report.network.layers[i], report.layers[i]);
  printRow(text, report.network.total, report.total);
}

/// Operations of one kind and of one or several widths.
struct OperationRow {
  OperationType first;
  int lastBits;
  int64_t count = 0;
  double picojoules = 0;
  bool isEstimate = false;
};

/// Every width that takes a hundredth of the energy of all operations; the others of a kind
/// together, behind.
std::vector<OperationRow> groupOperations(const CostReport &report) {
  std::vector<OperationRow> rows, others;
  auto flush = [&] {
    rows.insert(rows.end(), others.begin(), others.end());
    others.clear();
  };
  for (auto [type, count] : report.network.total.operations.byType()) {
    EnergyTable::Energy each = *report.table.of(type);
    double picojoules = each.picojoules * double(count);
    if (!others.empty() &&
        (others[0].first.kind != type.kind || others[0].first.isFloat != type.isFloat))
      flush();
    bool isSmall = picojoules < 0.01 * report.total.here.operations;
    if (!isSmall) {
      // Before the collected rest of the same kind.
      rows.push_back({type, type.bits, count, picojoules, each.isEstimate});
      continue;
    }
    if (others.empty())
      others.push_back({type, type.bits});
    OperationRow &other = others[0];
    other.lastBits = type.bits;
    other.count += count;
    other.picojoules += picojoules;
    other.isEstimate |= each.isEstimate;
  }
  flush();
  return rows;
}

void printOperations(std::string &text, const CostReport &report) {
  print(text, "\n%-12s %7s %16s %10s %10s\n", "operation", "bits", "count", "pJ each", "energy");
  for (const OperationRow &row : groupOperations(report)) {
    std::string bits = (row.first.isFloat ? "f" : "") + std::to_string(row.first.bits);
    if (row.lastBits != row.first.bits)
      bits = "other";
    print(text, "%-12s %7s %16s %9.4f%c %10s\n", toString(row.first.kind), bits.c_str(),
          grouped(row.count).c_str(), row.picojoules / double(row.count),
          row.isEstimate ? '*' : ' ', formatEnergy(row.picojoules).c_str());
  }
}

/// "2.77 pJ a byte for 40,960 bytes", and of the table's memories the name.
std::string memoryText(const EnergyTable::Memory &memory) {
  std::string text;
  print(text, "%.4g%s pJ a byte for %s", memory.picojoulesPerByte, memory.name.empty() ? "*" : "",
        grouped(memory.bytes).c_str());
  return memory.name.empty() ? text : text + " ('" + printable(memory.name) + "')";
}

void printMemory(std::string &text, const char *name, const MemoryChoice &memory) {
  print(text, "%-12s", name);
  text += " constants " + memoryText(memory.weights) + ", activations " +
          memoryText(memory.activations) + " at a time\n";
}

void printEnergy(std::string &text, const char *name, const Energy &energy) {
  print(text, "%-12s %s an image: operations %s, memory %s\n", name,
        formatEnergy(energy.total()).c_str(), formatEnergy(energy.operations).c_str(),
        formatEnergy(energy.memory).c_str());
}

/// A line such as "flash 80 bytes: weights 32, tables 48".
void printBytes(std::string &text, const char *name, int64_t total,
                std::initializer_list<std::pair<const char *, int64_t>> parts) {
  print(text, "%-12s %s bytes", name, grouped(total).c_str());
  const char *before = ": ";
  for (auto [part, bytes] : parts) {
    print(text, "%s%s %s", before, part, grouped(bytes).c_str());
    before = ", ";
  }
  text += "\n";
}

void printObject(std::string &text, const ObjectMemory &object) {
  printBytes(text, "flash", object.flash(),
             {{"weights", object.weights}, {"tables", object.tables}, {"code", object.code}});
  printBytes(text, "RAM", object.ram(),
             {{"arena", object.arena},
              {"input", object.input},
              {"output", object.output},
              {"stack", object.stack.bytes}});
  text += "object       for " + object.triple + ", processor " + object.processor + "\n";
  text += "stack        deepest in ";
  for (const StackFrame &frame : object.stack.frames)
    text += (&frame == &object.stack.frames.front() ? "" : " > ") + printable(frame.function) +
            " " + grouped(frame.total());
  for (const std::string &name : object.stack.notCounted)
    text +=
        (&name == &object.stack.notCounted.front() ? "; not counted: " : ", ") + printable(name);
  text += "\n";
}

void printPlan(std::string &text, const CostReport &report) {
  if (report.plan) {
    const NetworkMemory &plan = *report.plan;
    printBytes(text, "flash", plan.flash(), {{"weights", plan.weights}, {"tables", plan.tables}});
    printBytes(text, "RAM", plan.ram(),
               {{"arena", plan.arena}, {"input", plan.input}, {"output", plan.output}});
  } else {
    print(text, "%-12s %s bytes of constants\n", "flash",
          grouped(report.network.total.stored.weights).c_str());
    if (!report.unplanned.empty())
      text += "RAM          not planned: " + printable(report.unplanned) + "\n";
  }
  // Of counts alone nothing was asked about memory.
  if (report.plan || !report.unplanned.empty())
    text += "code, stack  not compiled: see --target\n";
}

/// What decides whether a network fits: at the top.
void printSummary(std::string &text, const CostReport &report) {
  const LayerCost &total = report.network.total;
  if (report.object)
    printObject(text, *report.object);
  else
    printPlan(text, report);
  int64_t all = 0;
  std::string kinds;
  for (OperationKind kind : kOperationKinds)
    if (int64_t count = total.operations.of(kind)) {
      all += count;
      kinds += (kinds.empty() ? ": " : ", ") + std::string(toString(kind)) + " " + grouped(count);
    }
  print(text, "%-12s %s an image%s\n\n", "operations", grouped(all).c_str(), kinds.c_str());
  if (report.plan && !report.plan->buffers.empty())
    text += drawArena(*report.plan) + "\n";
}

} // namespace

std::string formatEnergy(double picojoules) {
  if (picojoules <= 0)
    return "-";
  static constexpr const char *kUnits[] = {"pJ", "nJ", "uJ", "mJ", "J"};
  int unit = 0;
  while (picojoules >= 999.5 && unit < 4) {
    picojoules /= 1000;
    ++unit;
  }
  std::string text;
  print(text, "%.*f %s",
        picojoules < 9.995   ? 2
        : picojoules < 99.95 ? 1
                             : 0,
        picojoules, kUnits[unit]);
  return text;
}

std::string toText(const CostReport &report) {
  std::string text;
  const NetworkCost &network = report.network;
  const LayerCost &total = network.total;
  printSummary(text, report);
  printLayers(text, report);
  if (report.hardware)
    text += toText(*report.hardware, network);
  printOperations(text, report);
  print(text, "\n%-12s %s bytes at the width of their codes, %s as stored\n", "constants",
        grouped(total.packed.weights).c_str(), grouped(total.stored.weights).c_str());
  if (network.skippedWeights)
    print(text, "%-12s %.1f %% of the weights that shift and add; they cost nothing\n", "zeros",
          100.0 * double(network.skippedZeroWeights) / double(network.skippedWeights));
  if (total.bitOperations)
    print(text,
          "%-12s %s: digits of each weight times bits of its input, of all but adder layers\n",
          "EBOPs", grouped(total.bitOperations).c_str());
  print(text, "%-12s %s bytes read, %s written, at the width of their codes; as stored %s and %s\n",
        "activations", grouped(total.packed.read).c_str(), grouped(total.packed.written).c_str(),
        grouped(total.stored.read).c_str(), grouped(total.stored.written).c_str());
  printMemory(text, "memory", report.memory);
  printMemory(text, "int8 memory", report.int8Memory);
  printEnergy(text, "energy", report.total.here);
  printEnergy(text, "int8", report.total.int8);
  print(text, "%-12s %.2f: int8's energy divided by this network's\n", "ratio",
        report.total.ratio());
  text += "table        '" + printable(report.table.origin()) + "'" +
          (report.table.description().empty() ? "" : ": " + printable(report.table.description())) +
          "; * estimated from it\n";
  for (const LayerCost &layer : network.layers)
    for (const std::string &operation : layer.notCounted)
      text += "not counted  '" + printable(layer.name) + "': " + printable(operation) + "\n";
  return text;
}

} // namespace tally
