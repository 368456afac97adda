//===- ModuleState.cpp - what a module says about itself ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/ModuleState.h"

#include "tally/Pipeline/Passes.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Quantize/Passes.h"
#include "tally/Train/IntegerForward.h"

using namespace mlir;

namespace tally {

Status expectWhole(ModuleOp module) {
  if (isQuantized(module) || !module.lookupSymbol(kReferenceName))
    return Done();
  return Error{nameOf(module) + " is half quantized, '@" + kReferenceName.str() +
               "' is its float version; go on with qopt, or quantize the calibrated network"};
}

Status expectFrozen(ModuleOp module) {
  if (!hasLearnedQuantizers(module))
    return Done();
  return Error{nameOf(module) + " is a checkpoint of training with quantizers: go on with it by "
                                "'tally train --resume', whose output is what goes on from here"};
}

Status expectInheritable(ModuleOp module) {
  if (isQuantized(module))
    return Error{nameOf(module) + " is quantized already: --inherit takes what 'tally train' wrote "
                                  "with a recipe that quantizes, which 'tally quantize' reads"};
  if (module->hasAttr(TallyDialect::kTrainingAttr) || hasLearnedQuantizers(module))
    return Error{nameOf(module) +
                 " is a checkpoint of training that has not ended: --inherit takes "
                 "what 'tally train' writes at its end, with -o; to get there, go "
                 "on with --resume " +
                 nameOf(module)};
  return expectWhole(module);
}

Status expectCalibrated(ModuleOp module) {
  // Passes run one by one leave no stage.
  bool sees = stageOf(module) == Stage::Calibrated;
  module.walk([&](ObserveOp observe) { sees |= bool(observe.getSketchAttr()); });
  return sees ? Status(Done())
              : Error{nameOf(module) + " is not calibrated: run 'tally calibrate' first"};
}

Status expectLowerable(ModuleOp module) {
  if (Status whole = expectWhole(module); !whole)
    return whole;
  if (stageOf(module) != Stage::Quantized)
    return Done();
  return Error{nameOf(module) + " is quantized, but does not compute in integers yet; go on with "
                                "qopt, or quantize the calibrated network"};
}

Status expectStatic(ModuleOp module) {
  if (Status lowerable = expectLowerable(module); !lowerable)
    return lowerable;
  auto isOpen = [](Type type) {
    auto tensor = dyn_cast<TensorType>(type);
    return tensor && !tensor.hasStaticShape();
  };
  for (auto function : module.getOps<func::FuncOp>())
    for (Type type :
         llvm::concat<const Type>(function.getArgumentTypes(), function.getResultTypes()))
      if (isOpen(type)) {
        function.emitError() << "has an input or result of type " << type
                             << ", whose shape is known only at run time";
        return Error{};
      }
  bool open = module
                  .walk([&](Operation *op) {
                    auto found = llvm::find_if(op->getResultTypes(), isOpen);
                    if (found == op->getResultTypes().end())
                      return WalkResult::advance();
                    op->emitError() << "has a result of type " << *found
                                    << ", whose shape is known only at run time";
                    return WalkResult::interrupt();
                  })
                  .wasInterrupted();
  if (open)
    return Error{};
  return Done();
}

Status adopt(ModuleOp module) {
  if (module->hasAttr(TallyDialect::kStageAttr))
    return Done();
  PassManager manager(module.getContext());
  buildAdoptPipeline(manager);
  manager.addPass(createVerifyStage({stringifyStage(Stage::Imported).str()}));
  if (failed(runPasses(manager, module)))
    return Error{};
  module->setAttr(TallyDialect::kStageAttr, StageAttr::get(module.getContext(), Stage::Imported));
  return Done();
}

} // namespace tally
