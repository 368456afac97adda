//===- ClampActivations.cpp - outliers beyond the interval are lost -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Interval.h"
#include "Network.h"
#include "Quantize/Recipe/Plan.h"
#include "QuantizerTypes.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "llvm/ADT/StringSet.h"
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

  /// Says so, and returns true, where rare values are what the inputs of `layer` say, and the
  /// recipe's quantile leaves them out. A search for the scale or small weights may have narrowed
  /// the interval further, for a good reason.
  static bool warnOfLoss(AdderConv2DOp layer, RealInterval interval, double quantile) {
    constexpr double kTolerated = 0.01;
    std::optional<Histogram> seen = joinObserved(layer.getInput());
    if (!seen)
      return false;
    RealInterval ends = {std::min(interval.low, seen->quantile(1 - quantile)),
                         std::max(interval.high, seen->quantile(quantile))};
    double loss = seen->clampLoss(ends.low, ends.high);
    LDBG() << "'" << getLayerName(layer) << "': " << ends << " of "
           << RealInterval{seen->min(), seen->max()} << " loses "
           << llvm::format("%.4g", 100 * loss) << " %";
    if (loss <= kTolerated)
      return false;
    std::string text;
    llvm::raw_string_ostream(text)
        << "layer '" << getUnclusteredName(getLayerName(layer)) << "' clamps inputs in "
        << RealInterval{seen->min(), seen->max()} << " to " << ends << ", which cuts off "
        << llvm::format("%.1f", 100 * loss)
        << " % of the sum of their squares; a 'quantile' of the "
        << "recipe above " << llvm::format("%g", quantile) << " keeps more";
    layer.emitWarning() << text;
    return true;
  }

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    double quantile = getPlan(getOperation()).quantile;
    IntervalDerivation intervals;
    llvm::StringSet<> warned; // a layer may be split into clusters
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
      if (getPlan(layer).scale != ScaleRule::Imported &&
          !warned.contains(getUnclusteredName(getLayerName(layer))) &&
          warnOfLoss(layer, *interval, quantile))
        warned.insert(getUnclusteredName(getLayerName(layer)));
      OpBuilder builder(layer);
      auto clamp = tosa::ClampOp::create(builder, layer.getLoc(), layer.getInput().getType(),
                                         layer.getInput(), builder.getF32FloatAttr(interval->low),
                                         builder.getF32FloatAttr(interval->high));
      layer.getInputMutable().assign(clamp);
    });
  }
};
} // namespace
