//===- AssignScales.cpp - the interval each adder layer's operands share --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BroughtQuantizers.h"
#include "Interval.h"
#include "Network.h"
#include "Quantize/Recipe/Plan.h"
#include "QuantizerTypes.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_ASSIGNSCALES
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-assign-scales"

namespace {
struct AssignScales : tally::impl::AssignScalesBase<AssignScales> {
  using AssignScalesBase::AssignScalesBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    double quantile = getPlan(getOperation()).quantile;
    IntervalDerivation intervals;
    WalkResult result = network->walk([&](AdderConv2DOp layer) {
      return succeeded(assign(layer, quantile, intervals)) ? WalkResult::advance()
                                                           : WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

  /// The interval of the network's own quantizer, where one serves both operands.
  static bool keepImported(AdderConv2DOp layer) {
    auto type = getSharedType(layer);
    if (!type) {
      LDBG() << "'" << getLayerName(layer) << "': no quantizer of the network's own serves both "
             << "operands, so the inputs decide";
      setScaleRule(layer, ScaleRule::Activations);
      return false;
    }
    setAssignedInterval(layer, getEnds(type));
    setExact(layer);
    LDBG() << "'" << getLayerName(layer) << "': interval " << getEnds(type)
           << " of the network's own quantizer, nothing is fitted";
    return true;
  }

  static LogicalResult assign(AdderConv2DOp layer, double quantile, IntervalDerivation &intervals) {
    if (getPlan(layer).scale == ScaleRule::Imported && keepImported(layer))
      return success();
    std::optional<Histogram> seen = joinObserved(layer.getInput());
    if (!seen)
      return emitLayerError(layer)
             << "requires its input to be observed: run tally-calibrate first";
    ElementsAttr elements = getConstantElements(layer.getFilter());
    std::vector<float> weights = elements ? getFloats(elements) : std::vector<float>();
    if (weights.empty())
      return emitLayerError(layer) << "requires a constant filter to be quantized";
    double largestWeight = 0;
    for (float w : weights) {
      if (!std::isfinite(w))
        return emitLayerError(layer) << "has a weight that is not finite: " << w;
      largestWeight = std::max<double>(largestWeight, std::fabs(w));
    }
    // A layer that saw only zeros still needs a step.
    constexpr double kSmallest = 1e-3;
    double high = seen->quantile(quantile), low = seen->quantile(1 - quantile);
    double magnitude = std::max({std::fabs(high), std::fabs(low), kSmallest});
    RealInterval interval;
    LayerPlan plan = getPlan(layer);
    // Unsigned codes lose what lies below zero; the published figure has the signed form.
    if (plan.codes == CodeRule::DoubleStep && intervals.of(layer.getInput()).low < 0)
      setCodeRule(layer, CodeRule::Signed);
    switch (plan.scale) {
    case ScaleRule::Activations: {
      bool nonNegative = intervals.of(layer.getInput()).low >= 0;
      interval = {nonNegative ? 0 : std::min(low, 0.0), std::max(high, kSmallest)};
      break;
    }
    case ScaleRule::GroupMinimum: {
      double s = largestWeight > 0 ? std::min(magnitude, largestWeight) : magnitude;
      interval = {-s, s};
      break;
    }
    case ScaleRule::SharedMaximum: {
      double s =
          std::max({std::fabs(seen->min()), std::fabs(seen->max()), largestWeight, kSmallest});
      interval = {-s, s};
      break;
    }
    case ScaleRule::Imported:
      llvm_unreachable("replaced above");
    }
    LDBG() << "'" << getLayerName(layer) << "': interval " << interval << " from inputs in "
           << RealInterval{seen->min(), seen->max()} << ", all but a few in "
           << RealInterval{low, high} << ", and weights up to "
           << llvm::format("%g", largestWeight);
    setAssignedInterval(layer, interval);
    return success();
  }
};
} // namespace
