//===- FoldRequantize.cpp - a clamp becomes part of what it clamps --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Elementwise.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_FOLDREQUANTIZE
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-fold-requantize"

namespace {

struct FoldRequantize : tally::impl::FoldRequantizeBase<FoldRequantize> {
  using FoldRequantizeBase::FoldRequantizeBase;

  void runOnOperation() override {
    SmallVector<RequantizeOp> clamps;
    getOperation().walk([&](RequantizeOp op) {
      if (onlyClamps(op))
        clamps.push_back(op);
    });
    // In the order of the network: what a clamp joins may be one that joined another.
    for (RequantizeOp clamp : clamps)
      fold(clamp);
  }

  static void fold(RequantizeOp clamp) {
    auto source = clamp.getInput().getDefiningOp<RequantizeOp>();
    if (!source || !source->hasOneUse())
      return;
    // To clamp to the wider range first changes nothing.
    if (!getCodeRange(source.getOutput()).contains(getCodeRange(clamp.getOutput())))
      return;
    LDBG() << "'" << getLayerName(clamp) << "': is part of '" << getLayerName(source) << "'";
    OpBuilder builder(clamp);
    auto both = RequantizeOp::create(builder, clamp.getLoc(), clamp.getType(), source.getInput(),
                                     source.getMultiplier(), source.getOffset(), source.getShift(),
                                     source.getRounding());
    both->setDiscardableAttrs(llvm::to_vector(clamp->getDiscardableAttrs()));
    clamp.getOutput().replaceAllUsesWith(both.getOutput());
    clamp.erase();
    source.erase();
  }
};

} // namespace
