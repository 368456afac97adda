//===- ClampActivations.cpp - outliers beyond the interval are lost -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Interval.h"
#include "Network.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_CLAMPACTIVATIONS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-clamp-activations"

namespace {
struct ClampActivations : tally::impl::ClampActivationsBase<ClampActivations> {
  using ClampActivationsBase::ClampActivationsBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    IntervalDerivation intervals;
    network->walk([&](AdderConv2DOp layer) {
      auto interval = getAssignedInterval(layer);
      if (!interval || getPlan(layer).scale == ScaleRule::SharedMaximum)
        return;
      RealInterval known = intervals.of(layer.getInput());
      bool within = known.low >= interval->low && known.high <= interval->high;
      LDBG() << "'" << getLayerName(layer) << "': inputs in " << known
             << (within ? " need no clamp to " : " are clamped to ") << *interval;
      if (within)
        return;
      OpBuilder builder(layer);
      auto clamp = tosa::ClampOp::create(builder, layer.getLoc(), layer.getInput().getType(),
                                         layer.getInput(), builder.getF32FloatAttr(interval->low),
                                         builder.getF32FloatAttr(interval->high));
      layer.getInputMutable().assign(clamp);
    });
  }
};
} // namespace
