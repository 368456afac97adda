//===- CSources.cpp - a network as plain C --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/C/CSources.h"

#include "GoldenSteps.h"
#include "tally/Emit/CNames.h"
#include "tally/Emit/Passes.h"
#include "tally/IR/Network.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Passes.h"
#include "tally/Lower/Steps/Workspace.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/Output.h"
#include "tally/Target/C/CHeader.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/Dialect/EmitC/Transforms/Passes.h"
#include "mlir/Target/Cpp/CppEmitter.h"
#include "mlir/Transforms/Passes.h"
#include <random>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

static constexpr char kSelfTest[] = {
#include "SelfTest.inc"
};

namespace {

class Emitter {
public:
  Emitter(ModuleOp module, std::string name, MulFree level, CTarget target)
      : module(module), name(std::move(name)), level(level), target(std::move(target)) {}

  FailureOr<CSources> run(const std::vector<std::vector<Tensor>> &vectors) {
    FailureOr<func::FuncOp> found = getEntry(module);
    if (failed(found) || failed(checkOperations(module)))
      return failure();
    entry = *found;
    for (TypeRange types : {TypeRange(entry.getArgumentTypes()), TypeRange(entry.getResultTypes())})
      for (Type type : types)
        if (isa<FloatType>(getElementTypeOrSelf(type)))
          return entry.emitError() << "has inputs or results of type " << type
                                   << ": only integer networks are emitted as C; quantize it first";
    OwningOpRef<ModuleOp> unit = module.clone();
    if (failed(lower(*unit)))
      return failure();
    CSources sources;
    if (failed(print(*unit, sources.source)))
      return failure();
    sources.header = writeHeader();
    if (failed(writeSelfTest(vectors, sources.selfTest)))
      return failure();
    sources.unchecked = std::move(unchecked);
    return sources;
  }

private:
  LogicalResult lower(ModuleOp unit) {
    setTarget(unit, target.describe(unit.getContext(), level));
    PassManager toSteps(unit.getContext());
    buildToStepsPipeline(toSteps);
    if (failed(runPasses(toSteps, unit)))
      return failure();
    FailureOr<func::FuncOp> steps = getEntry(unit);
    if (failed(steps))
      return failure();
    workspace = Workspace::of(*steps, kCAlignment);
    golden.emplace(entry, *steps);
    PassManager toC(unit.getContext());
    buildToEmitCPipeline(toC, name);
    return runPasses(toC, unit);
  }

  static LogicalResult print(ModuleOp unit, std::string &text) {
    llvm::raw_string_ostream stream(text);
    return emitc::translateToCpp(unit, stream);
  }

  std::string writeHeader() {
    CHeader header;
    header.name = name;
    header.about =
        "An integer network; results are bit for bit those of its reference.\n   " + name +
        ".c is C99, hosted or freestanding: it includes stdbool.h, stddef.h and stdint.h, and "
        "calls\n   nothing. Compilers may call memcpy, memmove, memset and memcmp for loops, and "
        "their "
        "own\n   library for integers that are wider than registers. Clang 22 needs\n   "
        "-fno-slp-vectorize: without it, it may compute wrong values (LLVM issue 209023).";
    header.workspaceBytes = workspace.bytes;
    header.workspaceAlignment = workspace.alignment;
    return writeCHeader(entry, header);
  }

  //===--------------------------------------------------------------------===//
  // Golden vectors
  //===--------------------------------------------------------------------===//

  /// `values` as a static const array of C type `element`.
  template <typename T>
  static void addArray(OpBuilder &b, StringRef label, ArrayRef<T> values, bool isUnsigned) {
    auto element = IntegerType::get(b.getContext(), sizeof(T) * 8,
                                    isUnsigned ? IntegerType::Unsigned : IntegerType::Signless);
    auto type = RankedTensorType::get({int64_t(values.size())}, element);
    auto attr = DenseElementsAttr::getFromRawBuffer(
        type,
        ArrayRef<char>(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)));
    emitc::GlobalOp::create(b, b.getUnknownLoc(), label,
                            emitc::ArrayType::get({int64_t(values.size())}, element), attr, false,
                            true, true);
  }

