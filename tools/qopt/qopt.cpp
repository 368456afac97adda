//===- qopt.cpp - the pass driver -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MLIR's opt with the tally dialect, passes and pipelines: one pass at a time.
//
//===----------------------------------------------------------------------===//

#include "tally/Driver/Registration.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  tally::registerDialects(registry);
  tally::registerPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Tally pass driver\n", registry));
}
