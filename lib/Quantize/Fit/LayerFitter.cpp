//===- LayerFitter.cpp - what all kinds of layers share -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerFitter.h"

#include "tally/Quantize/Math/AdderFit.h"
#include "tally/Support/Parallel.h"

#include "llvm/Support/DebugLog.h"
#include <cmath>

using namespace mlir;

#define DEBUG_TYPE "tally-fit-layers"

namespace tally {

/// Outputs that the next ReLU will cut matter less: those further below 0 than a
/// quarter of a standard deviation count 0.3.
constexpr double kCutMargin = 0.25;
constexpr float kCutWeight = 0.3f;

LayerFitter::Targets LayerFitter::getTargets(const LayerSamples &sample, int64_t filters) {
  Targets targets{transposeMatrix<float>(sample.outputs, filters),
                  std::vector<float>(sample.outputs.size(), 1.0f)};
  if (sample.activations.size() != sample.outputs.size())
    return targets;
  int64_t positions = sample.outputs.size() / filters;
  std::vector<float> activations = transposeMatrix<float>(sample.activations, filters);
  parallelFor(filters, 0, [&](int64_t f) {
    double sum = 0, squares = 0;
    for (int64_t at = f * positions; at < (f + 1) * positions; ++at) {
      double z = activations[at];
      sum += z;
      squares += z * z;
    }
    double mean = sum / double(positions);
    double deviation = std::sqrt(std::max(squares / double(positions) - mean * mean, 0.0));
    for (int64_t at = f * positions; at < (f + 1) * positions; ++at)
      if (activations[at] <= -kCutMargin * deviation)
        targets.weights[at] = kCutWeight;
  });
  return targets;
}

/// The operation whose result stands for the float layer's: the layer itself, or the
/// difference to the box sum of its residual plane.
static Operation *getLayerOutput(AdderConv2DOp layer) {
  Value value = layer.getOutput();
  // What the lossless clamp took stands between the two.
  if (value.hasOneUse() && (*value.user_begin())->hasAttr(TallyDialect::kClampConstantAttr))
    value = (*value.user_begin())->getResult(0);
  if (value.hasOneUse())
    if (auto difference = dyn_cast<tosa::SubOp>(*value.user_begin()))
      if (difference.getInput1() == value &&
          isa_and_nonnull<BoxSumOp>(difference.getInput2().getDefiningOp()))
        return difference;
  return layer;
}

bool LayerFitter::wants(Operation *op) {
  if (isConvolution(op))
    return isFitted(getPlan(op).levels);
  if (!isa<AdderConv2DOp>(op))
    return false;
  LayerPlan plan = getPlan(op);
  return (plan.optimizeRounding && plan.codes == CodeRule::Unsigned) ||
         plan.correction != Correction::None;
}

LogicalResult LayerFitter::fit(Operation *layer) {
  LayerPlan plan = getPlan(layer);
  std::string name = getLayerName(layer).str();
  auto it = samples.find(name);
  if (it == samples.end() || it->second.outputs.empty())
    return layer->emitError() << "layer '" << name << "' has no counterpart in @" << kReferenceName
                              << ": run tally-keep-reference first";
  const LayerSamples &sample = it->second;
  auto adder = dyn_cast<AdderConv2DOp>(layer);
  int64_t filters = cast<RankedTensorType>(layer->getResult(0).getType()).getShape().back();
  Targets targets = getTargets(sample, filters);

  Operation *output = adder ? getLayerOutput(adder) : layer;
  SmallVector<Value> kept = {layer->getOperand(0)};
  if (output != layer)
    kept.push_back(layer->getResult(0));
  for (Value value : kept)
    run.keep(value);
  if (adder && plan.optimizeRounding && plan.codes == CodeRule::Unsigned && output == layer)
    roundAdder(adder, sample.positions, targets);
  if (!adder && failed(roundConvolution(layer, sample, plan)))
    return failure();
  while (run.next() != output)
    if (failed(run.advance()))
      return failure();
  if (failed(run.advance()))
    return failure();
  if (plan.correction != Correction::None) {
    run.keep(output->getResult(0));
    correct(output, name, sample.positions, targets, plan.correction == Correction::Mean);
    run.release(output->getResult(0));
  }
  for (Value value : kept)
    run.release(value);
  return success();
}

void LayerFitter::correct(Operation *output, const std::string &name, ArrayRef<int64_t> positions,
                          const Targets &targets, bool onlyMean) {
  Value value = output->getResult(0);
  int64_t filters = cast<RankedTensorType>(value.getType()).getShape().back();
  std::vector<float> values =
      transposeMatrix<float>(gatherRows(run.get(value), positions), filters);
  std::vector<float> scale(filters), bias(filters);
  parallelFor(filters, 0, [&](int64_t f) {
    auto ofFilter = [&](ArrayRef<float> all) {
      return all.slice(f * positions.size(), positions.size());
    };
    AffineFit fit =
        fitAffine(ofFilter(values), ofFilter(targets.outputs), ofFilter(targets.weights), onlyMean);
    scale[f] = float(fit.scale);
    bias[f] = float(fit.bias);
  });
  LDBG() << "'" << name << "': corrects " << (onlyMean ? "means" : "scales and means") << " of "
         << filters << " channels, scales in "
         << RealInterval{*llvm::min_element(scale), *llvm::max_element(scale)};
  // The lossless clamp's constant, if it stands behind the layer, is part of what
  // was fitted.
  Operation *old = value.hasOneUse() ? *value.user_begin() : nullptr;
  ChannelAffineOp affine = insertAffine(value, name + ".fit", scale, bias);
  if (old && old->hasAttr(TallyDialect::kClampConstantAttr)) {
    old->getResult(0).replaceAllUsesWith(old->getOperand(0));
    old->erase();
  }
  run.continueAt(affine.getScale().getDefiningOp(), value);
}

} // namespace tally
