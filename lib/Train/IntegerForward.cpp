//===- IntegerForward.cpp - the forward pass in integers ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/IntegerForward.h"

#include "StepSignature.h"
#include "tally/IR/FilterQuantizer.h"
#include "tally/IR/Network.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Run/Interpreter.h"
#include "tally/Train/Passes.h"
#include "tally/Train/TrainingStep.h"

using namespace mlir;

namespace tally {

bool hasLearnedQuantizers(ModuleOp network) {
  return network
      .walk([](Operation *op) {
        return isa<LearnedQuantizerOp, FilterQuantizerOp>(op) ? WalkResult::interrupt()
                                                              : WalkResult::advance();
      })
      .wasInterrupted();
}

bool learnsFractions(ModuleOp network) {
  return network
      .walk([](LearnedQuantizerOp op) {
        return op.getScale().getDefiningOp<tosa::PowOp>() ? WalkResult::interrupt()
                                                          : WalkResult::advance();
      })
      .wasInterrupted();
}

FailureOr<ModuleCopy> makeIntegerForward(ModuleOp network) {
  ModuleCopy integers(network);
  PassManager manager(integers.get().getContext());
  manager.addPass(createReturnValues());
  buildFreezePipeline(manager);
  if (failed(runPasses(manager, integers.get())))
    return failure();
  // Shards run at the same time, and running makes types.
  integers.get().getContext()->enableMultithreading();
  return integers;
}

FailureOr<std::vector<Tensor>> runIntegerForward(ModuleOp integers,
                                                 const std::vector<Tensor> &inputs) {
  FailureOr<func::FuncOp> entry = getEntry(integers);
  FailureOr<Boundary> boundary = Boundary::of(integers);
  if (failed(entry) || failed(boundary))
    return failure();
  InterpreterOptions options;
  options.threads = 1;
  FailureOr<std::vector<Tensor>> codes = interpret(*entry, boundary->encode(inputs), options);
  if (failed(codes))
    return failure();
  std::vector<Tensor> real = boundary->decode(*codes), values;
  for (auto [index, tensor] : llvm::enumerate(real))
    if (getResultName(*entry, index).starts_with(kValuePrefix))
      values.push_back(tensor);
  return values;
}

} // namespace tally
