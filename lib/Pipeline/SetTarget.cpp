//===- SetTarget.cpp - what the module is lowered for ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Target.h"
#include "tally/Pipeline/Passes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_SETTARGET
#include "tally/Pipeline/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-set-target"

namespace {
struct SetTarget : tally::impl::SetTargetBase<SetTarget> {
  using SetTargetBase::SetTargetBase;

  void runOnOperation() override {
    std::optional<MulFree> level = symbolizeMulFree(mulFree);
    std::optional<Core> kind = symbolizeCore(core);
    if (!level)
      return refuse() << "requires 'mul-free' to be no, macs, compute or strict, but got '"
                      << mulFree.getValue() << "'",
             void();
    if (!kind)
      return refuse() << "requires 'core' to be multiplier, barrel-shifter or serial-shifter, but "
                         "got '"
                      << core.getValue() << "'",
             void();
    std::string listed = llvm::join(features, ",");
    auto emit = [&] { return refuse(); };
    function_ref<InFlightDiagnostic()> error = emit;
    if (auto target =
            TargetAttr::getChecked(error, &getContext(), *level, *kind, StringRef(arch.getValue()),
                                   StringRef(cpu.getValue()), StringRef(listed))) {
      LDBG() << "the module is lowered for " << target;
      setTarget(getOperation(), target);
    }
  }

  InFlightDiagnostic refuse() {
    signalPassFailure();
    return getOperation().emitError();
  }
};
} // namespace
