//===- HlsTop.cpp - the dataflow region of a network ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsTop.h"

#include "tally/IR/Parameters.h"

#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace tally::hls {

namespace {

/// Who takes a value: a function, or the caller of the network.
struct Reader {
  Use use;
  std::string *argument = nullptr; ///< where the array's name goes
  std::optional<Array> output;     ///< the caller's
};

class Connector {
public:
  Connector(Program &program, func::FuncOp entry) : program(program), entry(entry) {}

  Top run() {
    dropUnused();
    addSteps();
    std::vector<Top::Step> steps = std::move(top.steps);
    top.steps.clear();
    for (auto [index, argument] : llvm::enumerate(entry.getArguments())) {
      top.inputs.push_back(
          arrayOf(boundaryName("input", index, entry.getNumArguments()), argument));
      connectInput(argument, top.inputs.back());
    }
    connectConstants();
    // What readers point to stays where it is when steps move.
    for (size_t i = 0; i < steps.size(); ++i) {
      connectResult(steps[i], program.calls[i].partition);
      top.steps.push_back(std::move(steps[i]));
      flushCopies();
    }
    return std::move(top);
  }

private:
  static std::string boundaryName(StringRef base, size_t index, size_t count) {
    return base.str() + (count == 1 ? "" : std::to_string(index));
  }
  Array arrayOf(std::string name, Value value) {
    return {std::move(name), shapeOf(value), program.rangeOf(value)};
  }

  void dropUnused() {
    llvm::DenseSet<Value> taken;
    for (Value result : entry.getBody().front().getTerminator()->getOperands())
      taken.insert(program.resolve(result));
    for (size_t i = program.calls.size(); i-- > 0;) {
      if (!taken.contains(program.calls[i].result)) {
        program.calls.erase(program.calls.begin() + i);
        continue;
      }
      for (const Use &use : program.calls[i].uses)
        taken.insert(program.resolve(use.value));
    }
  }

  void addSteps() {
    for (const Call &call : program.calls) {
      Top::Step &step = top.steps.emplace_back();
      step.function = call.function.name;
      step.arguments.resize(call.function.parameters.size());
      step.result = call.result;
    }
    for (auto [call, step] : llvm::zip_equal(program.calls, top.steps))
      for (auto [number, use] : llvm::enumerate(call.uses))
        readers[program.resolve(use.value)].push_back({use, &step.arguments[number], {}});
    Operation *end = entry.getBody().front().getTerminator();
    for (auto [index, result] : llvm::enumerate(end->getOperands())) {
      top.outputs.push_back(arrayOf(boundaryName("output", index, end->getNumOperands()), result));
      readers[program.resolve(result)].push_back({{result, true, 0}, nullptr, top.outputs.back()});
    }
  }

  Array addChannel(Value value, int partition, bool queue) {
    std::string name = program.unique(program.nameOf(value) + "_out");
    top.channels.push_back({arrayOf(name, value), value, partition, queue});
    return top.channels.back().array;
  }

  /// A function that copies `from` to where each reader takes it.
  void copyTo(Value value, const Array &from, ArrayRef<Reader> all) {
    Function function;
    function.name = program.unique(program.prefix + "_copy_" + program.nameOf(value));
    function.comment = all.size() == 1 ? "A copy" : "A copy for each reader";
    function.nest.shifts = program.indicesByShifts();
    std::vector<Index> at = function.nest.loopOver(from.shape);
    Array input = from;
    Top::Step step;
    step.function = function.name;
    bool isTable = getConstantElements(value) != nullptr;
    if (!isTable) {
      input.name = "input";
      function.parameters.push_back(input);
      step.arguments.push_back(from.name);
    }
    Number x = function.nest.define("x", function.nest.at(input, at));
    for (auto [index, reader] : llvm::enumerate(all)) {
      Array to = reader.output ? *reader.output : addChannel(value, reader.use.partition, false);
      if (reader.argument)
        *reader.argument = to.name;
      step.arguments.push_back(to.name);
      Array parameter = from;
      parameter.name = boundaryName("output", index, all.size());
      function.parameters.push_back(parameter);
      function.nest.store(parameter, at, x);
    }
    function.nest.pipeline();
    copies.push_back(std::move(step));
    program.copies.push_back(std::move(function));
  }