  /// All vectors' tensors of one input or output, one after another.
  static void addTensors(OpBuilder &b, const std::string &label, ArrayRef<Tensor> tensors) {
    dispatch(tensors.front().type(), [&](auto tag) {
      using T = decltype(tag);
      if constexpr (std::is_integral_v<T>) {
        std::vector<T> all;
        for (const Tensor &tensor : tensors)
          all.insert(all.end(), tensor.data<T>(), tensor.data<T>() + tensor.size());
        addArray<T>(b, label, all, std::is_unsigned_v<T>);
      }
    });
  }

  static void line(OpBuilder &b, const Twine &content) {
    emitc::VerbatimOp::create(b, b.getUnknownLoc(), content.str());
  }

  LogicalResult writeSelfTest(const std::vector<std::vector<Tensor>> &vectors, std::string &text) {
    std::vector<GoldenSteps::Vector> expected;
    for (const std::vector<Tensor> &inputs : vectors) {
      FailureOr<GoldenSteps::Vector> one = golden->interpret(inputs);
      if (failed(one))
        return failure();
      expected.push_back(std::move(*one));
    }
    if (!expected.empty())
      unchecked = golden->findUnchecked(expected.front());

    OwningOpRef<ModuleOp> test = ModuleOp::create(UnknownLoc::get(module.getContext()));
    OpBuilder b = OpBuilder::atBlockEnd(test->getBody());
    includeSource(b);
    line(b, "#define GOLDEN_VECTORS " + Twine(vectors.size()));
    line(b, "#define GOLDEN_STEPS " + Twine(golden->size()));
    line(b, "#define GOLDEN_LAYERS " + Twine(golden->layers().size()));
    addNames(b, "Layers whose steps store something else than a result", "golden_unchecked",
             unchecked);
    addNames(b, "Layers whose results nothing takes, or equal ones instead", "golden_uncomputed",
             golden->findUncomputed());
    std::string arguments = addInputs(b, vectors), compare;
    addOutputs(b, expected, arguments, compare);
    addChecksums(b, expected);
    line(b, "#define GOLDEN_RUN(v) " + name + "_run_static(" + arguments + ")");
    line(b, "#define GOLDEN_DIFFERS(v) (" + compare + ")");
    line(b, "");
    if (failed(print(*test, text)))
      return failure();
    text.append(kSelfTest, sizeof(kSelfTest));
    return success();
  }

  void includeSource(OpBuilder &b) {
    Location loc = b.getUnknownLoc();
    line(b, "/* Self-test of " + name + ": includes its source, to see every step. */");
    emitc::IncludeOp::create(b, loc, "stddef.h", true);
    emitc::IncludeOp::create(b, loc, "stdint.h", true);
    line(b, "static void golden_check(const char *name, const void *data, size_t bytes);");
    line(b, "static int golden_differ(const void *one, const void *other, size_t bytes);");
    line(b, "#define " + StringRef(name).upper() + "_STATIC_WORKSPACE");
    line(b, "#define TALLY_STEP(name, data, bytes) golden_check(name, data, bytes)");
    emitc::IncludeOp::create(b, loc, name + ".c", false);
    line(b, "");
  }

  static void addNames(OpBuilder &b, StringRef comment, StringRef array,
                       ArrayRef<std::string> layers) {
    std::string names;
    for (const std::string &layer : layers)
      names += toCString(layer) + ", ";
    line(b, "/* " + comment + ", up to the 0. */");
    line(b, "static const char *const " + array + "[] = {" + names + "0};");
  }

  /// The arguments that hand them to the network.
  std::string addInputs(OpBuilder &b, const std::vector<std::vector<Tensor>> &vectors) {
    std::string arguments;
    for (size_t i = 0, inputs = entry.getNumArguments(); i < inputs; ++i) {
      SmallVector<Tensor> all;
      for (const auto &vector : vectors)
        all.push_back(vector[i]);
      std::string label = "golden_input" + numbered(i, inputs);
      addTensors(b, label, all);
      arguments += (i ? ", " : "") + label + " + (v) * " + std::to_string(all[0].size());
    }
    return arguments;
  }

