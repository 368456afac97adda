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
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Tally pass driver\n", registry));
}
