//===- CollapseMixtures.cpp - one of several quantizers is left -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CollapseMixtures.h"
#include "Quantize/Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_COLLAPSEMIXTURES
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-collapse-mixtures"

/// Below, more than one member counted until the end.
static constexpr double kSure = 0.9;

static std::vector<double> getAttention(ArrayRef<float> logits) {
  std::vector<double> attention;
  double most = *llvm::max_element(logits), sum = 0;
  for (float logit : logits)
    sum += attention.emplace_back(std::exp(double(logit) - most));
  for (double &share : attention)
    share /= sum;
  return attention;
}

static std::string describe(ArrayRef<double> attention) {
  std::string text;
  for (double share : attention)
    text += (text.empty() ? "" : ", ") + llvm::formatv("{0:f2}", share).str();
  return text;
}

LogicalResult tally::collapseMixtures(ModuleOp module, bool warn) {
  SmallVector<MixtureOp> mixtures;
  module.walk([&](MixtureOp op) { mixtures.push_back(op); });
  for (MixtureOp op : mixtures) {
    ElementsAttr logits = getConstantElements(op.getLogits());
    if (!logits)
      return op.emitError() << "requires constant logits to choose a member by";
    std::vector<double> attention = getAttention(getFloats(logits));
    size_t winner = llvm::max_element(attention) - attention.begin();
    size_t chosen = op.getDeploysWinner() ? winner : 0;
    ml_program::GlobalOp parameter = getParameter(op.getLogits());
    std::string name = parameter ? parameter.getSymName().str() : getLayerName(op).str();
    LDBG() << "'" << name << "': " << describe(attention) << ", takes member " << chosen;
    if (warn && attention[winner] < kSure)
      op.emitWarning() << "'" << name << "': attention chose none of the quantizers ("
                       << describe(attention) << "); number " << chosen + 1 << " is taken";
    else if (warn && chosen != winner)
      op.emitWarning() << "'" << name << "': attention chose quantizer " << winner + 1 << " ("
                       << describe(attention) << "), but 'deploy' 'lowest' takes the first";
    SmallVector<Value> members(op.getMembers());
    op.replaceAllUsesWith(members[chosen]);
    op.erase();
    for (Value member : members)
      if (member.use_empty() && isPure(member.getDefiningOp()))
        member.getDefiningOp()->erase();
  }
  return success();
}

namespace {

struct CollapseMixtures : tally::impl::CollapseMixturesBase<CollapseMixtures> {
  using CollapseMixturesBase::CollapseMixturesBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    if (failed(collapseMixtures(getOperation(), /*warn=*/true)))
      return signalPassFailure();
    removeUnusedParameters(getOperation());
  }
};

} // namespace
