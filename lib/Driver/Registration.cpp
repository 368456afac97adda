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
#include "tally/Rtl/Passes.h"
#include "tally/Rtl/Rtl.h"
#include "tally/Train/Gradients.h"
#include "tally/Train/Passes.h"
#include "tally/Train/TrainingStep.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

void tally::registerTallyDialect(mlir::DialectRegistry &registry) {
  registry.insert<TallyDialect, rtl::RtlDialect>();
  registerUpstreamModels(registry);
  registerCostModels(registry);
  registerGradientModels(registry);
  registerKernels(registry);
}

void tally::registerTallyPasses() {
  registerEmitPasses();
  registerLowerPasses();
  registerPipelinePasses();
  registerPipelines();
  registerQuantizePasses();
  registerRtlPasses();
  registerTrainPasses();
  registerTrainPipelines();
}

void tally::registerDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registerTallyDialect(registry);
}

void tally::registerPasses() {
  mlir::registerAllPasses();
  registerTallyPasses();
}
