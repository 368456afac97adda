//===- CHeader.cpp - how C sees a network ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/C/CHeader.h"
#include "tally/Emit/CNames.h"
#include "tally/IR/ImageFacts.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Interpreter.h"
#include "tally/Run/NetworkImages.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally {

std::string numbered(size_t index, size_t count) { return count == 1 ? "" : std::to_string(index); }

std::string cTypeOf(Type type) {
  static constexpr const char *kNames[] = {"float",    "int8_t",  "uint8_t",  "int16_t",
                                           "uint16_t", "int32_t", "uint32_t", "int64_t"};
  std::optional<ElementType> element = getTensorElementType(type);
  return element ? kNames[unsigned(*element)] : "";
}

LogicalResult verifyCName(Operation *op, StringRef name) {
  if (toCIdentifier(name) == name)
    return success();
  return op->emitError() << "requires a C identifier as name, but got '" << name
                         << "'; hint: --name";
}

/// Lines about a value at the boundary, which the network knows as `called`.
static void describe(raw_ostream &os, const std::string &name, StringRef role, size_t index,
                     size_t count, Type type, const std::string &called) {
  auto tensor = cast<RankedTensorType>(type);
  std::string prefix = StringRef(name).upper() + "_" + role.str() + numbered(index, count);
  std::string parameter = role.lower() + numbered(index, count);
  os << "/* " << parameter << (called == parameter ? "" : " " + toCComment(called)) << ": ";
  llvm::interleave(tensor.getShape(), os, "x");
  os << ", row-major" << (tensor.getRank() == 4 ? ", channels last" : "");
  if (auto uniform = dyn_cast<UniformQuantizedType>(tensor.getElementType())) {
    CodeRange codes = getCodeRange(uniform);
    os << "; real = (code - ZERO_POINT) * SCALE, codes from LOWEST to HIGHEST */\n";
    os << "#define " << prefix << "_SCALE " << llvm::formatv("{0:e9}", uniform.getScale()) << "\n";
    os << "#define " << prefix << "_ZERO_POINT " << uniform.getZeroPoint() << "\n";
    os << "#define " << prefix << "_LOWEST " << (codes.min < 0 ? "(" : "") << codes.min
       << (codes.min < 0 ? ")" : "") << "\n";
    os << "#define " << prefix << "_HIGHEST " << codes.max << "\n";
  } else {
    os << " */\n";
  }
  os << "#define " << prefix << "_SIZE " << tensor.getNumElements() << "\n\n";
}

/// `{a, b, ...}` of what `print` writes for each.
template <typename Range, typename Print>
static void printList(raw_ostream &os, const Range &values, Print print) {
  constexpr size_t kPerLine = 16;
  os << "{";
  for (auto [index, value] : llvm::enumerate(values)) {
    os << (index == 0 ? "" : index % kPerLine ? ", " : ",\n   ");
    print(value);
  }
  os << "}";
}

/// Mean and standard deviation of each channel, for `WHAT_OF_BYTE` to apply.
static void describeFloatPixels(raw_ostream &os, func::FuncOp entry, const std::string &upper,
                                int64_t channels) {
  std::string macro = "#define " + upper + "_INPUT_OF_BYTE(byte, c) ";
  if (findIntegerInput(entry, getNormalisation(entry->getParentOfType<ModuleOp>()))) {
    os << macro << "((void)(c), (float)(byte))\n\n";
    return;
  }
  Normalisation normalisation =
      getNormalisation(entry->getParentOfType<ModuleOp>()).value_or(Normalisation::none());
  for (auto [suffix, values] :
       {std::pair("_MEAN", &normalisation.mean), {"_STD", &normalisation.std}}) {
    std::vector<float> all(channels, values->front());
    if (values->size() > 1)
      all = *values;
    os << upper << "_WEIGHTS_SECTION\nstatic const float " << upper << suffix << "[" << channels
       << "] = ";
    printList(os, all, [&](float value) { os << llvm::format("%.9g", double(value)); });
    os << ";\n";
  }
  os << macro << "(((float)(byte) / 255.0f - " << upper << "_MEAN[c]) / " << upper
     << "_STD[c])\n\n";
}

/// From the bytes of an image to what the network takes, exactly as a data set is read. Codes are
/// a table: without floats, and without multiplications.
static void describePixels(raw_ostream &os, func::FuncOp entry, const std::string &upper) {
  Tensor codes = encodeBytes(entry);
  if (codes.empty())
    return;
  auto normalisation = getNormalisation(entry->getParentOfType<ModuleOp>());
  int64_t channels = codes.dim(0);
  os << "/* " << upper << "_INPUT_OF_BYTE(byte, c): what the network takes for a byte of channel c "
     << "of an image,\n   "
     << (findIntegerInput(entry, normalisation) ? "as it is"
         : normalisation
             ? "scaled to 0..1, then (value - mean) / std with " + toText(*normalisation)
             : "scaled to 0..1; no mean and std are recorded")
     << " */\n#define " << upper << "_INPUT_CHANNELS " << channels << "\n";
  if (codes.type() == ElementType::F32)
    return describeFloatPixels(os, entry, upper, channels);
  os << upper << "_WEIGHTS_SECTION\nstatic const " << cTypeOf(entry.getArgumentTypes()[0]) << " "
     << upper << "_CODES[" << channels << "][256] = {\n";
  dispatch(codes.type(), [&](auto tag) {
    const auto *values = codes.data<decltype(tag)>();
    for (int64_t c = 0; c < channels; ++c) {
      os << "  ";
      printList(os, ArrayRef(values + c * 256, 256), [&](auto value) { os << int64_t(value); });
      os << (c + 1 < channels ? ",\n" : "};\n");
    }
  });
  os << "#define " << upper << "_INPUT_OF_BYTE(byte, c) (" << upper << "_CODES[c][byte])\n\n";
}

