//===- SplitResidual.cpp - what exceeds the interval, by a box sum --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Interval.h"
#include "Network.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/DebugLog.h"
#include <algorithm>

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_SPLITRESIDUAL
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-split-residual"

namespace {
struct SplitResidual : tally::impl::SplitResidualBase<SplitResidual> {
  using SplitResidualBase::SplitResidualBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    IntervalDerivation intervals;
    network->walk([&](AdderConv2DOp layer) {
      if (getPlan(layer).residualPlane && getAssignedInterval(layer))
        split(layer, intervals);
    });
  }

  static void split(AdderConv2DOp layer, IntervalDerivation &intervals) {
    auto refuse = [&]() {
      return remark::missed(layer.getLoc(), remark::RemarkOpts::name("SplitResidual")
                                                .category("tally-split-residual")
                                                .function(getLayerName(layer)));
    };
    RealInterval interval = *getAssignedInterval(layer), known = intervals.of(layer.getInput());
    if (known.high <= interval.high)
      return; // nothing exceeds it
    if (known.low < interval.low) {
      refuse() << "the input may lie below the interval";
      return;
    }
    if (layer.getGroup() != 1) {
      refuse() << "the groups of a grouped layer have different inputs";
      return;
    }
    ElementsAttr elements = getConstantElements(layer.getFilter());
    std::vector<float> weights = elements ? getFloats(elements) : std::vector<float>();
    if (weights.empty() ||
        *std::max_element(weights.begin(), weights.end()) > float(interval.high)) {
      refuse() << "a weight exceeds the interval";
      return;
    }
    LDBG() << "'" << getLayerName(layer) << "': what inputs in " << known << " exceed " << interval
           << " by goes into a box sum";
    OpBuilder builder(layer);
    Location loc = layer.getLoc();
    Value input = layer.getInput();
    auto clamp = tosa::ClampOp::create(builder, loc, input.getType(), input,
                                       builder.getF32FloatAttr(interval.low),
                                       builder.getF32FloatAttr(interval.high));
    Value excess = tosa::SubOp::create(builder, loc, input.getType(), input, clamp);
    layer.getInputMutable().assign(clamp);
    builder.setInsertionPointAfter(layer);
    auto type = cast<RankedTensorType>(layer.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.back() = 1;
    ArrayRef<int64_t> kernel = layer.getFilter().getType().getShape().slice(1, 2);
    auto box = BoxSumOp::create(builder, loc, type.clone(shape), excess, kernel, layer.getPad(),
                                layer.getStride(), layer.getDilation());
    setAssignedInterval(box, interval);
    copyPlan(layer, box);
    auto difference = tosa::SubOp::create(builder, loc, type, layer.getOutput(), box.getOutput());
    layer.getOutput().replaceAllUsesExcept(difference.getResult(), difference);
  }
};
} // namespace
