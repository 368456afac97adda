//===- TakeValues.cpp - what quantizers round to, as arguments ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "QuantizedValues.h"
#include "StepSignature.h"
#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"
#include "tally/Train/Passes.h"
#include "tally/Train/TrainingStep.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_TAKEVALUES
#include "tally/Train/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-take-values"

namespace {
struct TakeValues : tally::impl::TakeValuesBase<TakeValues> {
  using TakeValuesBase::TakeValuesBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> entry = getEntry(getOperation());
    if (failed(entry))
      return signalPassFailure();
    for (auto [index, value] : llvm::enumerate(listQuantizedValues(*entry))) {
      LDBG() << "takes " << value.getLoc();
      value.replaceAllUsesWith(
          addArgument(*entry, (kValuePrefix + Twine(index)).str(), value.getType()));
      Operation *quantizer = value.getDefiningOp();
      Value codes = isa<quant::DequantizeCastOp>(quantizer) ? quantizer->getOperand(0) : Value();
      quantizer->erase();
      if (codes && codes.use_empty() && codes.getDefiningOp())
        codes.getDefiningOp()->erase();
    }
  }
};
} // namespace
