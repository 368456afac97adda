//===- RuleMatch.cpp - which rules of a recipe are for which layer --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Recipe/RuleMatch.h"

#include "Quantize/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

#include "llvm/Support/Regex.h"

using namespace mlir;

namespace tally {

static bool isLayer(Operation *op) { return isa<AdderConv2DOp>(op) || isConvolution(op); }

namespace {

/// Values between which and a layer no other layer stands: against the flow from all layers'
/// inputs, or with it from their results.
class Surroundings {
public:
  explicit Surroundings(func::FuncOp function) {
    SmallVector<Operation *> ops;
    function.walk([&](Operation *op) { ops.push_back(op); });
    fromInput.insert(function.args_begin(), function.args_end());
    for (Operation *op : ops)
      if (!isLayer(op) && llvm::any_of(op->getOperands(), [&](Value v) { return isFirst(v); }))
        fromInput.insert(op->result_begin(), op->result_end());
    for (Operation *op : llvm::reverse(ops))
      if (isLayer(op) || llvm::any_of(op->getResults(), [&](Value v) { return !isLast(v); }))
        toLayer.insert(op->operand_begin(), op->operand_end());
  }

  /// An argument of the function reaches `input` through no other layer.
  bool isFirst(Value input) const { return fromInput.contains(input); }
  /// No other layer reads what follows from `result`.
  bool isLast(Value result) const { return !toLayer.contains(result); }

private:
  llvm::DenseSet<Value> fromInput, toLayer;
};

} // namespace

static bool matches(const RecipeRule &rule, const MatchedLayer &layer) {
  if (!rule.kind.empty() && rule.kind != layer.kind())
    return false;
  if (!rule.name.empty() && !llvm::Regex("^(" + rule.name + ")$").match(getLayerName(layer.layer)))
    return false;
  if (rule.position == "first")
    return layer.isFirst;
  if (rule.position == "last")
    return layer.isLast;
  return rule.position != "inner" || (!layer.isFirst && !layer.isLast);
}

std::optional<size_t> MatchedLayer::findDecider(const Recipe &recipe, StringRef key) const {
  for (size_t rule : llvm::reverse(rules))
    if (recipe.rules[rule].plan.get(key))
      return rule;
  return std::nullopt;
}

std::vector<MatchedLayer> matchRules(const Recipe &recipe, func::FuncOp network) {
  Surroundings surroundings(network);
  std::vector<MatchedLayer> layers;
  network.walk([&](Operation *op) {
    if (!isLayer(op))
      return;
    MatchedLayer layer = {op,
                          isa<AdderConv2DOp>(op),
                          surroundings.isFirst(op->getOperand(0)),
                          surroundings.isLast(op->getResult(0)),
                          {}};
    for (auto [index, rule] : llvm::enumerate(recipe.rules))
      if (matches(rule, layer))
        layer.rules.push_back(index);
    layers.push_back(std::move(layer));
  });
  return layers;
}

} // namespace tally