  /// And results of the network, further `arguments`; `compare` is whether they differ.
  void addOutputs(OpBuilder &b, ArrayRef<GoldenSteps::Vector> expected, std::string &arguments,
                  std::string &compare) {
    for (size_t i = 0, outputs = entry.getNumResults(); i < outputs; ++i) {
      SmallVector<Tensor> all;
      for (const GoldenSteps::Vector &one : expected)
        all.push_back(one.outputs[i]);
      std::string label = "golden_output" + numbered(i, outputs);
      std::string result = "golden_result" + numbered(i, outputs);
      std::string size = std::to_string(all[0].size());
      addTensors(b, label, all);
      line(b, "static " + cTypeOf(entry.getResultTypes()[i]) + " " + result + "[" + size + "];");
      arguments += ", " + result;
      compare += (i ? " || " : "") + std::string("golden_differ(") + result + ", " + label +
                 " + (v) * " + size + ", sizeof(" + result + "))";
    }
  }

  void addChecksums(OpBuilder &b, ArrayRef<GoldenSteps::Vector> expected) {
    std::vector<uint8_t> known(golden->size());
    std::vector<uint32_t> hashes;
    for (const GoldenSteps::Vector &one : expected)
      for (auto [index, checksum] : llvm::enumerate(one.checksums)) {
        known[index] = checksum.has_value();
        hashes.push_back(checksum.value_or(0));
      }
    addArray<uint8_t>(b, "golden_known", known, true);
    addArray<uint32_t>(b, "golden_hashes", hashes, true);
  }

  ModuleOp module;
  std::string name;
  MulFree level;
  CTarget target;
  func::FuncOp entry;
  Workspace workspace;
  std::optional<GoldenSteps> golden;
  std::vector<std::string> unchecked;
};

} // namespace

FailureOr<CSources> emitC(ModuleOp module, const std::string &name,
                          const std::vector<std::vector<Tensor>> &vectors, MulFree level,
                          const CTarget &target) {
  if (failed(verifyCName(module, name)))
    return failure();
  return Emitter(module, name, level, target).run(vectors);
}

LogicalResult writeCSources(ModuleOp module, const CSources &sources, const std::string &directory,
                            const std::string &name) {
  std::vector<std::string> paths = cSourcePaths(directory, name);
  Status written = writeFilesAtomically(
      {{paths[0], sources.header}, {paths[1], sources.source}, {paths[2], sources.selfTest}},
      directory);
  return written ? success() : module.emitError() << written.error().message;
}

std::vector<std::string> cSourcePaths(const std::string &directory, const std::string &name) {
  std::string stem = directory + "/" + name;
  return {stem + ".h", stem + ".c", stem + "_test.c"};
}

std::vector<std::vector<Tensor>> makeGoldenInputs(ModuleOp module, int count) {
  std::vector<std::vector<Tensor>> vectors(count);
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return {};
  std::mt19937 random(1);
  for (auto &vector : vectors)
    for (Type type : entry->getArgumentTypes()) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || isa<FloatType, PowerOfTwoType>(tensor.getElementType()) ||
          !getTensorElementType(type))
        return {};
      CodeRange range = getCodeRange(tensor.getElementType());
      Tensor codes(*getTensorElementType(type), tensor.getShape().vec());
      dispatch(codes.type(), [&](auto tag) {
        using T = decltype(tag);
        T *data = codes.data<T>();
        for (int64_t i = 0; i < codes.size(); ++i) {
          int64_t span = range.max - range.min + 1;
          data[i] = random() % 8 == 0 ? T(random() % 2 ? range.max : range.min)
                                      : T(range.min + int64_t(random()) % span);
        }
      });
      vector.push_back(std::move(codes));
    }
  return vectors;
}

} // namespace tally
