//===- Session.cpp - reading and writing modules --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Verbs.h"
#include "tally/Driver/Registration.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Multiplications.h"
#include "tally/Support/File.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include <iostream>

using namespace mlir;

namespace tally {

int fail(const std::string &message, int status) {
  std::cerr << "tally: error: " << message << "\n";
  return status;
}

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  registerDialects(registry);
  return registry;
}

Session::Session() : mlirContext(makeRegistry()) {
  // Locations point at the files users know; the operation's text would bury them.
  mlirContext.printOpOnDiagnostic(false);
  mlirContext.getDiagEngine().registerHandler([](Diagnostic &diagnostic) {
    static constexpr const char *kKinds[] = {"note", "warning", "error", "remark"};
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (auto file = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
      stream << file.getFilename().getValue() << ":"
             << (file.getLine()
                     ? std::to_string(file.getLine()) + ":" + std::to_string(file.getColumn()) + ":"
                     : "")
             << " ";
    else
      stream << "tally: ";
    stream << kKinds[unsigned(diagnostic.getSeverity())] << ": " << diagnostic << "\n";
    for (Diagnostic &note : diagnostic.getNotes())
      stream << "tally: note: " << note << "\n";
    std::cerr << text;
    return success();
  });
}

OwningOpRef<ModuleOp> Session::load(const std::string &path) {
  if (StringRef(path).ends_with(".onnx")) {
    fail("'" + path + "' is an ONNX file: import it first (tally import)");
    return nullptr;
  }
  ParserConfig config(&mlirContext);
  return parseSourceFile<ModuleOp>(path, config);
}

void takeNormalisation(ModuleOp module, std::vector<float> &mean, std::vector<float> &std) {
  auto storedMean = module->getAttrOfType<DenseF32ArrayAttr>(TallyDialect::kMeanAttr);
  auto storedStd = module->getAttrOfType<DenseF32ArrayAttr>(TallyDialect::kStdAttr);
  if (!mean.empty() || !std.empty() || !storedMean || !storedStd)
    return;
  mean = storedMean.asArrayRef().vec();
  std = storedStd.asArrayRef().vec();
  std::cerr << "tally: note: images are normalised by the network's own mean and std; --mean and "
               "--std override them\n";
}

int Session::save(ModuleOp module, const std::string &path) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  stream << "\n";
  Result<Done> written = writeFileAtomically(path, text);
  return written ? kOk : fail(written.error().message);
}

OptionSpec mulFreeOption() {
  return {"--mul-free", "LEVEL",
          "no multiplications in sums (macs), on data (compute) or at all (strict)"};
}

Result<MulFree> readMulFree(const Arguments &arguments) {
  std::optional<MulFree> level = symbolizeMulFree(arguments.get("--mul-free", "no"));
  if (!level)
    return Error{"--mul-free requires macs, compute, strict or no, but got '" +
                 arguments.get("--mul-free") + "'"};
  return *level;
}

void recordMulFree(ModuleOp module, MulFree level) {
  setTarget(module, makeTarget(module.getContext(), level));
}

MulFree chooseMulFree(const Arguments &arguments, ModuleOp module) {
  if (arguments.has("--mul-free"))
    return symbolizeMulFree(arguments.get("--mul-free")).value_or(MulFree::No);
  return getTarget(module).getMulFree();
}

OptionSpec coreOption() {
  return {
      "--core", "CORE",
      "what C is for: multiplier (default), barrel-shifter or serial-shifter; chooses how layers "
      "of powers of two compute"};
}

Result<Core> readCore(const Arguments &arguments) {
  std::string text = arguments.get("--core", "multiplier");
  if (std::optional<Core> core = symbolizeCore(text))
    return *core;
  return Error{"--core requires multiplier, barrel-shifter or serial-shifter, but got '" + text +
               "'"};
}

int checkMulFree(ModuleOp module, MulFree level) {
  std::vector<Multiplication> found = findMultiplications(module, level);
  for (const Multiplication &one : found)
    one.op->emitError() << "'" << one.layer << "': '" << one.operation << "' " << one.reason
                        << " (mul-free=" << stringifyMulFree(level) << ")";
  return found.empty() ? kOk : kCheckFailed;
}

std::vector<OptionSpec> withImageOptions(std::vector<OptionSpec> options) {
  std::vector<OptionSpec> images = {
      {"--data", "DATA",
       "mnist:DIR:SPLIT, cifar10:DIR:SPLIT or npy:X.npy,Y.npy; #FIRST-LAST behind it"},
      {"--limit", "N", "at most N images"},
      {"--mean", "M[,M,M]", "subtracted from images scaled to 0..1, per channel"},
      {"--std", "S[,S,S]", "divides the images afterwards"}};
  options.insert(options.end(), images.begin(), images.end());
  return options;
}

} // namespace tally
