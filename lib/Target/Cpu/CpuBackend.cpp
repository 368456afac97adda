//===- CpuBackend.cpp - a network compiled for a CPU --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Cpu/CpuBackend.h"
#include "tally/IR/Target.h"

#include "tally/IR/Network.h"
#include "tally/Lower/Steps/ParallelEntry.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Run/Interpreter.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace tally {

FailureOr<LoweredNetwork> lowerForCpu(ModuleOp module, const CpuTarget &target, MulFree level,
                                      bool parallel) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry) || failed(checkOperations(module)))
    return failure();
  LoweredNetwork network;
  for (Type type : entry->getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    auto elementType = tensor ? getTensorElementType(tensor) : std::nullopt;
    if (!elementType || !tensor.hasStaticShape())
      return entry->emitError() << "has a result of type " << type << ", which cannot be compiled";
    network.outputs.emplace_back(*elementType, tensor.getShape().vec());
  }

  network.module = module.clone();
  setTarget(*network.module, describe(module.getContext(), target, level));
  PassManager manager(module.getContext());
  buildToLinalgPipeline(manager);
  CpuOptions options;
  options.parallel = parallel;
  buildCpuPipeline(manager, options);
  if (failed(runPasses(manager, *network.module)))
    return failure();
  network.entry = entry->getSymName().str();
  if (parallel)
    network.parallelEntry = getParallelEntry(network.entry);
  auto function = network.module->lookupSymbol<LLVM::LLVMFuncOp>(network.entry);
  network.workspaceBytes =
      function->getAttrOfType<IntegerAttr>(TallyDialect::kWorkspaceAttr).getInt();
  return network;
}

FailureOr<JitNetwork> compileInProcess(ModuleOp module, const CpuTarget &target, MulFree level,
                                       bool parallel) {
  FailureOr<LoweredNetwork> network = lowerForCpu(module, target, level, parallel);
  if (failed(network))
    return failure();
  return JitNetwork::create(*network->module, network->entry, network->workspaceBytes,
                            std::move(network->outputs), target, network->parallelEntry);
}

} // namespace tally
