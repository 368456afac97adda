//===- BatchStatistics.cpp - normalisation by the batch -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Gradients/TosaBuilder.h"
#include "StepSignature.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/Train/Passes.h"
#include "tally/Train/TrainingStep.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_BATCHSTATISTICS
#include "tally/Train/Passes.h.inc"

} // namespace tally

#define DEBUG_TYPE "tally-batch-statistics"

namespace {
struct BatchStatistics : tally::impl::BatchStatisticsBase<BatchStatistics> {
  using BatchStatisticsBase::BatchStatisticsBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> entry = getEntry(getOperation());
    if (failed(entry))
      return signalPassFailure();
    SmallVector<BatchNormOp> norms;
    entry->walk([&](BatchNormOp norm) { norms.push_back(norm); });
    for (BatchNormOp norm : norms)
      if (failed(rewrite(*entry, norm)))
        return signalPassFailure();
  }

  static LogicalResult rewrite(func::FuncOp function, BatchNormOp norm) {
    auto mean = getParameter(norm.getMean()), variance = getParameter(norm.getVariance());
    if (!mean || !variance)
      return norm.emitError() << "'" << getLayerName(norm)
                              << "' requires running statistics that are parameters";
    OpBuilder builder(norm);
    TosaBuilder b(builder, norm.getLoc());
    auto type = cast<RankedTensorType>(norm.getInput().getType());
    int64_t count = type.getNumElements() / type.getShape().back();
    if (count < 2)
      return norm.emitError() << "'" << getLayerName(norm)
                              << "' requires at least two elements a channel to take their "
                                 "variance, but got "
                              << count;
    LDBG() << "'" << getLayerName(norm) << "': of " << count << " elements a channel";
    double share = 1 / double(count);
    Value newMean = b.mul(b.sumChannels(norm.getInput()), share);
    Value square = b.square(b.sub(norm.getInput(), newMean));
    Value newVariance = b.mul(b.sumChannels(square), share);
    Value unbiased = b.mul(newVariance, double(count) / double(count - 1));
    norm.getMeanMutable().assign(newMean);
    norm.getVarianceMutable().assign(newVariance);
    addResult(function, (kStatisticPrefix + mean.getSymName()).str(), newMean);
    addResult(function, (kStatisticPrefix + variance.getSymName()).str(), unbiased);
    return success();
  }
};
} // namespace
