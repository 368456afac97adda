//===- CollapseMixtures.cpp - one of several quantizers is left -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CollapseMixtures.h"
#include "Quantize/Network.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Passes.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_COLLAPSEMIXTURES
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-collapse-mixtures"

/// Below, more than one member counted until the end.
static constexpr double kSure = 0.9;

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
    std::optional<std::vector<double>> known = getAttention(op);
    if (!known)
      return op.emitError() << "requires constant logits to choose a member by";
    ArrayRef<double> attention = *known;
    size_t winner = llvm::max_element(attention) - attention.begin();
    size_t chosen = getDeployedMember(op, attention);
    ml_program::GlobalOp parameter = getParameter(op.getLogits());
    std::string name = parameter ? parameter.getSymName().str() : getLayerName(op).str();
    LDBG() << "'" << name << "': " << describe(attention) << ", takes member " << chosen;
    if (warn && attention[winner] < kSure)
      op.emitWarning() << "'" << name << "': attention chose none of the quantizers ("
                       << describe(attention) << "); number " << chosen + 1 << " is taken";
    else if (warn && chosen != winner)
      op.emitWarning() << "'" << name << "': attention chose quantizer " << winner + 1 << " ("
                       << describe(attention) << "), but 'deploy' 'own' takes the first";
    llvm::SetVector<Operation *> makers;
    for (Value member : op.getMembers())
      if (Operation *maker = member.getDefiningOp())
        makers.insert(maker);
    op.replaceAllUsesWith(op.getMembers()[chosen]);
    op.erase();
    for (Operation *maker : makers)
      if (isOpTriviallyDead(maker))
        maker->erase();
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
