//===- VerifyContents.cpp - constants and sizes, before anyone relies on them //
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Contents.h"
#include "tally/Pipeline/Passes.h"

#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tally-verify-contents"

namespace tally {
#define GEN_PASS_DEF_VERIFYCONTENTS
#include "tally/Pipeline/Passes.h.inc"
} // namespace tally

namespace {

struct VerifyContents : tally::impl::VerifyContentsBase<VerifyContents> {
  using VerifyContentsBase::VerifyContentsBase;

  void runOnOperation() override {
    LDBG() << "constants and sizes of '" << getOperation().getName().value_or("module") << "'";
    if (failed(tally::verifyContents(getOperation())))
      signalPassFailure();
  }
};

} // namespace
