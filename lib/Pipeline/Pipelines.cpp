//===- Pipelines.cpp - the whole flow, one function a stretch -------------===//

#include "tally/Pipeline/Pipelines.h"

#include "tally/Lower/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace tally {

void buildToLinalgPipeline(OpPassManager &manager) {
  manager.addPass(createTallyToLinalg());
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
  manager.addPass(createPackFilters());
  manager.addPass(createLinalgToSteps({options.lanes}));
  manager.addPass(createPlanMemory());
  manager.addPass(createArenaToWorkspace());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());

  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createConvertMathToLibmPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions functionOptions;
  functionOptions.useBarePtrCallConv = true;
  manager.addPass(createConvertFuncToLLVMPass(functionOptions));
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
}

void registerPipelines() {
  PassPipelineRegistration<>("tally-lower-to-linalg",
                             "lower a network to linalg on tensors of plain types",
                             buildToLinalgPipeline);
  PassPipelineRegistration<CpuOptions>(
      "tally-lower-to-cpu", "lower a network to the LLVM dialect",
      [](OpPassManager &manager, const CpuOptions &options) {
        buildToLinalgPipeline(manager);
        buildCpuPipeline(manager, options);
      });
}

} // namespace tally
