//===- FoldBatchNorm.cpp - one channel_affine in place of many ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"
#include <cmath>

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-fold-batch-norm"

namespace {

/// `x * scale[c] + bias[c]`, in double so that a chain loses nothing.
struct ChannelMap {
  std::vector<double> scale, bias;
};

std::optional<std::vector<float>> getParameterValues(Value value) {
  ElementsAttr elements = getConstantElements(value);
  if (!elements)
    return std::nullopt;
  std::vector<float> values = getFloats(elements);
  if (values.empty())
    return std::nullopt;
  return values;
}

std::optional<ChannelMap> getMap(Operation *op) {
  ChannelMap map;
  if (auto affine = dyn_cast<ChannelAffineOp>(op)) {
    auto scale = getParameterValues(affine.getScale());
    auto bias = getParameterValues(affine.getBias());
    if (!scale || !bias)
      return std::nullopt;
    map.scale.assign(scale->begin(), scale->end());
    map.bias.assign(bias->begin(), bias->end());
    return map;
  }
  auto norm = dyn_cast<BatchNormOp>(op);
  if (!norm)
    return std::nullopt;
  auto scale = getParameterValues(norm.getScale()), bias = getParameterValues(norm.getBias());
  auto mean = getParameterValues(norm.getMean()), variance = getParameterValues(norm.getVariance());
  if (!scale || !bias || !mean || !variance)
    return std::nullopt;
  double epsilon = norm.getEpsilon().convertToFloat();
  for (size_t c = 0; c < scale->size(); ++c) {
    double factor = (*scale)[c] / std::sqrt(double((*variance)[c]) + epsilon);
    map.scale.push_back(factor);
    map.bias.push_back((*bias)[c] - double((*mean)[c]) * factor);
  }
  return map;
}

struct FoldBatchNorm : tally::impl::FoldBatchNormBase<FoldBatchNorm> {
  using FoldBatchNormBase::FoldBatchNormBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    // The last op of each chain of maps stands for all of it.
    SmallVector<Operation *> ends;
    network->walk([&](Operation *op) {
      if (!isa<BatchNormOp, ChannelAffineOp>(op))
        return;
      bool continues = op->hasOneUse() && isa<BatchNormOp, ChannelAffineOp>(*op->user_begin());
      if (!continues)
        ends.push_back(op);
    });
    for (Operation *end : ends)
      if (failed(fold(end)))
        return signalPassFailure();
    removeUnusedParameters(getOperation());
  }

  LogicalResult fold(Operation *end) {
    SmallVector<Operation *> chain = {end};
    for (;;) {
      Operation *previous = chain.back()->getOperand(0).getDefiningOp();
      if (!isa_and_nonnull<BatchNormOp, ChannelAffineOp>(previous) || !previous->hasOneUse())
        break;
      chain.push_back(previous);
    }
    if (chain.size() == 1 && isa<ChannelAffineOp>(end))
      return success();
    size_t channels = cast<RankedTensorType>(end->getResult(0).getType()).getShape().back();
    ChannelMap total{std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0)};
    std::string name;
    for (Operation *op : llvm::reverse(chain)) {
      auto map = getMap(op);
      if (!map)
        return op->emitError() << "requires constant parameters to be folded";
      for (size_t c = 0; c < channels; ++c) {
        total.scale[c] *= map->scale[c];
        total.bias[c] = total.bias[c] * map->scale[c] + map->bias[c];
        if (!std::isfinite(total.scale[c]) || !std::isfinite(total.bias[c]))
          return op->emitError() << "'" << getLayerName(op)
                                 << "' has parameters that are not finite "
                                 << "in channel " << c;
      }
      if (name.empty() || isa<BatchNormOp>(op))
        name = getLayerName(op).str();
    }
    LDBG() << "'" << name << "': " << chain.size() << " maps of " << channels
           << " channels become one";
    OpBuilder builder(end);
    std::vector<float> scale(total.scale.begin(), total.scale.end());
    std::vector<float> bias(total.bias.begin(), total.bias.end());
    Value s = makeParameter(builder, end->getLoc(), name + ".factor", int64_t(channels), scale);
    Value b = makeParameter(builder, end->getLoc(), name + ".offset", int64_t(channels), bias);
    auto affine = ChannelAffineOp::create(builder, end->getLoc(), end->getResult(0).getType(),
                                          chain.back()->getOperand(0), s, b);
    affine->setDiscardableAttrs(end->getDiscardableAttrDictionary());
    end->getResult(0).replaceAllUsesWith(affine.getOutput());
    for (Operation *op : chain)
      op->erase();
    return success();
  }
};

} // namespace
