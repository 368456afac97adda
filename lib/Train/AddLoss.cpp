//===- AddLoss.cpp - the number that training makes small -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CrossEntropy.h"
#include "Gradients/TosaBuilder.h"
#include "StepSignature.h"
#include "tally/IR/Network.h"
#include "tally/Train/Passes.h"
#include "tally/Train/TrainingStep.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_ADDLOSS
#include "tally/Train/Passes.h.inc"

} // namespace tally

#define DEBUG_TYPE "tally-add-loss"

namespace {

Value buildMeanSquaredError(TosaBuilder &b, Value result, Value targets) {
  int64_t elements = TosaBuilder::typeOf(result).getNumElements();
  return b.mul(b.sumTo(b.square(b.sub(result, targets)), {}), 1 / double(elements));
}

struct AddLoss : tally::impl::AddLossBase<AddLoss> {
  using AddLossBase::AddLossBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> entry = getEntry(getOperation());
    if (failed(entry) || failed(rewrite(*entry)))
      signalPassFailure();
  }

  LogicalResult rewrite(func::FuncOp function) {
    Operation *end = function.front().getTerminator();
    Value result = end->getOperand(0);
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !type.hasStaticShape() || !type.getElementType().isF32())
      return function.emitError() << "requires a first result of floats to be trained, but has "
                                  << result.getType();
    bool classifies = loss == "cross_entropy";
    if (!classifies && loss != "mean_squared_error")
      return function.emitError() << "requires 'loss' to be cross_entropy or mean_squared_error, "
                                     "but got '"
                                  << loss.getValue() << "'";
    LDBG() << "the loss is the " << loss << " of " << type;
    OpBuilder builder(end);
    TosaBuilder b(builder, end->getLoc());
    Value targets = addArgument(function, kTargetsName, type);
    if (classifies) {
      // A row of scores for each image, whatever its shape.
      int64_t classes = type.getRank() == 0 ? 0 : type.getNumElements() / type.getDimSize(0);
      if (classes < 2)
        return function.emitError() << "requires a first result of at least two classes for "
                                       "cross_entropy, but has "
                                    << type;
      int64_t shape[] = {type.getDimSize(0), classes};
      Value scores = b.reshape(result, shape);
      Value loss = buildCrossEntropy(b, scores, b.reshape(targets, shape));
      if (teacherWeight > 0) {
        Value teacher = b.reshape(addArgument(function, kTeacherName, type), shape);
        double temperature = teacherTemperature;
        Value soft = buildCrossEntropy(b, b.mul(scores, 1 / temperature), teacher);
        Value hard = b.mul(loss, 1 - teacherWeight);
        loss = b.add(hard, b.mul(soft, teacherWeight * temperature * temperature));
      }
      insertResult(function, 0, kLossName, loss);
    } else {
      if (teacherWeight > 0)
        return function.emitError() << "learns from a teacher by cross_entropy only";
      insertResult(function, 0, kLossName, buildMeanSquaredError(b, result, targets));
    }
    return success();
  }
};

} // namespace
