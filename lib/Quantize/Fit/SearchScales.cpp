//===- SearchScales.cpp - intervals by the error they cause ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerSamples.h"
#include "Quantize/Network.h"
#include "Quantize/QuantizerTypes.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Math/AdderFit.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_SEARCHSCALES
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-search-scales"

/// Enough positions for a variance; the search evaluates all filters on them 17 times.
static constexpr int64_t kSearchPositions = 4096;

namespace {
struct SearchScales : tally::impl::SearchScalesBase<SearchScales> {
  using SearchScalesBase::SearchScalesBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    SmallVector<AdderConv2DOp> layers;
    network->walk([&](AdderConv2DOp layer) {
      LayerPlan plan = getPlan(layer);
      if (plan.searchScale && plan.codes == CodeRule::Unsigned && getAssignedInterval(layer))
        layers.push_back(layer);
    });
    if (layers.empty())
      return;
    FailureOr<PassImages> inputs = openImages(*network, {data, mean, std, images});
    if (failed(inputs))
      return signalPassFailure();
    auto samples = sampleLayers(
        *network, *inputs, kSearchPositions, /*withPatches=*/true,
        [](Operation *op) { return isa<AdderConv2DOp>(op); }, "sampling layers");
    if (failed(samples))
      return signalPassFailure();
    for (AdderConv2DOp layer : layers)
      search(layer, (*samples)[getLayerName(layer).str()]);
  }

  static void search(AdderConv2DOp layer, const LayerSamples &sample) {
    std::vector<float> weights = getFloats(getConstantElements(layer.getFilter()));
    int64_t filters = layer.getFilter().getType().getDimSize(0), group = layer.getGroup();
    int64_t taps =
        layer.getFilter().getType().getDimSize(1) * layer.getFilter().getType().getDimSize(2);
    int64_t channels = layer.getFilter().getType().getDimSize(3);
    int64_t positions = sample.positions.size(), perGroup = filters / group;
    RealInterval interval = *getAssignedInterval(layer);
    LayerPlan plan = getPlan(layer);

    // One set of patches and targets a group of channels.
    struct Part {
      std::vector<float> patches, target;
      ArrayRef<float> weights;
    };
    std::vector<Part> parts(group);
    int64_t terms = taps * channels;
    for (int64_t g = 0; g < group; ++g) {
      Part &part = parts[g];
      part.weights = ArrayRef<float>(weights).slice(g * perGroup * terms, perGroup * terms);
      for (int64_t p = 0; p < positions; ++p) {
        const float *patch = sample.patches.data() + p * taps * channels * group;
        for (int64_t tap = 0; tap < taps; ++tap)
          part.patches.insert(part.patches.end(), patch + (tap * group + g) * channels,
                              patch + (tap * group + g + 1) * channels);
        const float *row = sample.outputs.data() + p * filters + g * perGroup;
        part.target.insert(part.target.end(), row, row + perGroup);
      }
    }
    double factor = searchFactor([&](double f) {
      auto types = getAdderTypes(layer.getContext(), {interval.low * f, interval.high * f}, plan);
      CodeGrid grid{types.input.getScale(), int(types.input.getZeroPoint()),
                    int(types.input.getStorageTypeMax())};
      double error = 0;
      for (const Part &part : parts)
        error += relativeErrorVariance(part.patches, part.weights, part.target, terms, grid);
      return error;
    });
    LDBG() << "'" << getLayerName(layer) << "': interval " << interval << " times "
           << llvm::format("%g", factor);
    setAssignedInterval(layer, {interval.low * factor, interval.high * factor});
  }
};
} // namespace
