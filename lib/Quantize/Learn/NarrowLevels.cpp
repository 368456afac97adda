//===- NarrowLevels.cpp - dropped bits leave the types --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantize/Math/MaskBudget.h"
#include "Quantize/Network.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"
#include "tally/Quantize/LevelWidths.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/HardConcrete.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;

namespace tally {
#define GEN_PASS_DEF_NARROWLEVELS
#include "tally/Quantize/Passes.h.inc"

#define DEBUG_TYPE "tally-narrow-levels"

/// -1, 0 and 1 take so many, and have no masks.
static constexpr int64_t kFewestBits = 2;

static SmallVector<LearnedQuantizerOp> listMasked(ModuleOp network) {
  SmallVector<LearnedQuantizerOp> quantizers;
  network.walk([&](LearnedQuantizerOp op) {
    if (op.getMasks())
      quantizers.push_back(op);
  });
  return quantizers;
}

/// Those of the masks of `op`; empty, with an error, where they are not constant.
static std::vector<float> getLogits(LearnedQuantizerOp op) {
  auto masks = op.getMasks().getDefiningOp<LevelMasksOp>();
  ElementsAttr logits = masks ? getConstantElements(masks.getLogits()) : ElementsAttr();
  if (logits)
    return getFloats(logits);
  op.emitError() << "requires masks by constant logits to know which levels are kept";
  return {};
}

/// What masks that are learned are called; none for others.
static ml_program::GlobalOp getMaskParameter(LearnedQuantizerOp op) {
  auto masks = op.getMasks().getDefiningOp<LevelMasksOp>();
  return masks ? getParameter(masks.getLogits()) : ml_program::GlobalOp();
}

static MaskedWeights getMaskedWeights(LearnedQuantizerOp op, ArrayRef<float> logits) {
  MaskedWeights weights{cast<RankedTensorType>(op.getType()).getNumElements(), {}};
  for (float logit : logits)
    weights.probabilities.push_back(reference::maskProbability(logit));
  return weights;
}

namespace {
/// What masks say, and of those that are learned what they are chosen by.
struct Asked {
  std::vector<int64_t> kept;
  std::vector<size_t> learned; ///< their places in `kept`
  std::vector<MaskedWeights> layers;

  std::vector<int64_t> within(int64_t budget) && {
    for (auto [index, masks] : llvm::zip_equal(learned, chooseMasks(layers, budget)))
      kept[index] = masks;
    return std::move(kept);
  }
};
} // namespace

static FailureOr<Asked> askMasks(ModuleOp network) {
  Asked asked;
  for (LearnedQuantizerOp op : listMasked(network)) {
    std::vector<float> logits = getLogits(op);
    if (logits.empty())
      return failure();
    auto gone = llvm::find_if(logits, [](float logit) { return !(logit >= 0); });
    if (getMaskParameter(op)) {
      asked.learned.push_back(asked.kept.size());
      asked.layers.push_back(getMaskedWeights(op, logits));
    }
    asked.kept.push_back(gone - logits.begin());
  }
  return asked;
}

FailureOr<std::vector<int64_t>> chooseKeptMasks(ModuleOp network, double averageBits) {
  FailureOr<Asked> asked = askMasks(network);
  if (failed(asked))
    return failure();
  if (averageBits == 0)
    return std::move(asked->kept);
  int64_t all = 0;
  for (const MaskedWeights &layer : asked->layers)
    all += layer.count;
  double budget = (averageBits - double(kFewestBits)) * double(all);
  return std::move(*asked).within(int64_t(budget));
}

FailureOr<std::vector<int64_t>>
chooseKeptMasks(ModuleOp network, ArrayRef<std::vector<int64_t>> costs, int64_t budget) {
  FailureOr<Asked> asked = askMasks(network);
  if (failed(asked) || asked->layers.size() != costs.size())
    return failure();
  for (auto [layer, own] : llvm::zip_equal(asked->layers, costs)) {
    if (own.size() != layer.probabilities.size() + 1)
      return failure();
    layer.costs = own;
  }
  return std::move(*asked).within(budget);
}

std::vector<LearnedMasks> listLearnedMasks(ModuleOp network) {
  std::vector<LearnedMasks> learned;
  for (auto [index, op] : llvm::enumerate(listMasked(network)))
    if (ml_program::GlobalOp parameter = getMaskParameter(op))
      learned.push_back({index, parameter.getSymName().str(),
                         cast<RankedTensorType>(op.getType()).getNumElements(),
                         op.getMasks().getType().getDimSize(0)});
  return learned;
}

LogicalResult narrowLevels(ModuleOp network, ArrayRef<int64_t> kept) {
  SmallVector<LearnedQuantizerOp> quantizers = listMasked(network);
  if (quantizers.size() != kept.size())
    return failure();
  for (auto [op, masks] : llvm::zip_equal(quantizers, kept))
    if (masks < 0 || masks > op.getMasks().getType().getDimSize(0))
      return failure();
  for (auto [op, masks] : llvm::zip_equal(quantizers, kept)) {
    int64_t most = op.getEndpoints() ? 1 + masks : (int64_t(1) << (1 + masks)) - 1;
    LDBG() << "'" << getLayerName(op) << "' keeps " << masks << " masks: steps to " << most;
    Operation *maker = op.getMasks().getDefiningOp();
    op.setLevelsAttr(TypeAttr::get(withSteps(op.getLevels(), most)));
    op.getMasksMutable().clear();
    op.setEndpoints(false);
    if (maker && maker->use_empty())
      maker->erase();
  }
  removeUnusedParameters(network);
  return success();
}

std::vector<std::pair<std::string, double>> measureExpectedBits(ModuleOp network) {
  std::vector<std::pair<std::string, double>> bits;
  for (LearnedQuantizerOp op : listMasked(network))
    if (ml_program::GlobalOp parameter = getMaskParameter(op)) {
      double expected = double(kFewestBits), likely = 1;
      for (double p : getMaskedWeights(op, getLogits(op)).probabilities)
        expected += likely *= p;
      bits.emplace_back(parameter.getSymName().str(), expected);
    }
  return bits;
}

std::vector<std::pair<std::string, int64_t>> listLearnedBits(ModuleOp network,
                                                             ArrayRef<int64_t> kept) {
  std::vector<std::pair<std::string, int64_t>> bits;
  for (auto [op, masks] : llvm::zip_equal(listMasked(network), kept))
    if (ml_program::GlobalOp weights = getParameter(op.getInput()); weights && getMaskParameter(op))
      bits.emplace_back(weights.getSymName().str(), kFewestBits + masks);
  return bits;
}

namespace {

struct NarrowLevels : impl::NarrowLevelsBase<NarrowLevels> {
  using NarrowLevelsBase::NarrowLevelsBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    if (!(averageBits == 0 || (averageBits >= 2 && averageBits <= 8))) {
      getOperation().emitError() << "requires 'average-bits' of 0 or from 2 to 8, but got "
                                 << double(averageBits);
      return signalPassFailure();
    }
    FailureOr<std::vector<int64_t>> kept = chooseKeptMasks(getOperation(), averageBits);
    if (failed(kept) || failed(narrowLevels(getOperation(), *kept)))
      signalPassFailure();
  }
};

} // namespace

} // namespace tally
