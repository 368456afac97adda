//===- TrainStages.cpp - a network before and after training --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/TrainStages.h"

#include "Driver/Images.h"
#include "Driver/ModuleState.h"
#include "tally/Driver/Quantize.h"
#include "tally/IR/ImageFacts.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Quantize/Passes.h"

using namespace mlir;

namespace tally {

void forgetObserved(ModuleOp module) {
  SmallVector<ObserveOp> observers;
  module.walk([&](ObserveOp observe) { observers.push_back(observe); });
  for (ObserveOp observe : observers) {
    observe.replaceAllUsesWith(observe.getInput());
    observe.erase();
  }
  module.walk([](func::FuncOp function) { forgetSeenRange(function); });
  module->setAttr(TallyDialect::kStageAttr, StageAttr::get(module.getContext(), Stage::Imported));
}

Status raise(ModuleOp module) {
  if (stageOf(module) == Stage::Calibrated)
    return Done(); // it was
  PassManager manager(module.getContext());
  buildRaisePipeline(manager);
  return succeeded(runPasses(manager, module)) ? Status(Done()) : Error{};
}

/// The images that quantizers start from.
static constexpr int64_t kFirstImages = 500;

static CalibrateJob makeCalibration(const TrainJob &job) {
  CalibrateJob calibration;
  calibration.images = job.images;
  calibration.images.limit =
      job.images.limit ? std::min(job.images.limit, kFirstImages) : kFirstImages;
  return calibration;
}

Status calibrateFirst(ModuleOp module, const TrainJob &job) {
  if (stageOf(module) == Stage::Calibrated)
    return Done();
  return calibrate(module, makeCalibration(job));
}

Status learnQuantizers(ModuleOp module, const TrainJob &job) {
  CalibrateJob calibration = makeCalibration(job);
  Result<std::string> spec = specFor(module, calibration.images);
  if (!spec)
    return spec.error();
  QuantizeOptions options;
  options.recipe = job.recipe;
  options.data = *spec;
  options.images = calibration.images.limit;
  PassManager manager(module.getContext());
  buildLearnPipeline(manager, options);
  return succeeded(runPasses(manager, module)) ? Status(Done()) : Error{};
}

Status freeze(ModuleOp module, const TrainJob &job) {
  PassManager manager(module.getContext());
  // Files keep the bits that were trained; `imported` finds powers of two among them.
  manager.addPass(createFreezeQuantizers({/*recognize=*/false}));
  if (failed(runPasses(manager, module)))
    return Error{};
  forgetObserved(module);
  return calibrate(module, makeCalibration(job));
}

} // namespace tally
