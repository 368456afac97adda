//===- TallyPlugin.cpp - dialect and passes in stock mlir-opt -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mlir-opt --load-dialect-plugin=TallyPlugin.so --load-pass-plugin=TallyPlugin.so
//     --pass-pipeline='builtin.module(tally-...)'
//
//===----------------------------------------------------------------------===//

#include "tally/Driver/Registration.h"
#include "tally/Support/Version.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Tally", tally::getVersion(),
          [](mlir::DialectRegistry *registry) { tally::registerTallyDialect(*registry); }};
}

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Tally", tally::getVersion(),
          [] { tally::registerTallyPasses(); }};
}
