//===- Session.cpp - networks in and out ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Session.h"

#include "Driver/FileKind.h"
#include "Driver/ModuleState.h"
#include "tally/Driver/Inspect.h"
#include "tally/Driver/Registration.h"
#include "tally/IR/Contents.h"
#include "tally/IR/FormatVersion.h"
#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Quantize/CodeForms.h"
#include "tally/Support/Text.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include <iostream>

using namespace mlir;

namespace tally {

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  registerDialects(registry);
  return registry;
}

/// `FILE:LINE:COLUMN: error: ...`, or `tally: error: ...` without a place. Notes stand alone
/// as remarks.
static void show(Diagnostic &diagnostic) {
  static constexpr const char *kKinds[] = {"note", "warning", "error", "note"};
  std::string place = "tally:", lines;
  if (auto file = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>()) {
    place = file.getFilename().str() + ":";
    if (file.getLine())
      place += std::to_string(file.getLine()) + ":" + std::to_string(file.getColumn()) + ":";
  }
  // What is quoted of a file must not look like lines of ours.
  auto add = [&](const std::string &line) { lines += printable(line) + "\n"; };
  add(place + " " + kKinds[unsigned(diagnostic.getSeverity())] + ": " + diagnostic.str());
  for (Diagnostic &note : diagnostic.getNotes())
    add("tally: note: " + note.str());
  std::cerr << lines;
}

Session::Session() : mlirContext(makeRegistry()) {
  // Whatever a module holds, it is saved with our attributes.
  mlirContext.loadDialect<TallyDialect>();
  // Locations point at the files users know; the operation's text would bury them.
  mlirContext.printOpOnDiagnostic(false);
  mlirContext.getDiagEngine().registerHandler([](Diagnostic &diagnostic) {
    show(diagnostic);
    return success();
  });
}

/// Without a module, diagnostics have said why.
static Result<Network> orError(Network module) {
  return module ? Result<Network>(std::move(module)) : Error{};
}

Result<Network> Session::load(const std::string &path) {
  if (Status expected = expectModule(path); !expected)
    return expected.error();
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/true);
  if (!buffer)
    return Error{"cannot open '" + path + "': " + buffer.getError().message()};
  StringRef text = (*buffer)->getBuffer();
  // What we write is text. On damaged files of the other form, the reader of LLVM 22 crashes.
  if (isBytecode((*buffer)->getMemBufferRef()))
    return Error{"'" + path + "' is bytecode: write it as text first (qopt FILE -o NET.mlir)"};
  if (Status readable = checkReadable(text); !readable)
    return Error{"'" + path + "' " + readable.error().message};
  auto manager = std::make_shared<llvm::SourceMgr>();
  manager->AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  bool isExplained = false;
  ScopedDiagnosticHandler handler(&mlirContext, [&](Diagnostic &diagnostic) {
    isExplained |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return failure(); // the handler before prints it
  });
  Network module = parseSourceFile<ModuleOp>(manager, ParserConfig(&mlirContext));
  if (!module && !isExplained)
    return Error{"'" + path + "' is no module: MLIR's parser refuses it without a reason"};
  // The parser may report what is wrong at the very end and return what came before it.
  if (isExplained || (module && failed(verifyContents(*module))))
    module = {};
  return orError(std::move(module));
}

/// Says what quantize and eval will refuse before anyone has calibrated for it.
static void noteWhatComesLater(ModuleOp module) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return;
  remarkLayersWithoutCodes(*entry);
  remarkBoundary(*entry);
}

static Result<Network> readOnnx(const std::string &path, MLIRContext &context,
                                const OnnxImportOptions &options) {
  if (Status expected = expectOnnx(path); !expected)
    return expected.error();
  return orError(importOnnx(path, context, options));
}

Result<Network> Session::importOnnx(const std::string &path, const OnnxImportOptions &options) {
  Result<Network> module = readOnnx(path, mlirContext, options);
  if (module)
    noteWhatComesLater(**module);
  return module;
}

Result<Network> Session::importTosa(const std::string &path) {
  Result<Network> module = load(path);
  if (!module)
    return module;
  if ((**module)->hasAttr(TallyDialect::kStageAttr))
    return Error{"'" + path + "' was written by tally: it needs no import"};
  if (Status adopted = adopt(**module); !adopted)
    return adopted.error();
  noteWhatComesLater(**module);
  return module;
}

Result<Network> Session::open(const std::string &path, const OnnxImportOptions &options) {
  Result<FileKind> kind = getFileKind(path);
  return kind && *kind == FileKind::Onnx ? readOnnx(path, mlirContext, options) : load(path);
}

/// Aliases may come in any order. That of the format comes first, so that it is read before
/// words that an older reader does not know.
static void moveFormatToFront(std::string &text) {
  size_t begin = text.find(("#" + FormatAttr::getMnemonic() + " = ").str());
  if (begin == std::string::npos)
    return;
  size_t end = text.find('\n', begin) + 1;
  std::rotate(text.begin(), text.begin() + begin, text.begin() + end);
}

std::string Session::print(ModuleOp module) {
  setFormat(module);
  std::string text;
  llvm::raw_string_ostream stream(text);
  // What options say of printing is for people who look: files stay whole.
  OpPrintingFlags whole;
  whole.elideLargeElementsAttrs(INT64_MAX).elideLargeResourceString(INT64_MAX);
  module.print(stream, whole.useLocalScope(false).skipRegions(false));
  stream << "\n";
  moveFormatToFront(text);
  return text;
}

Status Session::save(ModuleOp module, const std::string &path) {
  return writeFileAtomically(path, print(module));
}

} // namespace tally
