//===- CpuBackend.cpp - a network compiled for a CPU --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Cpu/CpuBackend.h"

#include "tally/IR/Network.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Run/Interpreter.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace tally {

static void setByteDot(const CpuTarget &target, CpuOptions &options) {
  if (!llvm::Triple(target.triple).isX86())
    return;
  bool wide = target.has("avx512bw") && target.has("avx512vl");
  options.vectorBits = wide ? 512 : target.has("avx2") ? 256 : 128;
  if ((wide && target.has("avx512vnni")) || target.has("avxvnni"))
    options.byteDot = ByteDot::Quads;
  else if (target.has("ssse3"))
    options.byteDot = ByteDot::Pairs;
  if (options.byteDot == ByteDot::Quads && !target.has("avx512vnni"))
    options.vectorBits = 256;
}

FailureOr<LoweredNetwork> lowerForCpu(ModuleOp module, const CpuTarget &target, MulFree level) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
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
  CpuOptions options;
  if (level == MulFree::No)
    setByteDot(target, options);
  PassManager manager(module.getContext());
  buildToLinalgPipeline(manager, /*outline=*/false, level, Core::Multiplier, options.byteDot);
  options.mulFree = level;
  options.lanes = target.lanes();
  options.laneShifts = level == MulFree::No || target.shiftsLanes();
  buildCpuPipeline(manager, options);
  if (failed(runPasses(manager, *network.module)))
    return failure();
  network.entry = entry->getSymName().str();
  auto function = network.module->lookupSymbol<LLVM::LLVMFuncOp>(network.entry);
  network.workspaceBytes = function->getAttrOfType<IntegerAttr>("tally.workspace_bytes").getInt();
  return network;
}

FailureOr<JitNetwork> compileInProcess(ModuleOp module, const CpuTarget &target, MulFree level) {
  FailureOr<LoweredNetwork> network = lowerForCpu(module, target, level);
  if (failed(network))
    return failure();
  return JitNetwork::create(*network->module, network->entry, network->workspaceBytes,
                            std::move(network->outputs), target);
}

} // namespace tally
