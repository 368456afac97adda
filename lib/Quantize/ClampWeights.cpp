//===- ClampWeights.cpp - lossless clamp of adder weights -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Interval.h"
#include "Network.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Math/LosslessClamp.h"
#include "tally/Quantize/Passes.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/DebugLog.h"
#include <cmath>

using namespace mlir;
using namespace tally;

#define DEBUG_TYPE "tally-clamp-weights"

namespace tally {
#define GEN_PASS_DEF_CLAMPWEIGHTS
#include "tally/Quantize/Passes.h.inc"

std::vector<double> clampWeights(llvm::MutableArrayRef<float> weights, int64_t filters, double low,
                                 double high) {
  std::vector<double> constants(filters, 0.0);
  int64_t terms = weights.size() / filters;
  for (int64_t f = 0; f < filters; ++f)
    for (float &w : weights.slice(f * terms, terms)) {
      float clamped = std::min(std::max(w, float(low)), float(high));
      constants[f] -= std::fabs(double(w) - double(clamped));
      w = clamped;
    }
  return constants;
}

} // namespace tally

namespace {
struct ClampWeights : tally::impl::ClampWeightsBase<ClampWeights> {
  using ClampWeightsBase::ClampWeightsBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    IntervalDerivation intervals;
    network->walk([&](AdderConv2DOp layer) { clamp(layer, intervals); });
  }

  static void clamp(AdderConv2DOp layer, IntervalDerivation &intervals) {
    if (!getPlan(layer).clampWeights)
      return;
    auto refuse = [&]() {
      return remark::missed(layer.getLoc(), remark::RemarkOpts::name("ClampWeights")
                                                .category("tally-clamp-weights")
                                                .function(getLayerName(layer)));
    };
    RealInterval interval = intervals.of(layer.getInput());
    // Padding contributes |0 - w|, so 0 belongs to the input too.
    for (int64_t size : layer.getPad())
      if (size > 0)
        interval = {std::min(interval.low, 0.0), std::max(interval.high, 0.0)};
    if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) {
      refuse() << "the input's interval is not bounded: clamp it first";
      return;
    }
    ElementsAttr elements = getConstantElements(layer.getFilter());
    std::vector<float> weights = elements ? getFloats(elements) : std::vector<float>();
    if (weights.empty()) {
      refuse() << "the filter is not constant";
      return;
    }
    int64_t filters = layer.getFilter().getType().getDimSize(0);
    std::vector<double> constants = clampWeights(weights, filters, interval.low, interval.high);
    LDBG() << "'" << getLayerName(layer) << "': clamping to " << interval << " changes "
           << llvm::count_if(constants, [](double c) { return c != 0; }) << " of " << filters
           << " filters";
    if (llvm::all_of(constants, [](double c) { return c == 0; }))
      return;
    replaceParameter(layer.getFilterMutable(), weights);
    auto constant = insertAffine(layer.getOutput(), getLayerName(layer).str() + ".clamp",
                                 std::vector<float>(filters, 1.0f),
                                 std::vector<float>(constants.begin(), constants.end()));
    constant->setAttr(TallyDialect::kClampConstantAttr, UnitAttr::get(layer.getContext()));
  }
};
} // namespace
