//===- ParametersToArguments.cpp - parameters are passed in ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StepSignature.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/Train/Passes.h"
#include "tally/Train/TrainingStep.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_PARAMETERSTOARGUMENTS
#include "tally/Train/Passes.h.inc"

} // namespace tally

#define DEBUG_TYPE "tally-parameters-to-arguments"

namespace {

/// Whether `value` is read as a running statistic only, or not at all.
bool isStatistic(Value value) {
  return llvm::all_of(value.getUses(), [](OpOperand &use) {
    auto norm = dyn_cast<BatchNormOp>(use.getOwner());
    return norm && (&use == &norm.getMeanMutable() || &use == &norm.getVarianceMutable());
  });
}

struct ParametersToArguments : tally::impl::ParametersToArgumentsBase<ParametersToArguments> {
  using ParametersToArgumentsBase::ParametersToArgumentsBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> entry = getEntry(getOperation());
    if (failed(entry))
      return signalPassFailure();
    llvm::MapVector<StringRef, SmallVector<ml_program::GlobalLoadConstOp>> loads;
    entry->walk([&](ml_program::GlobalLoadConstOp load) {
      auto type = dyn_cast<RankedTensorType>(load.getType());
      if (type && type.getElementType().isF32() && !isStatistic(load))
        loads[load.getGlobal().getLeafReference().getValue()].push_back(load);
    });
    for (auto &[name, same] : loads) {
      LDBG() << "@" << name << " is passed in";
      Value argument = addArgument(*entry, (kParameterPrefix + name).str(), same.front().getType());
      for (ml_program::GlobalLoadConstOp load : same) {
        load.replaceAllUsesWith(argument);
        load.erase();
      }
    }
  }
};

} // namespace
