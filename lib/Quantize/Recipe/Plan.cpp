//===- Plan.cpp - what a recipe says of a layer ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Plan.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tally {

static constexpr llvm::StringLiteral kScaleWords[] = {"activations", "group-minimum",
                                                      "shared-maximum", "imported"};
static constexpr llvm::StringLiteral kCodeWords[] = {"unsigned", "signed", "double-step"};
static constexpr llvm::StringLiteral kLevelWords[] = {"uniform", "pot", "apot", "imported"};
static constexpr llvm::StringLiteral kRoundingWords[] = {"nearest", "log", "compensated"};
static constexpr llvm::StringLiteral kCorrectionWords[] = {"none", "mean", "affine"};

//===----------------------------------------------------------------------===//
// Keys: a row each
//===----------------------------------------------------------------------===//

namespace {
template <typename Plan, typename T>
void store(T Plan::*field, const PlanKey &key, Attribute value, void *plan) {
  T &to = static_cast<Plan *>(plan)->*field;
  if constexpr (std::is_same_v<T, bool>)
    to = cast<BoolAttr>(value).getValue();
  else if constexpr (std::is_same_v<T, int>)
    to = int(cast<IntegerAttr>(value).getInt());
  else if constexpr (std::is_same_v<T, double>)
    to = cast<FloatAttr>(value).getValueAsDouble();
  else
    to = T(llvm::find(key.words, cast<StringAttr>(value).getValue()) - key.words.begin());
}

template <auto field> void readInto(const PlanKey &key, Attribute value, void *plan) {
  store(field, key, value, plan);
}

template <typename Plan, typename T> Plan planOf(T Plan::*);

template <auto field> bool isDefaultOf(const PlanKey &key, Attribute value) {
  decltype(planOf(field)) usual, said;
  store(field, key, value, &said);
  return said.*field == usual.*field;
}

template <auto field>
PlanKey row(llvm::StringLiteral name, llvm::ArrayRef<llvm::StringLiteral> words, double low,
            double high, bool isBool, llvm::StringLiteral kind, llvm::StringLiteral about) {
  return {name, words, low, high, isBool, kind, about, readInto<field>, isDefaultOf<field>};
}
} // namespace

llvm::ArrayRef<PlanKey> getLayerKeys() {
  using L = LayerPlan;
  static const PlanKey keys[] = {
      row<&L::bits>("bits", {}, 2, 8, false, "", "width of the codes of inputs and weights"),
      row<&L::scale>("scale", kScaleWords, 0, 0, false, "adder", "the interval of an adder layer"),
      row<&L::codes>("codes", kCodeWords, 0, 0, false, "adder", "the codes of an adder layer"),
      row<&L::clusters>("clusters", {}, 1, 64, false, "adder",
                        "most groups of an adder layer's filters"),
      row<&L::clampWeights>("clamp_weights", {}, 0, 1, true, "adder",
                            "clamp an adder layer's weights without loss"),
      row<&L::residualPlane>("residual_plane", {}, 0, 1, true, "adder",
                             "carry what exceeds the interval by a box sum"),
      row<&L::searchScale>("search_scale", {}, 0, 1, true, "adder",
                           "scale the interval by the error of the output"),
      row<&L::optimizeRounding>("optimize_rounding", {}, 0, 1, true, "adder",
                                "round each weight by the error of the output"),
      row<&L::correction>("correction", kCorrectionWords, 0, 0, false, "",
                          "what is corrected of each output channel"),
      row<&L::activationBits>("activation_bits", {}, 2, 24, false, "conv",
                              "width of the codes of a convolution's inputs"),
      row<&L::activationLevels>("activation_levels", llvm::ArrayRef(kLevelWords).drop_back(), 0, 0,
                                false, "conv", "levels of a convolution's inputs"),
      row<&L::levels>("levels", kLevelWords, 0, 0, false, "conv",
                      "levels of a convolution's weights"),
      row<&L::rounding>("rounding", kRoundingWords, 0, 0, false, "conv",
                        "how weights are put onto levels"),
      row<&L::powerOfTwoScales>("power_of_two_scales", {}, 0, 1, true, "conv",
                                "scales of levels are powers of two"),
      row<&L::sharedScale>("shared_scale", {}, 0, 1, true, "conv",
                           "one scale for all filters of a layer"),
  };
  return keys;
}

llvm::ArrayRef<PlanKey> getNetworkKeys() {
  using N = NetworkPlan;
  static const PlanKey keys[] = {
      row<&N::quantile>("quantile", {}, 0.5, 1, false, "adder",
                        "share of inputs that an interval covers"),
      row<&N::trunkBits>("trunk_bits", {}, 8, 26, false, "",
                         "width of values that are stored for several layers"),
      row<&N::reestimateBatchNorm>("reestimate_batch_norm", {}, 0, 1, true, "",
                                   "take statistics from the quantized network"),
      row<&N::keepQuantizers>("keep_quantizers", {}, 0, 1, true, "",
                              "keep the network's own quantizers of activations"),
  };
  return keys;
}

