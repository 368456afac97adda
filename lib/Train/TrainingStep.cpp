//===- TrainingStep.cpp - from a network to its training step -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/TrainingStep.h"

#include "tally/Pipeline/Passes.h"
#include "tally/Train/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace tally {

void buildStepPipeline(OpPassManager &manager, const StepOptions &options) {
  manager.addPass(createSetBatch({options.images}));
  if (options.batchStatistics)
    manager.addPass(createBatchStatistics());
  manager.addPass(createAddLoss({options.loss, options.teacherWeight, options.teacherTemperature}));
  manager.addPass(createDrawMasks());
  if (options.intervals)
    manager.addPass(createAddIntervalLoss());
  manager.addPass(createParametersToArguments());
  manager.addPass(createDifferentiate());
  if (options.takeValues)
    manager.addPass(createTakeValues());
  manager.addPass(createCSEPass());
}

void registerTrainPipelines() {
  PassPipelineRegistration<StepOptions>(
      "tally-training-step", "make loss and gradients of a float network", buildStepPipeline);
}

} // namespace tally
