//===- HlsSelfTest.cpp - golden vectors for a nest of loops ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsSelfTest.h"

#include "tally/Emit/CNames.h"
#include "tally/Run/Interpreter.h"

using namespace mlir;

namespace tally::hls {

static constexpr char kSelfTest[] = {
#include "HlsSelfTest.inc"
};

static std::vector<int64_t> integersOf(const Tensor &tensor) {
  std::vector<int64_t> all;
  dispatch(tensor.type(), [&](auto tag) {
    const auto *data = tensor.data<decltype(tag)>();
    for (int64_t i = 0; i < tensor.size(); ++i)
      all.push_back(int64_t(data[i]));
  });
  return all;
}

/// As golden_add in SelfTest.c.
static uint32_t checksumOf(const Tensor &tensor) {
  uint32_t hash = 2166136261u;
  for (int64_t code : integersOf(tensor))
    hash = (hash ^ uint32_t(code)) * 16777619u;
  return hash;
}

namespace {

class Writer {
public:
  Writer(const Program &program, const Top &top, func::FuncOp entry)
      : program(program), top(top), entry(entry), os(text) {}

  FailureOr<std::string> run(const std::vector<std::vector<Tensor>> &vectors) {
    for (const Top::Step &step : top.steps)
      if (step.result)
        values.push_back(&step);
    for (const std::vector<Tensor> &inputs : vectors)
      if (failed(interpretOne(inputs)))
        return failure();
    os << "/* Self-test of " << program.prefix
       << ", in C99 or C++: includes its source, to see every value. */\n#include <stdint.h>\n"
          "#include \"tally_hls.h\"\n\n#define GOLDEN_VECTORS "
       << vectors.size() << "\n#define GOLDEN_VALUES " << values.size() << "\n\n";
    if (!values.empty()) {
      writeNames();
      writeHashes();
      os << "static void golden_add(int64_t code);\nstatic void golden_compare(int value);\n";
    }
    os << "static void golden_expect(int64_t code, int64_t expected);\n\n";
    for (auto [number, step] : llvm::enumerate(values))
      writeCheck(number, *step);
    os << "#undef TALLY_VALUE\n#define TALLY_VALUE(number, array) golden_value##number(array);\n"
          "#include \""
       << program.prefix << ".c\"\n\n";
    writeBoundary(vectors);
    os << StringRef(kSelfTest, sizeof(kSelfTest));
    return text;
  }

private:
  LogicalResult interpretOne(const std::vector<Tensor> &inputs) {
    llvm::DenseMap<Value, uint32_t> found;
    InterpreterOptions options;
    options.onResult = [&](Operation *op, const Tensor &result) {
      if (!isFloat(result.type()))
        found[op->getResult(0)] = checksumOf(result);
    };
    FailureOr<std::vector<Tensor>> results = interpret(entry, inputs, options);
    if (failed(results))
      return failure();
    for (const Top::Step *step : values)
      hashes.push_back(found.lookup(step->result));
    outputs.push_back(std::move(*results));
    return success();
  }

  void writeNames() {
    os << "static const char *const golden_names[] = {";
    for (const Top::Step *step : values)
      os << toCString(program.nameOf(step->result)) << ", ";
    os << "0};\n";
  }

  void writeHashes() {
    os << "static const uint32_t golden_hashes[] = {";
    for (auto [index, hash] : llvm::enumerate(hashes))
      os << (index % 8 ? " " : "\n  ") << hash << "u,";
    os << "\n  0};\n\n";
  }

  /// `static void NAME(PARAMETERS)` around `nest`.
  void writeFunction(std::string name, std::string comment, std::vector<Array> parameters,
                     Nest nest) {
    Function function;
    function.name = std::move(name);
    function.comment = std::move(comment);
    function.parameters = std::move(parameters);
    function.nest = std::move(nest);
    function.print(os);
  }

  void writeCheck(size_t number, const Top::Step &step) {
    Array array{"array", shapeOf(step.result), program.rangeOf(step.result)};
    std::string suffix = std::to_string(number);
    Nest nest;
    std::vector<Index> at = nest.loopOver(array.shape);
    nest.line("golden_add((int64_t)" + nest.at(array, at).text + ");");
    writeFunction("golden_add" + suffix, toCComment(program.nameOf(step.result)), {array},
                  std::move(nest));
    os << "static void golden_value" << suffix << "(" << array.declaration() << ") {\n  golden_add"
       << suffix << "(array);\n  golden_compare(" << suffix << ");\n}\n\n";
  }

  /// All vectors' tensors of one input or output.
  void writeVectors(const Array &array, const std::vector<std::vector<Tensor>> &vectors,
                    size_t index) {
    Array all = array;
    all.name = "golden_" + array.name;
    all.shape.insert(all.shape.begin(), int64_t(vectors.size()));
    std::vector<int64_t> codes;
    for (const std::vector<Tensor> &vector : vectors)
      llvm::append_range(codes, integersOf(vector[index]));
    printConstant(os, all, codes);
  }

  Number goldenAt(const Nest &nest, const Array &array, size_t vectors, ArrayRef<Index> at) {
    Array all = array;
    all.name = "golden_" + array.name;
    all.shape.insert(all.shape.begin(), int64_t(vectors));
    std::vector<Index> indices = {Index("golden_vector")};
    llvm::append_range(indices, at);
    return nest.at(all, indices);
  }

  void writeBoundary(const std::vector<std::vector<Tensor>> &vectors) {
    std::string run, arguments;
    os << "static int golden_vector;\n";
    for (auto [index, array] : llvm::enumerate(top.inputs)) {
      writeVectors(array, vectors, index);
      Nest nest;
      std::vector<Index> at = nest.loopOver(array.shape);
      nest.line(nest.at(array, at).text + " = " + goldenAt(nest, array, vectors.size(), at).text +
                ";");
      writeFunction("golden_set_" + array.name, "The vector's", {array}, std::move(nest));
      os << "static " << array.declaration() << ";\n";
      run += "  golden_set_" + array.name + "(" + array.name + ");\n";
      arguments += (arguments.empty() ? "" : ", ") + array.name;
    }
    std::string compare;
    for (auto [index, array] : llvm::enumerate(top.outputs)) {
      writeVectors(array, outputs, index);
      Nest nest;
      std::vector<Index> at = nest.loopOver(array.shape);
      nest.line("golden_expect((int64_t)" + nest.at(array, at).text + ", (int64_t)" +
                goldenAt(nest, array, vectors.size(), at).text + ");");
      writeFunction("golden_compare_" + array.name, "With the vector's", {array}, std::move(nest));
      os << "static " << array.declaration() << ";\n";
      compare += "  golden_compare_" + array.name + "(" + array.name + ");\n";
      arguments += (arguments.empty() ? "" : ", ") + array.name;
    }
    os << "\nstatic void golden_run(void) {\n"
       << run << "  " << program.prefix << "_run(" << arguments << ");\n"
       << compare << "}\n\n";
  }

  const Program &program;
  const Top &top;
  func::FuncOp entry;
  std::string text;
  llvm::raw_string_ostream os;
  std::vector<const Top::Step *> values;
  std::vector<uint32_t> hashes;
  std::vector<std::vector<Tensor>> outputs;
};

} // namespace

FailureOr<std::string> writeSelfTest(const Program &program, const Top &top, func::FuncOp entry,
                                     const std::vector<std::vector<Tensor>> &vectors) {
  return Writer(program, top, entry).run(vectors);
}

} // namespace tally::hls