/// Where things lie: macros that a build may define.
static void describeMemory(raw_ostream &os, const std::string &upper) {
  os << "/* Where the tables and the static workspace lie: what stands before such a definition, "
        "as\n"
        "   __attribute__((section(\".name\"))). By default nothing. */\n";
  for (StringRef what : {"_WEIGHTS_SECTION", "_ARENA_SECTION"})
    os << "#ifndef " << upper << what << "\n#define " << upper << what << "\n#endif\n";
  os << "\n";
}

static void describeWorkspace(raw_ostream &os, const std::string &upper, const CHeader &header) {
  std::string bytes = upper + "_WORKSPACE_BYTES", alignment = upper + "_WORKSPACE_ALIGNMENT";
  os << "/* The workspace: memory of the caller for intermediate results, " << bytes
     << " bytes\n   at a multiple of " << alignment
     << ", with any contents. Inputs, outputs and workspace must\n"
        "   not overlap. Calls may run at the same time if each has its own workspace and outputs. "
        "*/\n#define "
     << bytes << " " << header.workspaceBytes << "\n#define " << alignment << " "
     << header.workspaceAlignment << "\n\n";
}

/// The same with a workspace that is there already.
static void describeStaticRun(raw_ostream &os, const std::string &upper, const std::string &name,
                              const std::string &parameters, const std::string &arguments) {
  std::string bytes = upper + "_WORKSPACE_BYTES", alignment = upper + "_WORKSPACE_ALIGNMENT";
  os << "#ifdef " << upper << "_STATIC_WORKSPACE\n/* " << name
     << "_run in a static workspace, for one source file that defines " << upper
     << "_STATIC_WORKSPACE\n   before it includes this; one call at a time. */\n"
     << "static inline void " << name << "_run_static(" << parameters << ") {\n  " << upper
     << "_ARENA_SECTION\n  static unsigned char workspace[" << bytes << " + " << alignment
     << " - 1];\n  " << name << "_run(" << arguments << "workspace + (0 - (uintptr_t)workspace) % "
     << alignment << ");\n}\n#endif\n\n";
}

/// The same on threads of the caller.
static void describeParallelRun(raw_ostream &os, const std::string &name,
                                const std::string &parameters) {
  os << "/* " << name
     << "_run with the same results, on threads of the caller. For every step that is worth it, it "
     << "calls\n   parallel(context, most, run, task), which is to call run(task, i, n) once for "
        "each i "
        "from 0 to n - 1, on any\n   threads, and to return when all of these have. n is its "
        "choice: 1 or "
        "more; more than `most` are not worth it. */\ntypedef void "
     << name << "_task(void *task, int32_t share, int32_t shares);\ntypedef void " << name
     << "_parallel(void *context, int32_t most, " << name << "_task *run, void *task);\nvoid "
     << name << "_run_parallel(" << parameters << ", " << name
     << "_parallel *parallel, void *context);\n\n";
}

/// Code for several processors.
static void describeVariants(raw_ostream &os, const std::string &name) {
  os << "/* Chooses the code that runs from now on: 1 for x86-64-v2, 2 for v3, 3 for v4, 4 for v4 "
        "with "
        "AVX512-VNNI, 0 for\n   the last of these that the processor can run, as without a call. "
        "Returns what was chosen: that one, too,\n   where the processor cannot run what is asked "
        "for. For tests and measurements. */\nint32_t "
     << name << "_use_variant(int32_t variant);\n\n";
}

std::string writeCHeader(func::FuncOp entry, const CHeader &header) {
  std::string text, upper = StringRef(header.name).upper(), guard = upper + "_H";
  llvm::raw_string_ostream os(text);
  size_t inputs = entry.getNumArguments(), outputs = entry.getNumResults();
  os << "/* " << header.about << " */\n\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n#include <stdint.h>\n\n";
  describeMemory(os, upper);
  for (auto [index, type] : llvm::enumerate(entry.getArgumentTypes()))
    describe(os, header.name, "INPUT", index, inputs, type, getInputName(entry, index));
  describePixels(os, entry, upper);
  for (auto [index, type] : llvm::enumerate(entry.getResultTypes()))
    describe(os, header.name, "OUTPUT", index, outputs, type, getOutputName(entry, index));
  describeWorkspace(os, upper, header);
  SmallVector<std::string> parameters, arguments;
  for (auto [index, type] : llvm::enumerate(entry.getArgumentTypes())) {
    arguments.push_back("input" + numbered(index, inputs));
    parameters.push_back("const " + cTypeOf(type) + " *" + arguments.back());
  }
  for (auto [index, type] : llvm::enumerate(entry.getResultTypes())) {
    arguments.push_back("output" + numbered(index, outputs));
    parameters.push_back(cTypeOf(type) + " *" + arguments.back());
  }
  std::string buffers = llvm::join(parameters, ", ");
  parameters.push_back("void *workspace");
  arguments.push_back("");
  os << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\nvoid " << header.name << "_run("
     << llvm::join(parameters, ", ") << ");\n\n";
  if (header.multiversion)
    describeVariants(os, header.name);
  if (header.parallel)
    describeParallelRun(os, header.name, llvm::join(parameters, ", "));
  describeStaticRun(os, upper, header.name, buffers.empty() ? "void" : buffers,
                    llvm::join(arguments, ", "));
  os << "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

} // namespace tally
