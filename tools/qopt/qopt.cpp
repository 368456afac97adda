//===- qopt.cpp - the pass driver -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MLIR's opt with the tally dialect, passes and pipelines: one pass at a time.
//
//===----------------------------------------------------------------------===//

#include "tally/Driver/Inspect.h"
#include "tally/Driver/Registration.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

/// MLIR's own main, but for text on which its parser would crash.
static mlir::LogicalResult run(llvm::StringRef input, llvm::StringRef output,
                               mlir::DialectRegistry &registry,
                               const mlir::MlirOptMainConfig &config) {
  std::string message;
  auto inFile = mlir::openInputFile(input, &message);
  auto outFile = inFile ? mlir::openOutputFile(output, &message) : nullptr;
  if (outFile && !mlir::isBytecode(*inFile)) {
    tally::Status readable = tally::checkReadable(inFile->getBuffer());
    if (!readable)
      message = ("'" + input + "' " + readable.error().message).str();
  }
  if (!message.empty()) {
    llvm::errs() << "qopt: error: " << message << "\n";
    return mlir::failure();
  }
  if (failed(mlir::MlirOptMain(outFile->os(), std::move(inFile), registry, config)))
    return mlir::failure();
  outFile->keep();
  return mlir::success();
}

int main(int argc, char **argv) {
  // Debian's library is built without LLVM's option of this name; Tally's passes have output.
  auto setDebugTypes = [](const std::string &types) {
    if (tally::Status set = tally::setDebugTypes(types); !set) {
      llvm::errs() << "qopt: error: " << set.error().message << "\n";
      std::exit(int(set.error().kind));
    }
  };
  llvm::cl::opt<std::string> debugOnly(
      "debug-only", llvm::cl::desc("Print what these passes say while they work"),
      llvm::cl::value_desc("pass,..."), llvm::cl::callback(setDebugTypes));
  llvm::cl::SetVersionPrinter(tally::printVersion);
  mlir::DialectRegistry registry;
  tally::registerDialects(registry);
  tally::registerPasses();
  auto [input, output] =
      mlir::registerAndParseCLIOptions(argc, argv, "Tally pass driver\n", registry);
  auto config = mlir::MlirOptMainConfig::createFromCLOptions();
  bool reads = !config.shouldShowDialects() && !config.shouldListPasses();
  return mlir::asMainReturnCode(reads ? run(input, output, registry, config)
                                      : mlir::MlirOptMain(argc, argv, input, output, registry));
}
