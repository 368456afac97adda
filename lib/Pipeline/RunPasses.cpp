//===- RunPasses.cpp - how passes are run ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Pipeline/RunPasses.h"

#include "tally/IR/MulFree.h"
#include "tally/Pipeline/Pipelines.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/Support/CommandLine.h"
#include <mutex>

using namespace mlir;

namespace tally {

namespace {
/// Which passes ran in this process.
struct Ran {
  std::mutex mutex;
  std::vector<std::string> flags;

  static Ran &instance() {
    static Ran ran;
    return ran;
  }
};

struct Recorder : PassInstrumentation {
  void runBeforePass(Pass *pass, Operation *) override {
    Ran &ran = Ran::instance();
    std::lock_guard<std::mutex> lock(ran.mutex);
    if (!pass->getArgument().empty() && !llvm::is_contained(ran.flags, pass->getArgument()))
      ran.flags.push_back(pass->getArgument().str());
  }
};

/// Where a pass manager holds a pass.
struct Slot : OpPassManager::pass_iterator {
  explicit Slot(OpPassManager::pass_iterator position)
      : OpPassManager::pass_iterator(std::move(position)) {}
  std::unique_ptr<Pass> take() { return std::move(*wrapped()); }
};
} // namespace

LogicalResult runPasses(PassManager &manager, ModuleOp module) {
  // To apply options that the program has not registered fails.
  bool registered = llvm::cl::getRegisteredOptions().contains("mlir-print-ir-module-scope");
  if (registered && failed(applyPassManagerCLOptions(manager)))
    return failure();
  applyDefaultTimingPassManagerCLOptions(manager);
  manager.addInstrumentation(std::make_unique<Recorder>());
  return manager.run(module);
}

LogicalResult runPassesUntil(PassManager &manager, ModuleOp module, StringRef last) {
  // A pass manager cannot be cut short, so a shorter one takes its passes.
  PassManager first(module.getContext());
  for (auto it = manager.begin(), end = manager.end(); it != end; ++it) {
    bool isLast = it->getArgument() == last;
    first.addPass(Slot(it).take());
    if (isLast)
      break;
  }
  manager.clear();
  return runPasses(first, module);
}

std::vector<std::string> getPassesRun() {
  Ran &ran = Ran::instance();
  std::lock_guard<std::mutex> lock(ran.mutex);
  return ran.flags;
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
  buildToLinalgPipeline(manager);
  buildCpuPipeline(manager, CpuOptions());
  buildToStepsPipeline(manager);
  buildToEmitCPipeline(manager, "net");
  return listPasses(manager);
}

} // namespace tally
