//===- Pipelines.cpp - the whole flow, one function a stretch -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Pipeline/Pipelines.h"

#include "tally/Emit/Passes.h"
#include "tally/Lower/Passes.h"
#include "tally/Lower/Steps/Workspace.h"
#include "tally/Pipeline/Passes.h"
#include "tally/Quantize/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/EmitC/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace tally {

/// The options that all passes on images share.
template <typename PassOptions> static PassOptions withImages(const QuantizeOptions &options) {
  PassOptions result;
  result.data = options.data;
  result.mean.assign(options.mean.begin(), options.mean.end());
  result.std.assign(options.std.begin(), options.std.end());
  result.images = options.images;
  return result;
}

void buildAdoptPipeline(OpPassManager &manager) {
  manager.addPass(createVerifyContents());
  manager.addPass(createFoldConstants());
  manager.addPass(createSinkTransposes());
  manager.addPass(createMatMulToConv());
  manager.addPass(createConstantsToParameters());
  manager.addPass(createNameOperations());
}

void buildRaisePipeline(OpPassManager &manager) {
  manager.addPass(createLinearToConv());
  manager.addPass(createReductionsToPools());
  manager.addPass(createRaiseAffine());
  manager.addPass(createMapBeforeReshape());
}

void buildCalibratePipeline(OpPassManager &manager, const QuantizeOptions &options) {
  buildAdoptPipeline(manager);
  buildRaisePipeline(manager);
  manager.addPass(createCalibrate(withImages<CalibrateOptions>(options)));
  manager.addPass(createVerifyStage({"calibrated"}));
}

/// What the recipe wants, the structure and intervals that follow from it, and a quantizer on every
/// value that is rounded.
static void addQuantizers(OpPassManager &manager, const QuantizeOptions &options) {
  manager.addPass(createVerifyContents());
  manager.addPass(createApplyRecipe({options.recipe}));
  manager.addPass(createResolveQuantizers());
  manager.addPass(createClusterFilters());
  manager.addPass(createKeepReference());
  manager.addPass(createAssignScales());
  manager.addPass(createSearchScales(withImages<SearchScalesOptions>(options)));

  // Exact rewrites first, then what loses: outliers, then rounding.
  manager.addPass(createSplitResidual());
  manager.addPass(createClampActivations());
  manager.addPass(createClampWeights());
  if (options.powers) {
    manager.addPass(createUniformToPowers());
    // What is to be put onto other levels may be codes of the file.
    manager.addPass(createResolveQuantizers());
  }
  manager.addPass(createSnapActivations());
  manager.addPass(createInsertQuantizers());
}

/// From floats to codes to integer arithmetic.
static void addIntegers(OpPassManager &manager, unsigned digits) {
  manager.addPass(createFoldBatchNorm());
  manager.addPass(createToQuantized());
  manager.addPass(createVerifyStage({"quantized"}));
  manager.addPass(createToInteger());
  if (digits > 0)
    manager.addPass(createLimitDigits({digits}));
  manager.addPass(createCSEPass());
  manager.addPass(createVerifyStage({"integer"}));
}

void buildQuantizePipeline(OpPassManager &manager, const QuantizeOptions &options) {
  addQuantizers(manager, options);
  // Make up for the loss.
  auto reestimate = withImages<ReestimateBatchNormOptions>(options);
  reestimate.always = options.reestimate;
  manager.addPass(createReestimateBatchNorm(reestimate));
  manager.addPass(createFitLayers(withImages<FitLayersOptions>(options)));
  addIntegers(manager, options.digits);
}

void buildLearnPipeline(OpPassManager &manager, const QuantizeOptions &options) {
  addQuantizers(manager, options);
  manager.addPass(createLearnQuantizers());
  if (!options.data.empty())
    manager.addPass(createStartSteps(withImages<StartStepsOptions>(options)));
}

void buildFreezePipeline(OpPassManager &manager) {
  manager.addPass(createFreezeQuantizers());
  // Biases that were 0 before training.
  manager.addPass(createRaiseAffine());
  addIntegers(manager, /*digits=*/0);
}

