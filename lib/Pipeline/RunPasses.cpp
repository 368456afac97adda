//===- RunPasses.cpp - how passes are run ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Pipeline/RunPasses.h"

#include "tally/Pipeline/Pipelines.h"

#include "mlir/Pass/Pass.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;

namespace tally {

LogicalResult runPasses(PassManager &manager, ModuleOp module) {
  // To apply options that the program has not registered fails.
  bool registered = llvm::cl::getRegisteredOptions().contains("mlir-print-ir-module-scope");
  if (registered && failed(applyPassManagerCLOptions(manager)))
    return failure();
  applyDefaultTimingPassManagerCLOptions(manager);
  return manager.run(module);
}

LogicalResult runPassesUntil(PassManager &manager, ModuleOp module, StringRef last) {
  // A pass manager cannot be cut short; what its context executes can.
  bool done = false;
  MLIRContext *context = module.getContext();
  context->registerActionHandler([&](function_ref<void()> execute, const tracing::Action &action) {
    auto *pass = dyn_cast<PassExecutionAction>(&action);
    if (pass && done)
      return;
    execute();
    done |= pass && pass->getPass().getArgument() == last;
  });
  LogicalResult result = runPasses(manager, module);
  context->registerActionHandler(nullptr);
  return result;
}

std::vector<std::string> listPasses(const OpPassManager &manager) {
  std::vector<std::string> flags;
  for (const Pass &pass : manager.getPasses())
    if (std::string flag = pass.getArgument().str();
        !flag.empty() && !llvm::is_contained(flags, flag))
      flags.push_back(flag);
  return flags;
}

std::vector<std::string> listPasses() {
  OpPassManager manager(ModuleOp::getOperationName());
  QuantizeOptions quantize;
  quantize.powers = true;
  quantize.digits = kMulFreeDigits;
  buildCalibratePipeline(manager, quantize);
  buildQuantizePipeline(manager, quantize);
  buildToLinalgPipeline(manager, /*outline=*/false, MulFree::Strict);
  buildCpuPipeline(manager, CpuOptions());
  buildToStepsPipeline(manager, MulFree::Strict);
  buildToEmitCPipeline(manager, "net");
  return listPasses(manager);
}

} // namespace tally
