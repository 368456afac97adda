//===- MaskCosts.cpp - what bits that are learned cost --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/MaskCosts.h"

#include "tally/Cost/NetworkBudget.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/Parameters.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Train/IntegerForward.h"
#include "tally/Train/ModuleCopy.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mlir;

namespace tally {

static FailureOr<double> measureCost(ModuleOp module, const CostBudget &budget, bool anyWeights) {
  FailureOr<NetworkCost> network = countNetwork(module);
  if (failed(network))
    return failure();
  Result<double> cost =
      measureCost(budget.kind, anyWeights ? withAnyWeights(std::move(*network)) : *network,
                  EnergyTable::builtin());
  if (!cost)
    return module.emitError() << cost.error().message;
  return *cost;
}

FailureOr<double> measureCost(ModuleOp module, const CostBudget &budget) {
  return measureCost(module, budget, /*anyWeights=*/false);
}

FailureOr<double> MaskCosts::costOf(ModuleOp network, const std::vector<int64_t> &kept) const {
  ModuleCopy integers(network);
  if (failed(narrowLevels(integers.get(), kept)))
    return failure();
  PassManager manager(integers.get().getContext());
  buildFreezePipeline(manager);
  if (failed(runPasses(manager, integers.get())))
    return failure();
  // Where nothing is chosen, it is what it is.
  return measureCost(integers.get(), budget, /*anyWeights=*/!masks.empty());
}

std::vector<int64_t> MaskCosts::getCheapest() const {
  std::vector<int64_t> kept = base;
  for (auto [own, layer] : llvm::zip_equal(costs, masks))
    kept[layer.index] = std::min_element(own.begin(), own.end()) - own.begin();
  return kept;
}

/// Whether a filter will have codes from -3 to 3, whatever masks say.
static bool hasThreeBits(ModuleOp network) {
  return network
      .walk([](LearnedQuantizerOp op) {
        bool isFilter = getParameter(op.getInput()) && !op.getMasks();
        auto levels = dyn_cast<quant::QuantizedType>(op.getLevels());
        return isFilter && levels && levels.getStorageTypeMax() == 3 ? WalkResult::interrupt()
                                                                     : WalkResult::advance();
      })
      .wasInterrupted();
}

FailureOr<MaskCosts> MaskCosts::measure(ModuleOp network, const CostBudget &budget) {
  if (!hasLearnedQuantizers(network))
    return network.emitError() << "requires quantizers for a 'budget': the recipe has no 'layers', "
                                  "so the network is trained in floats";
  MaskCosts result;
  result.budget = budget;
  result.masks = listLearnedMasks(network);
  FailureOr<std::vector<int64_t>> kept = chooseKeptMasks(network, /*averageBits=*/0);
  if (failed(kept))
    return failure();
  for (const LearnedMasks &layer : result.masks)
    (*kept)[layer.index] = 0;
  result.base = *kept;
  FailureOr<double> least = result.costOf(network, result.base);
  if (failed(least))
    return failure();
  result.baseCost = *least;
  for (const LearnedMasks &layer : result.masks) {
    std::vector<int64_t> &own = result.costs.emplace_back(1, 0);
    for (int64_t more = 1; more <= layer.most; ++more) {
      std::vector<int64_t> wider = result.base;
      wider[layer.index] = more;
      FailureOr<double> cost = result.costOf(network, wider);
      if (failed(cost))
        return failure();
      own.push_back(int64_t(std::ceil(*cost - result.baseCost)));
    }
  }
  if (std::vector<int64_t> cheapest = result.getCheapest(); cheapest != result.base)
    least = result.costOf(network, cheapest);
  if (failed(least))
    return failure();
  if (*least <= budget.most)
    return result;
  InFlightDiagnostic error = network.emitError();
  error << "the budget of " << formatCost(budget.kind, budget.most) << " cannot be met: ";
  if (result.masks.empty())
    error << "no bits are learned ('learned_bits'), and the network takes ";
  else
    error << "with the bits that layers may learn, the least is ";
  error << formatCost(budget.kind, std::ceil(*least));
  if (learnsFractions(network))
    error << "; hint: 'ebops' steers fractional bits that are learned ('quantizer' 'hgq')";
  if (hasThreeBits(network))
    error << "; hint: what was trained to 3 bits of equal steps is stored as sums of powers of two "
             "of 4 bits";
  return error;
}

void MaskCosts::steer(TrainPlan &plan, std::vector<CompiledStep::Slot> &slots) const {
  if (masks.empty())
    return;
  double weights = 0, widest = 0, growth = 0;
  for (auto [layer, own] : llvm::zip_equal(masks, costs)) {
    weights += double(layer.weights);
    widest += double(layer.weights) * double(layer.most);
    growth += double(own.back());
  }
  widest /= weights;
  // Where bits cost nothing, nothing is to be steered.
  double unit = growth > 0 ? growth / widest : HUGE_VAL;
  double few = 2 + (budget.most - baseCost) / unit;
  plan.bits.average = growth > 0 ? std::min(few, 2 + widest) : 2;
  for (CompiledStep::Slot &slot : slots) {
    auto layer = llvm::find_if(masks, [&](const auto &one) { return one.name == slot.name; });
    if (slot.kind != ParameterClass::Masks || layer == masks.end())
      continue;
    const std::vector<int64_t> &own = costs[layer - masks.begin()];
    double share = double(layer->weights) / weights;
    slot.steps.clear();
    for (size_t k = 1; k < own.size(); ++k)
      slot.steps.push_back(double(own[k] - own[k - 1]) / (share * unit));
  }
}

FailureOr<std::vector<int64_t>> MaskCosts::choose(ModuleOp network) const {
  // Training goes on: accumulators have the widths that their weights need.
  constexpr double kOfEnergy = 0.99;
  constexpr int kMostTries = 12;
  double most = budget.kind == CostKind::Energy ? kOfEnergy * budget.most : budget.most;
  // Costs of layers do not always add up to that of the network, such as energy, whose memories
  // grow with it.
  double limit = most - baseCost;
  for (int i = 0; i < kMostTries; ++i) {
    FailureOr<std::vector<int64_t>> kept =
        chooseKeptMasks(network, costs, int64_t(std::floor(limit)));
    if (failed(kept))
      return failure();
    FailureOr<double> cost = costOf(network, *kept);
    if (failed(cost))
      return failure();
    if (*cost <= most)
      return kept;
    limit -= std::max(*cost - most, 1.0);
  }
  return getCheapest();
}

} // namespace tally
