//===- Differentiate.cpp - gradients as further results -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Gradients/TosaBuilder.h"
#include "StepSignature.h"
#include "tally/IR/Network.h"
#include "tally/Train/Gradients.h"
#include "tally/Train/Passes.h"
#include "tally/Train/TrainingStep.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "tally/Train/Passes.h.inc"

} // namespace tally

#define DEBUG_TYPE "tally-differentiate"

namespace {
struct Differentiate : tally::impl::DifferentiateBase<Differentiate> {
  using DifferentiateBase::DifferentiateBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> entry = getEntry(getOperation());
    if (failed(entry) || failed(rewrite(*entry)))
      signalPassFailure();
  }

  static LogicalResult rewrite(func::FuncOp function) {
    Operation *end = function.front().getTerminator();
    auto loss = end->getNumOperands() ? dyn_cast<RankedTensorType>(end->getOperand(0).getType())
                                      : RankedTensorType();
    if (!loss || !loss.getElementType().isF32() || loss.getNumElements() != 1)
      return function.emitError() << "requires a first result of one f32 to be differentiated: "
                                     "run tally-add-loss first";
    SmallVector<Value> targets;
    for (BlockArgument argument : function.getArguments())
      if (tally::getArgumentName(function, argument.getArgNumber()).starts_with(kParameterPrefix))
        targets.push_back(argument);
    if (targets.empty())
      return function.emitError() << "has no parameters to be differentiated by: run "
                                     "tally-parameters-to-arguments first";
    LDBG() << "gradients for " << targets.size() << " parameters";
    OpBuilder builder(end);
    Gradients gradients(builder, targets);
    TosaBuilder b(builder, function.getLoc());
    gradients.add(end->getOperand(0), b.splat(loss.getShape(), 1));
    if (failed(gradients.flowBack(end)))
      return failure();
    for (Value target : targets) {
      StringRef name = tally::getArgumentName(function, cast<BlockArgument>(target).getArgNumber());
      Value gradient = gradients.of(target);
      if (!gradient)
        gradient = b.splat(TosaBuilder::shapeOf(target), 0);
      name.consume_front(kParameterPrefix);
      addResult(function, (kGradientPrefix + name).str(), gradient);
    }
    function->setAttr(TallyDialect::kBackwardAttr, builder.getUnitAttr());
    return success();
  }
};
} // namespace
