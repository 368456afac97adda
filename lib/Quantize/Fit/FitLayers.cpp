//===- FitLayers.cpp - fit each quantized layer to the float one ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerFitter.h"
#include "Quantize/Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"
#include "tally/Support/Progress.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_FITLAYERS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-fit-layers"

namespace {

/// Samples for rounding and correction. Half as many cost a tenth of a point at 4 bits.
constexpr int64_t kFitPositions = 65536;

struct FitLayers : tally::impl::FitLayersBase<FitLayers> {
  using FitLayersBase::FitLayersBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    int64_t count = 0;
    network->walk([&](Operation *op) { count += LayerFitter::wants(op); });
    if (count == 0)
      return;
    auto reference = getOperation().lookupSymbol<func::FuncOp>(kReferenceName);
    if (!reference) {
      network->emitError() << "requires @" << kReferenceName << ": run tally-keep-reference first";
      return signalPassFailure();
    }
    FailureOr<PassImages> opened = openImages(*network, {data, mean, std, images});
    if (failed(opened))
      return signalPassFailure();
    FailureOr<std::vector<Tensor>> inputs = opened->loadAll();
    if (failed(inputs))
      return signalPassFailure();
    auto samples = sampleLayers(reference, *opened, kFitPositions, /*withPatches=*/false,
                                LayerFitter::wants, "sampling the float network");
    if (failed(samples))
      return signalPassFailure();
    FailureOr<NetworkRun> run = NetworkRun::start(*network, *inputs);
    if (failed(run))
      return signalPassFailure();
    LDBG() << "fits " << count << " layers on " << opened->count << " images";
    LayerFitter fitter(*run, *samples);
    Progress progress("fitting layers", count, "layers");
    // What is behind the last of them need not run.
    int64_t left = count;
    while (left > 0 && !isa<func::ReturnOp>(run->next())) {
      if (LayerFitter::wants(run->next())) {
        if (failed(fitter.fit(run->next())))
          return signalPassFailure();
        progress.advance(1);
        --left;
      } else if (failed(run->advance())) {
        return signalPassFailure();
      }
    }
  }
};

} // namespace
