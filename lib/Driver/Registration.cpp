//===- Registration.cpp - everything a driver needs to know ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Registration.h"

#include "tally/Cost/CostOpInterface.h"
#include "tally/Emit/Passes.h"
#include "tally/IR/Tally.h"
#include "tally/Lower/Kernels.h"
#include "tally/Lower/Passes.h"
#include "tally/Pipeline/Passes.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Quantize/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

void tally::registerDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<TallyDialect>();
  registerUpstreamModels(registry);
  registerCostModels(registry);
  registerKernels(registry);
}

void tally::registerPasses() {
  mlir::registerAllPasses();
  registerEmitPasses();
  registerLowerPasses();
  registerPipelinePasses();
  registerPipelines();
  registerQuantizePasses();
}
