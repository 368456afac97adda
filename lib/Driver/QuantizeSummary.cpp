//===- QuantizeSummary.cpp - what quantizing made of a network ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/QuantizeSummary.h"

#include "tally/Cost/CountOperation.h"
#include "tally/Cost/NetworkCost.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Quantize/Recipe/RuleMatch.h"
#include "tally/Support/Text.h"

#include "llvm/ADT/STLExtras.h"
#include <climits>
#include <set>

using namespace mlir;

namespace tally {

//===----------------------------------------------------------------------===//
// Before
//===----------------------------------------------------------------------===//

constexpr StringLiteral kForMulFree =
    "sums of powers of two in place of equal steps, for --mul-free";

/// Who says the width of a layer's weights.
static std::string explainBits(const Recipe &recipe, const MatchedLayer &layer, MulFree level) {
  StringRef key = layer.isAdder ? "scale" : "levels";
  std::optional<size_t> decider = layer.findDecider(recipe, key);
  StringRef word = decider ? recipe.rules[*decider].plan.getAs<StringAttr>(key).getValue() : "";
  if (word == "imported")
    return "as the network brings them";
  if (!layer.isAdder && level != MulFree::No && (word.empty() || word == "uniform"))
    return kForMulFree.str();
  std::optional<size_t> index = layer.findDecider(recipe, "bits");
  if (!index)
    return "no rule of the recipe says other bits";
  const RecipeRule &rule = recipe.rules[*index];
  std::string which;
  for (auto [key, value] : {std::pair("kind", rule.kind), std::pair("name", rule.name),
                            std::pair("position", rule.position)})
    if (!value.empty())
      which += (which.empty() ? ", for " : " and ") + std::string(key) + " '" + value + "'";
  int64_t bits = rule.plan.getAs<IntegerAttr>("bits").getInt();
  return "'layers'[" + std::to_string(*index) + "] of the recipe says " + std::to_string(bits) +
         which;
}

/// The constant that a layer combines its input with, or null.
static Value getWeights(ReductionOpInterface layer) {
  OpOperand *weight = layer.getWeightOperand();
  Value value = weight ? weight->get() : Value();
  // Codes are decoded, floats may be quantized as the file says.
  while (value && !getConstantElements(value)) {
    Operation *op = value.getDefiningOp();
    value = op && op->getNumOperands() ? op->getOperand(0) : Value();
  }
  return value;
}

static int64_t getStoredBytes(Value constant) {
  ElementsAttr elements = getConstantElements(constant);
  Type type = elements ? elements.getElementType() : Type();
  return type && type.isIntOrFloat()
             ? elements.getNumElements() * ((type.getIntOrFloatBitWidth() + 7) / 8)
             : 0;
}

static QuantizeSummary::Bytes countConstants(func::FuncOp network) {
  ParameterIndex parameters(network->getParentOfType<ModuleOp>());
  QuantizeSummary::Bytes bytes;
  std::set<Operation *> seen;
  auto isNew = [&](Value constant) {
    ml_program::GlobalOp global = getParameter(constant);
    return seen.insert(global ? global.getOperation() : constant.getDefiningOp()).second;
  };
  network.walk([&](ReductionOpInterface layer) {
    Value weights = getWeights(layer);
    if (!weights || !isNew(weights))
      return;
    auto type = cast<RankedTensorType>(weights.getType());
    bytes.weights += (type.getNumElements() * getCodeBits(type.getElementType()) + 7) / 8;
    bytes.stored += getStoredBytes(weights);
  });
  network.walk([&](ml_program::GlobalLoadConstOp load) {
    if (isNew(load.getResult()))
      bytes.others += getStoredBytes(load.getResult());
  });
  return bytes;
}

Result<Summarizer> Summarizer::create(ModuleOp calibrated, const Recipe &recipe, MulFree level) {
  FailureOr<func::FuncOp> network = getEntry(calibrated);
  if (failed(network))
    return Error{};
  Summarizer summarizer;
  summarizer.level = level;
  summarizer.before = countConstants(*network);
  for (const MatchedLayer &layer : matchRules(recipe, *network))
    summarizer.reasons[getLayerName(layer.layer).str()] = explainBits(recipe, layer, level);
  return summarizer;
}

//===----------------------------------------------------------------------===//
// Afterwards
//===----------------------------------------------------------------------===//

static std::string getArithmetic(ReductionOpInterface layer, Value weights) {
  if (layer.getReduction() == Reduction::Differences)
    return "adder";
  auto powers = dyn_cast<PowerOfTwoType>(getElementTypeOrSelf(weights.getType()));
  if (!powers)
    return "uniform";
  if (powers.getBits() == 1)
    return "binary";
  return powers.getLevels().maxTerms() > 1 ? "additive power-of-two" : "power-of-two";
}

/// Adds a layer to those that compute alike.
static void add(QuantizeSummary &summary, ReductionOpInterface layer) {
  Value weights = getWeights(layer);
  if (!weights)
    return; // a pool, or a product of activations
  QuantizeSummary::Layers alike = {
      getArithmetic(layer, weights),
      getCodeBits(getElementTypeOrSelf(layer->getOperand(0).getType())),
      getCodeBits(getElementTypeOrSelf(weights.getType())),
      {}};
  std::string name = getUnclusteredName(getLayerName(layer)).str();
  auto it = llvm::find_if(summary.layers, [&](const QuantizeSummary::Layers &other) {
    return alike.arithmetic == other.arithmetic && alike.inputBits == other.inputBits &&
           alike.weightBits == other.weightBits;
  });
  if (it == summary.layers.end())
    it = summary.layers.insert(it, alike);
  if (!llvm::is_contained(it->names, name))
    it->names.push_back(name);
}

/// Explains the layers that are wider than the narrowest, and those that are not what the recipe
/// says.
static void addWide(QuantizeSummary &summary, const std::map<std::string, std::string> &reasons) {
  int narrowest = INT_MAX;
  for (const QuantizeSummary::Layers &alike : summary.layers)
    narrowest = std::min(narrowest, alike.weightBits);
  for (const QuantizeSummary::Layers &alike : summary.layers) {
    for (const std::string &name : alike.names) {
      auto known = reasons.find(name);
      std::string reason = known == reasons.end() ? "made of another layer" : known->second;
      if (alike.weightBits == narrowest && reason != kForMulFree)
        continue;
      auto it = llvm::find_if(summary.wide, [&](const QuantizeSummary::Wide &wide) {
        return wide.bits == alike.weightBits && wide.reason == reason;
      });
      if (it == summary.wide.end())
        it = summary.wide.insert(it, {alike.weightBits, reason, {}});
      it->names.push_back(name);
    }
  }
}

Result<QuantizeSummary> Summarizer::finish(ModuleOp quantized) const {
  FailureOr<NetworkCost> cost = countNetwork(quantized, level);
  FailureOr<func::FuncOp> network = getEntry(quantized);
  if (failed(cost) || failed(network))
    return Error{};
  QuantizeSummary summary;
  summary.before = before;
  summary.after = countConstants(*network);
  // Numbers of requantizations are attributes.
  summary.after.others = cost->total.stored.weights - summary.after.stored;
  network->walk([&](ReductionOpInterface layer) { add(summary, layer); });
  llvm::stable_sort(summary.layers,
                    [](const auto &a, const auto &b) { return a.names.size() > b.names.size(); });
  addWide(summary, reasons);
  return summary;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string listNames(const std::vector<std::string> &names) {
  constexpr size_t kNamed = 8;
  std::string text;
  for (size_t i = 0; i < std::min(kNamed, names.size()); ++i)
    text += (i ? ", '" : "'") + printable(names[i]) + "'";
  return names.size() <= kNamed ? text
                                : text + " and " + std::to_string(names.size() - kNamed) + " more";
}

std::string toText(const QuantizeSummary &summary) {
  if (summary.layers.empty())
    return "";
  std::string text = "quantized ";
  for (const QuantizeSummary::Layers &alike : summary.layers) {
    bool isFirst = &alike == &summary.layers.front();
    text += (isFirst ? "" : ", ") + std::to_string(alike.names.size()) + " " + alike.arithmetic;
    if (isFirst)
      text += alike.names.size() == 1 ? " layer" : " layers";
    text += " of " + std::to_string(alike.weightBits) +
            (!isFirst                ? ""
             : alike.weightBits == 1 ? " bit"
                                     : " bits");
    if (alike.inputBits != alike.weightBits)
      text += " (inputs " + std::to_string(alike.inputBits) + ")";
  }
  text += "\nweights   " + grouped(summary.before.stored) + " bytes before, " +
          grouped(summary.after.weights) + " at the width of codes, " +
          grouped(summary.after.stored) + " as stored; other constants " +
          grouped(summary.before.others) + " and " + grouped(summary.after.others) + "\n";
  for (const QuantizeSummary::Wide &wide : summary.wide)
    text += std::to_string(wide.bits) + " bits    " + listNames(wide.names) + ": " +
            printable(wide.reason) + "\n";
  return text;
}

} // namespace tally
