//===- DrawMasks.cpp - masks of levels become random ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Gradients/TosaBuilder.h"
#include "StepSignature.h"
#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"
#include "tally/Train/Passes.h"
#include "tally/Train/TrainingStep.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_DRAWMASKS
#include "tally/Train/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-draw-masks"

namespace {
struct DrawMasks : tally::impl::DrawMasksBase<DrawMasks> {
  using DrawMasksBase::DrawMasksBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> entry = getEntry(getOperation());
    if (failed(entry))
      return signalPassFailure();
    OpBuilder builder(entry->getContext());
    SmallVector<LevelMasksOp> all;
    int64_t count = 0;
    entry->walk([&](LevelMasksOp op) {
      // Equal ones may have become one, but each quantizer draws its own.
      for (OpOperand &use : llvm::make_early_inc_range(op->getUses())) {
        builder.setInsertionPoint(op);
        auto own = cast<LevelMasksOp>(builder.clone(*op));
        use.set(own.getOutput());
        all.push_back(own);
        count += own.getType().getDimSize(0);
      }
      op.erase();
    });
    if (all.empty())
      return;
    LDBG() << "draws " << count << " masks";
    auto type = RankedTensorType::get({count}, builder.getF32Type());
    Value noise = addArgument(*entry, kNoiseName, type);
    int64_t first = 0;
    for (LevelMasksOp op : all) {
      builder.setInsertionPoint(op);
      int64_t own = op.getType().getDimSize(0);
      op.getNoiseMutable().assign(TosaBuilder(builder, op.getLoc()).slice(noise, {first}, {own}));
      first += own;
    }
  }
};
} // namespace