std::string getMissing(StringRef name, StringRef kind, const LayerPlan &plan) {
  bool ofLevels = name == "rounding" || name == "power_of_two_scales" || name == "shared_scale" ||
                  (name == "correction" && kind == "conv");
  if (ofLevels && !isFitted(plan.levels))
    return "'levels' 'pot' or 'apot'";
  bool ofUnsigned = name == "search_scale" || name == "optimize_rounding";
  if (ofUnsigned && plan.codes != CodeRule::Unsigned)
    return "'codes' 'unsigned'";
  return "";
}

std::string PlanKey::check(Attribute value) const {
  if (!words.empty()) {
    auto word = dyn_cast<StringAttr>(value);
    return word && llvm::is_contained(words, word.getValue())
               ? ""
               : "one of '" + llvm::join(words, "', '") + "'";
  }
  if (isBool)
    return isa<BoolAttr>(value) ? "" : "true or false";
  auto inRange = [&](double number) { return number >= low && number <= high; };
  if (auto real = dyn_cast<FloatAttr>(value); real && read == readInto<&NetworkPlan::quantile>)
    return inRange(real.getValueAsDouble()) ? "" : "a number in 0.5..1";
  auto whole = dyn_cast<IntegerAttr>(value);
  if (read != readInto<&NetworkPlan::quantile> && whole && whole.getType().isInteger(64) &&
      inRange(double(whole.getInt())))
    return "";
  return "a 64-bit integer in " + std::to_string(int(low)) + ".." + std::to_string(int(high));
}

//===----------------------------------------------------------------------===//
// Plans and decisions
//===----------------------------------------------------------------------===//

static DictionaryAttr getEntries(Operation *op, StringRef name) {
  auto entries = op->getAttrOfType<DictionaryAttr>(name);
  return entries ? entries : DictionaryAttr::get(op->getContext());
}

static void read(DictionaryAttr entries, llvm::ArrayRef<PlanKey> keys, void *plan) {
  for (const PlanKey &key : keys)
    if (Attribute value = entries.get(key.name))
      key.read(key, value, plan);
}

static LogicalResult verifyPlan(Operation *op, StringRef name, llvm::ArrayRef<PlanKey> keys) {
  for (NamedAttribute entry : getEntries(op, name)) {
    auto *key = llvm::find_if(keys, [&](const PlanKey &k) { return k.name == entry.getName(); });
    if (key == keys.end())
      return op->emitError() << "has a key '" << entry.getName().strref() << "' in '" << name
                             << "' that is not known";
    if (std::string required = key->check(entry.getValue()); !required.empty())
      return op->emitError() << "requires '" << key->name << "' in '" << name << "' to be "
                             << required << ", but got " << entry.getValue();
  }
  return success();
}

LogicalResult verifyPlans(ModuleOp module) {
  LogicalResult result = verifyPlan(module, TallyDialect::kPlanAttr, getNetworkKeys());
  module.walk([&](Operation *op) {
    if (isa<ModuleOp>(op))
      return;
    for (StringRef name : {TallyDialect::kPlanAttr, TallyDialect::kDecisionsAttr})
      if (op->hasAttr(name) && failed(verifyPlan(op, name, getLayerKeys())))
        result = failure();
  });
  return result;
}

LayerPlan getPlan(Operation *layer) {
  DictionaryAttr wished = getEntries(layer, TallyDialect::kPlanAttr),
                 decided = getEntries(layer, TallyDialect::kDecisionsAttr);
  LayerPlan plan;
  read(wished, getLayerKeys(), &plan);
  if (!wished.get("activation_bits"))
    plan.activationBits = plan.bits;
  read(decided, getLayerKeys(), &plan);
  return plan;
}

NetworkPlan getPlan(ModuleOp module) {
  NetworkPlan plan;
  read(getEntries(module, TallyDialect::kPlanAttr), getNetworkKeys(), &plan);
  return plan;
}

static void decide(Operation *layer, StringRef key, Attribute value) {
  NamedAttrList decisions(getEntries(layer, TallyDialect::kDecisionsAttr));
  decisions.set(key, value);
  layer->setAttr(TallyDialect::kDecisionsAttr, decisions.getDictionary(layer->getContext()));
}

void setCodeRule(Operation *layer, CodeRule rule) {
  decide(layer, "codes", StringAttr::get(layer->getContext(), kCodeWords[unsigned(rule)]));
}

void setScaleRule(Operation *layer, ScaleRule rule) {
  decide(layer, "scale", StringAttr::get(layer->getContext(), kScaleWords[unsigned(rule)]));
}

void setExact(Operation *layer) {
  Builder builder(layer->getContext());
  decide(layer, "search_scale", builder.getBoolAttr(false));
  decide(layer, "optimize_rounding", builder.getBoolAttr(false));
  decide(layer, "correction", builder.getStringAttr(kCorrectionWords[unsigned(Correction::None)]));
}

void setPowersRule(Operation *layer) {
  Builder builder(layer->getContext());
  decide(layer, "activation_bits", builder.getI64IntegerAttr(getPlan(layer).activationBits));
  decide(layer, "levels",
         builder.getStringAttr(kLevelWords[unsigned(LevelRule::AdditivePowerOfTwo)]));
  decide(layer, "bits", builder.getI64IntegerAttr(5));
}

void copyPlan(Operation *from, Operation *to) {
  for (StringRef name : {TallyDialect::kPlanAttr, TallyDialect::kDecisionsAttr})
    if (Attribute plan = from->getAttr(name))
      to->setAttr(name, plan);
}

} // namespace tally
