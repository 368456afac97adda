//===- qopt.cpp - the pass driver -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MLIR's opt with the tally dialect, passes and pipelines: one pass at a time.
//
//===----------------------------------------------------------------------===//

#include "tally/Driver/Inspect.h"
#include "tally/Driver/Registration.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"

/// Whoever types a module into standard input is not protected.
static bool canBeRead(const std::string &input) {
  if (input == "-")
    return true;
  auto buffer = llvm::MemoryBuffer::getFile(input, /*IsText=*/true);
  if (!buffer)
    return true; // MLIR says why
  tally::Status readable = tally::checkReadable((*buffer)->getBuffer());
  if (!readable)
    llvm::errs() << "qopt: error: '" << input << "' " << readable.error().message << "\n";
  return bool(readable);
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
  if (!canBeRead(input))
    return 1;
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, input, output, registry));
}
