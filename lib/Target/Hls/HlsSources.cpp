//===- HlsSources.cpp - a network as C for high-level synthesis -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Hls/HlsSources.h"

#include "HlsSelfTest.h"
#include "HlsTop.h"

#include "tally/Emit/CNames.h"
#include "tally/IR/ImageFacts.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Support/Output.h"
#include "tally/Target/C/CHeader.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace tally {

/// Headers that go with every network: name, text.
static constexpr std::pair<const char *, const char *> kLibrary[] = {
#include "HlsLibrary.inc"
};

static LogicalResult checkBoundary(ModuleOp module, const std::string &name, func::FuncOp entry) {
  if (StringRef(name).starts_with("tally_"))
    return module.emitError() << "requires a name that does not begin with 'tally_', but got '"
                              << name << "'";
  for (TypeRange types : {TypeRange(entry.getArgumentTypes()), TypeRange(entry.getResultTypes())})
    for (Type type : types)
      if (isa<FloatType>(getElementTypeOrSelf(type)))
        return entry.emitError() << "has inputs or results of type " << type
                                 << ": only integer networks are emitted as C; quantize it first";
  return success();
}

static LogicalResult convert(hls::Program &program, Operation *op) {
  // What layers take into tables.
  if (isa<DecodeOp, tosa::ConstShapeOp>(op) || op->hasTrait<OpTrait::ConstantLike>() ||
      isa<ml_program::GlobalLoadConstOp>(op))
    return success();
  for (auto family :
       {hls::convertSums, hls::convertPool, hls::convertElementwise, hls::convertMovement})
    if (std::optional<LogicalResult> done = family(program, op))
      return *done;
  return hls::LayerBuilder(program, op).refuse("is " + op->getName().getStringRef());
}

/// What callers are to know of an array at the boundary.
static void describe(llvm::raw_ostream &os, const hls::Array &array, Type type) {
  os << "   " << array.name << ": " << hls::typeOf(array.range) << ", ";
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(type)))
    os << "real = (code - " << uniform.getZeroPoint() << ") * "
       << llvm::formatv("{0:e9}", uniform.getScale()) << ", ";
  os << "codes from " << array.range.min << " to " << array.range.max << "\n";
}

static std::string header(const hls::Program &program, const hls::Top &top, func::FuncOp entry) {
  std::string text, guard = StringRef(program.prefix).upper() + "_H";
  llvm::raw_string_ostream os(text);
  os << "/* An integer network; results are bit for bit those of its reference.\n";
  for (auto [array, type] : llvm::zip_equal(top.inputs, entry.getArgumentTypes()))
    describe(os, array, type);
  for (auto [array, type] : llvm::zip_equal(top.outputs, entry.getResultTypes()))
    describe(os, array, type);
  os << "   " << program.prefix << ".c is C99 and C++; tally_hls.h says what else it can be. "
     << program.prefix
     << ".cpp is the same\n   for tools that go by the name. Dimensions of 1 are "
        "left out. */\n#ifndef "
     << guard << "\n#define " << guard << "\n\n#include \"tally_hls.h\"\n\n"
     << hls::prototypeOf(program, top) << ";\n\n#endif\n";
  return text;
}

static std::string source(const hls::Program &program, const hls::Top &top) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "#include \"" << program.prefix << ".h\"\n\n" << program.tables;
  for (const hls::Call &call : program.calls)
    call.function.print(os);
  for (const hls::Function &function : program.copies)
    function.print(os);
  hls::printTop(os, program, top);
  return text;
}

FailureOr<HlsSources> emitHls(ModuleOp module, const std::string &name,
                              const std::vector<std::vector<Tensor>> &vectors, MulFree level) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry) || failed(checkOperations(module)) || failed(verifyCName(module, name)) ||
      failed(checkBoundary(module, name, *entry)))
    return failure();
  hls::Program program;
  program.prefix = name;
  program.level = level;
  program.names = nameValues(*entry);
  program.taken.insert(name + "_run");
  for (Operation &op : entry->getBody().front().without_terminator())
    if (failed(convert(program, &op)))
      return failure();
  hls::Top top = hls::connect(program, *entry);
  FailureOr<std::string> test = hls::writeSelfTest(program, top, *entry, vectors);
  if (failed(test))
    return failure();
  HlsSources sources;
  sources.files = {{name + ".h", header(program, top, *entry)},
                   {name + ".c", source(program, top)},
                   {name + ".cpp", "#include \"" + name + ".c\"\n"},
                   {name + "_test.c", std::move(*test)}};
  for (auto [file, text] : kLibrary)
    sources.files.push_back({file, text});
  return sources;
}

std::vector<std::string> hlsSourcePaths(const std::string &directory, const std::string &name) {
  std::vector<std::string> paths;
  for (const char *suffix : {".h", ".c", ".cpp", "_test.c"})
    paths.push_back(directory + "/" + name + suffix);
  for (auto [file, text] : kLibrary)
    paths.push_back(directory + "/" + file);
  return paths;
}

Status writeHlsSources(const HlsSources &sources, const std::string &directory) {
  std::vector<OutputFile> files;
  for (const HlsSources::File &file : sources.files)
    files.push_back({directory + "/" + file.name, file.contents});
  return writeFilesAtomically(files, directory);
}

} // namespace tally
