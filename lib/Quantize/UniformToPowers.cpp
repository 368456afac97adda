//===- UniformToPowers.cpp - no layer with equal steps --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FilterLevels.h"
#include "Network.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_UNIFORMTOPOWERS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-uniform-to-powers"

namespace {
struct UniformToPowers : tally::impl::UniformToPowersBase<UniformToPowers> {
  using UniformToPowersBase::UniformToPowersBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    getOperation().walk([](Operation *op) {
      if (!isConvolution(op))
        return;
      LevelRule levels = getPlan(op).levels;
      bool onPowers = isFitted(levels) || op->getOperand(1).getDefiningOp<DecodeOp>() ||
                      (levels == LevelRule::Imported && recognizeLevels(op));
      LDBG() << "'" << getLayerName(op)
             << "': " << (onPowers ? "is on powers of two" : "gets 5-bit sums of powers of two");
      if (onPowers)
        return;
      setPowersRule(op);
      remark::passed(
          op->getLoc(),
          remark::RemarkOpts::name("UniformToPowers").category("tally-uniform-to-powers"))
          << "layer '" << getLayerName(op) << "' gets 5-bit sums of powers of two";
    });
  }
};
} // namespace
