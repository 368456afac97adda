//===- SnapActivations.cpp - inputs on powers of two ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FilterLevels.h"
#include "Interval.h"
#include "Network.h"
#include "Quantize/Recipe/Plan.h"
#include "QuantizerTypes.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_SNAPACTIVATIONS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-snap-activations"

/// The unit of `levels` with the lowest mean squared error on what was seen: the largest level
/// stands for a part of the largest magnitude, in steps of a 64th.
static double chooseUnit(const PowerOfTwoLevels &levels, const Histogram &seen) {
  double largest = std::max(std::fabs(seen.min()), std::fabs(seen.max()));
  if (largest <= 1e-6)
    return 1; // any unit serves what was always 0
  double best = 0, least = INFINITY;
  for (int part = 64; part >= 1; --part) {
    double unit = largest * part / 64 / double(levels.largest());
    double error = seen.mean([&](double x) {
      double difference = x - double(levels.nearest(x / unit)) * unit;
      return difference * difference;
    });
    if (error < least) {
      least = error;
      best = unit;
    }
  }
  return best;
}

namespace {
struct SnapActivations : tally::impl::SnapActivationsBase<SnapActivations> {
  using SnapActivationsBase::SnapActivationsBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    SmallVector<Operation *> layers;
    network->walk([&](Operation *op) {
      if (isConvolution(op) && isFitted(getPlan(op).activationLevels))
        layers.push_back(op);
    });
    llvm::DenseMap<std::pair<Value, Type>, Value> snapped;
    IntervalDerivation intervals;
    for (Operation *layer : layers) {
      Value input = layer->getOperand(0);
      if (getSnappedType(input))
        continue; // the network brings levels of its own
      FailureOr<PowerOfTwoType> type = chooseType(layer, input, intervals);
      if (failed(type))
        return signalPassFailure();
      LDBG() << "'" << getLayerName(layer) << "': inputs are rounded to " << *type;
      Value &value = snapped[{input, *type}];
      if (!value) {
        OpBuilder builder(layer);
        auto snap =
            SnapOp::create(builder, layer->getLoc(), input.getType(), input, TypeAttr::get(*type),
                           /*ties_to_even=*/UnitAttr());
        snap->setAttr(TallyDialect::kNameAttr,
                      builder.getStringAttr(getLayerName(layer).str() + ".input.levels"));
        value = snap;
      }
      layer->setOperand(0, value);
    }
  }

  static FailureOr<PowerOfTwoType> chooseType(Operation *layer, Value input,
                                              IntervalDerivation &intervals) {
    LayerPlan plan = getPlan(layer);
    std::optional<Histogram> seen = joinObserved(input);
    if (!seen)
      return emitLayerError(layer)
             << "requires its input to be observed: run tally-calibrate first";
    bool additive = plan.activationLevels == LevelRule::AdditivePowerOfTwo;
    bool isSigned = intervals.of(input).low < 0;
    auto levels = PowerOfTwoLevels::get({plan.activationBits, isSigned, additive, true});
    if (!levels || levels->largest() > 1 << 16)
      return layer->emitError() << "layer '" << getLayerName(layer)
                                << "' requires inputs on powers of two to have 2 to "
                                << (additive || isSigned ? 5 : 4) << " bits, but its plan says "
                                << plan.activationBits;
    auto scale = DenseF64ArrayAttr::get(layer->getContext(), chooseUnit(*levels, *seen));
    return PowerOfTwoType::get(layer->getContext(), plan.activationBits, isSigned, additive,
                               /*hasZero=*/true, scale, /*axis=*/-1);
  }
};
} // namespace