  /// Directives stay off the arrays of the caller, whose interface they would change.
  void connectInput(Value value, const Array &array) {
    std::vector<Reader> &all = readers[value];
    if (all.size() == 1 && all[0].argument && all[0].use.partition == 0) {
      *all[0].argument = array.name;
      return;
    }
    if (!all.empty())
      copyTo(value, array, all);
    flushCopies();
  }

  void connectResult(Top::Step &step, int partition) {
    Value value = step.result;
    std::vector<Reader> &all = readers[value];
    if (all.size() == 1 && all[0].output && partition == 0) {
      step.array = all[0].output->name;
    } else if (all.size() == 1 && all[0].argument) {
      Use use = all[0].use;
      bool both = partition && use.partition && partition != use.partition;
      Array channel =
          addChannel(value, partition ? partition : use.partition, use.inOrder && !both);
      step.array = *all[0].argument = channel.name;
    } else {
      Array channel = addChannel(value, partition, true);
      step.array = channel.name;
      copyTo(value, channel, all);
    }
    step.arguments.back() = step.array;
  }

  /// Results that are constants.
  void connectConstants() {
    for (Value result : entry.getBody().front().getTerminator()->getOperands()) {
      Value value = program.resolve(result);
      std::vector<int64_t> constants = constantsOf(value);
      if (constants.empty() || !connected.insert(value).second)
        continue;
      Array table = program.addTable("result", shapeOf(value), constants, program.rangeOf(value));
      copyTo(value, table, readers[value]);
      flushCopies();
    }
  }

  void flushCopies() {
    llvm::append_range(top.steps, copies);
    copies.clear();
  }

  Program &program;
  func::FuncOp entry;
  Top top;
  llvm::DenseMap<Value, std::vector<Reader>> readers;
  llvm::DenseSet<Value> connected;
  std::vector<Top::Step> copies;
};

} // namespace

Top connect(Program &program, func::FuncOp entry) { return Connector(program, entry).run(); }

std::string prototypeOf(const Program &program, const Top &top) {
  std::string text = "void " + program.prefix + "_run(", separator;
  for (const auto *arrays : {&top.inputs, &top.outputs})
    for (const Array &array : *arrays) {
      text += separator + array.declaration();
      separator = ", ";
    }
  return text + ")";
}

void printTop(llvm::raw_ostream &os, const Program &program, const Top &top) {
  os << "/* All layers, one behind another. */\nTALLY_TOP\n"
     << prototypeOf(program, top) << " {\n"
     << "  TALLY_DATAFLOW\n";
  for (const Channel &channel : top.channels) {
    const std::string &name = channel.array.name;
    os << "  TALLY_CHANNEL " << channel.array.declaration() << ";\n";
    if (channel.partition)
      os << "  TALLY_PARTITION(" << name << ", " << channel.partition << ")\n";
    if (channel.queue)
      os << "  TALLY_STREAM(" << name << ", 2)\n";
  }
  unsigned value = 0;
  for (const Top::Step &step : top.steps) {
    os << "  " << step.function << "(";
    llvm::interleaveComma(step.arguments, os);
    os << ");\n";
    if (step.result)
      os << "  TALLY_VALUE(" << value++ << ", " << step.array << ")\n";
  }
  // What no layer takes.
  for (const Array &input : top.inputs)
    if (llvm::none_of(top.steps, [&](const Top::Step &step) {
          return llvm::is_contained(step.arguments, input.name);
        }))
      os << "  (void)" << input.name << ";\n";
  os << "}\n";
}

} // namespace tally::hls
