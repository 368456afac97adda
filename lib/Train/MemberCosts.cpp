//===- MemberCosts.cpp - what quantizers that are mixed cost --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/MemberCosts.h"

#include "tally/Cost/CountOperation.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include <algorithm>

using namespace mlir;

namespace tally {

namespace {

/// Whole numbers between which levels lie, in units of their scale.
struct Range {
  int64_t low = 0, high = 0;
};

Range getRange(Type levels) {
  if (auto powers = dyn_cast<PowerOfTwoType>(levels)) {
    PowerOfTwoLevels set = powers.getLevels();
    return {set.sorted().front(), set.largest()};
  }
  CodeRange range = getStepRange(levels);
  return {range.min, range.max};
}

/// The levels of `value`, which is quantized; of a mixture those of its first member.
Type findLevels(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (Type levels = getQuantizerLevels(op))
      return levels;
    if (auto mixture = dyn_cast<MixtureOp>(op))
      value = mixture.getMembers().front();
    else if (auto dequantize = dyn_cast<quant::DequantizeCastOp>(op))
      return getElementTypeOrSelf(dequantize.getInput().getType());
    else if (auto snap = dyn_cast<SnapOp>(op))
      return snap.getLevelType();
    else if (keepsCodes(op))
      value = op->getOperand(0);
    else
      break;
  }
  return {};
}

class LayerEnergy {
public:
  explicit LayerEnergy(const EnergyTable &table) : table(table) {}

  double of(ReductionOpInterface layer, Type inputs, Type weights) const {
    auto result = cast<RankedTensorType>(layer->getResult(0).getType());
    int64_t terms = layer.getNumTerms();
    double products =
        double(result.getNumElements()) * double(terms) / double(result.getDimSize(0));
    Range input = getRange(inputs), weight = getRange(weights);
    __int128 low = 0, high = 0;
    for (int64_t a : {input.low, input.high})
      for (int64_t b : {weight.low, weight.high}) {
        low = std::min(low, __int128(a) * b * terms);
        high = std::max(high, __int128(a) * b * terms);
      }
    double add = energyOf(OperationKind::Add, getBitWidth(low, high));
    auto powers = dyn_cast<PowerOfTwoType>(weights);
    if (!powers) {
      int bits = std::max(getCodeBits(inputs), getCodeBits(weights));
      return products * (energyOf(OperationKind::Multiply, bits) + add);
    }
    PowerOfTwoLevels levels = powers.getLevels();
    int widest = 0;
    for (auto [code, level] : llvm::enumerate(levels.byCode()))
      if (levels.decode(int(code)))
        for (PowerOfTwoTerm term : levels.terms(int(code)))
          widest = std::max(widest, int(term.shift));
    int shifted = getBitWidth(__int128(input.low) << widest, __int128(input.high) << widest);
    return products * levels.maxTerms() * (energyOf(OperationKind::Shift, shifted) + add);
  }

private:
  double energyOf(OperationKind kind, int bits) const { return table.of({kind, bits})->picojoules; }

  const EnergyTable &table;
};

/// Layers of products that read `value` as weights or, through what keeps its codes, as inputs.
void collectReaders(Value value, SmallVectorImpl<OpOperand *> &readers) {
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    auto layer = dyn_cast<ReductionOpInterface>(user);
    if (layer && layer.getWeightOperand() && layer.getReduction() != Reduction::Differences) {
      if (&use == layer.getWeightOperand() || use.getOperandNumber() == 0)
        readers.push_back(&use);
      continue;
    }
    auto again = dyn_cast<LearnedQuantizerOp>(user);
    if ((again && use.getOperandNumber() == 0 && repeatsCodes(again)) || keepsCodes(user))
      collectReaders(user->getResult(0), readers);
  }
}

} // namespace

FailureOr<std::map<std::string, std::vector<double>>> measureMemberCosts(ModuleOp network,
                                                                         const EnergyTable &table) {
  std::map<std::string, std::vector<double>> all;
  LayerEnergy energy(table);
  WalkResult walked = network.walk([&](MixtureOp mixture) {
    ml_program::GlobalOp logits = getParameter(mixture.getLogits());
    if (!logits)
      return WalkResult::advance();
    SmallVector<OpOperand *> readers;
    collectReaders(mixture, readers);
    std::vector<double> costs;
    for (Value member : mixture.getMembers()) {
      Type own = findLevels(member);
      double cost = 0;
      for (OpOperand *use : readers) {
        auto layer = cast<ReductionOpInterface>(use->getOwner());
        bool isWeight = use == layer.getWeightOperand();
        Type other = findLevels(isWeight ? layer->getOperand(0) : layer.getWeightOperand()->get());
        if (!own || !other) {
          layer.emitError() << "'" << getLayerName(layer)
                            << "' has no quantizer that says what it costs, which 'penalty_on' "
                               "'energy' requires";
          return WalkResult::interrupt();
        }
        cost += energy.of(layer, isWeight ? other : own, isWeight ? own : other);
      }
      costs.push_back(cost);
    }
    double least = *std::min_element(costs.begin(), costs.end());
    for (double &cost : costs)
      cost = least > 0 ? cost / least : 1; // nothing of weights reads it
    all[logits.getSymName().str()] = costs;
    return WalkResult::advance();
  });
  if (walked.wasInterrupted())
    return failure();
  return all;
}

} // namespace tally
