//===- ReturnValues.cpp - what quantizers round to, as results ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "QuantizedValues.h"
#include "StepSignature.h"
#include "tally/IR/Network.h"
#include "tally/Train/Passes.h"
#include "tally/Train/TrainingStep.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_RETURNVALUES
#include "tally/Train/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-return-values"

namespace {
struct ReturnValues : tally::impl::ReturnValuesBase<ReturnValues> {
  using ReturnValuesBase::ReturnValuesBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> entry = getEntry(getOperation());
    if (failed(entry))
      return signalPassFailure();
    for (auto [index, value] : llvm::enumerate(listQuantizedValues(*entry))) {
      LDBG() << "returns " << value.getLoc();
      addResult(*entry, (kValuePrefix + Twine(index)).str(), value);
    }
  }
};
} // namespace