void buildToLinalgPipeline(OpPassManager &manager, bool outline, bool kernels) {
  manager.addPass(createVerifyContents());
  manager.addPass(createVerifyMulFree({"target"}));
  manager.addPass(createNameLayers());
  manager.addPass(createSimulateQuantizers());
  manager.addPass(createFoldRequantize());
  if (kernels)
    manager.addPass(createJoinGroups());
  manager.addPass(createNarrowRequantize());
  TallyToLinalgOptions options;
  options.outline = outline;
  options.kernels = kernels;
  manager.addPass(createTallyToLinalg(options));
  OpPassManager &function = manager.nest<func::FuncOp>();
  function.addPass(tosa::createTosaToLinalgNamed());
  function.addPass(tosa::createTosaToLinalg());
  function.addPass(createTosaToTensorPass());
  function.addPass(createTosaToArithPass());
  function.addPass(createLinalgGeneralizeNamedOpsPass());
  function.addPass(createCanonicalizerPass());
  function.addPass(createCSEPass());
}

void buildCpuPipeline(OpPassManager &manager, const CpuOptions &options) {
  manager.addPass(createRecomputeForward());
  manager.addPass(createPackFilters());
  manager.addPass(createLinalgToSteps({options.lanes}));
  manager.addPass(createPlanMemory());
  manager.addPass(createArenaToWorkspace());
  if (options.parallel)
    manager.addPass(createSplitSteps({options.leastShare}));
  manager.addPass(createShareSteps());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
  buildLoopsToLlvmPipeline(manager);
  if (options.parallel)
    manager.addPass(createParallelEntry());
}

void buildLoopsToLlvmPipeline(OpPassManager &manager) {
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createConvertMathToLLVMPass());
  // Takes vectors apart for functions of libm, such as erf.
  manager.addPass(createConvertMathToLibmPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions functionOptions;
  functionOptions.useBarePtrCallConv = true;
  manager.addPass(createConvertFuncToLLVMPass(functionOptions));
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
}

void buildToStepsPipeline(OpPassManager &manager) {
  buildToLinalgPipeline(manager, /*outline=*/true);
  manager.addPass(createLinalgToSteps({/*lanes=*/1}));
  manager.addPass(createPlanMemory({kCAlignment}));
  manager.addPass(createLowerAffinePass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createSymbolDCEPass());
  manager.addPass(createMultipliesToShifts());
}

void buildToEmitCPipeline(OpPassManager &manager, StringRef name) {
  manager.addPass(createStepsToEmitC({name.str()}));
  manager.addPass(emitc::createFormExpressionsPass());
  manager.addPass(createEvaluateOnce());
}

void registerPipelines() {
  PassPipelineRegistration<>("tally-adopt-network",
                             "bring a TOSA module of another tool into the form of an import",
                             buildAdoptPipeline);
  PassPipelineRegistration<QuantizeOptions>("tally-calibrate-network",
                                            "record what a float network's values are on images",
                                            buildCalibratePipeline);
  PassPipelineRegistration<QuantizeOptions>(
      "tally-quantize-network", "quantize a calibrated network by a recipe", buildQuantizePipeline);
  PassPipelineRegistration<QuantizeOptions>(
      "tally-learn-network", "put learned quantizers into a calibrated network by a recipe",
      buildLearnPipeline);
  // What other tools read next has no use for our attributes.
  PassPipelineRegistration<LinalgOptions>("tally-lower-to-linalg",
                                          "lower a network to linalg on tensors of plain types",
                                          [](OpPassManager &manager, const LinalgOptions &options) {
                                            buildToLinalgPipeline(manager, /*outline=*/false,
                                                                  /*kernels=*/false);
                                            if (!options.keepAttributes)
                                              manager.addPass(createStripAttributes());
                                          });
  PassPipelineRegistration<CpuOptions>("tally-lower-to-cpu", "lower a network to the LLVM dialect",
                                       [](OpPassManager &manager, const CpuOptions &options) {
                                         buildToLinalgPipeline(manager);
                                         buildCpuPipeline(manager, options);
                                         manager.addPass(createStripAttributes());
                                       });
}

} // namespace tally
