//===- Plan.cpp - what a recipe says of a layer ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Plan.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tally {

static constexpr llvm::StringLiteral kScaleWords[] = {"activations", "group-minimum",
                                                      "shared-maximum", "imported"};
static constexpr llvm::StringLiteral kCodeWords[] = {"unsigned", "signed", "double-step"};
static constexpr llvm::StringLiteral kLevelWords[] = {"uniform",  "pot", "apot",
                                                      "imported", "bwn", "twn"};
static constexpr llvm::StringLiteral kRoundingWords[] = {"nearest", "log", "compensated", "admm"};
static constexpr llvm::StringLiteral kRangeWords[] = {"seen", "gaussian"};
static constexpr llvm::StringLiteral kQuantizerWords[] = {"lsq", "cpq", "dqa", "hgq"};
static constexpr llvm::StringLiteral kGranularityWords[] = {"channel", "weight"};
static constexpr llvm::StringLiteral kGradientWords[] = {"expectation", "literal"};
static constexpr llvm::StringLiteral kStepWords[] = {"learned", "minmax", "sawb"};
static constexpr llvm::StringLiteral kClipWords[] = {"learned", "pact"};
static constexpr llvm::StringLiteral kDeployWords[] = {"own", "winner"};
static constexpr llvm::StringLiteral kDropWords[] = {"none", "bits", "endpoints"};
static constexpr llvm::StringLiteral kCorrectionWords[] = {"none", "mean", "affine"};

//===----------------------------------------------------------------------===//
// Keys: a row each
//===----------------------------------------------------------------------===//

static std::string toText(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", number);
  return text;
}

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
  else if constexpr (std::is_same_v<T, std::string>)
    to = cast<StringAttr>(value).str();
  else
    to = T(llvm::find(key.words, cast<StringAttr>(value).getValue()) - key.words.begin());
}

template <typename Plan, typename T> std::string getDefault(T Plan::*field, const PlanKey &key) {
  T value = Plan().*field;
  if constexpr (std::is_same_v<T, bool>)
    return value ? "true" : "false";
  else if constexpr (std::is_same_v<T, double>)
    return toText(value);
  else if constexpr (std::is_same_v<T, int>)
    return std::to_string(value);
  else if constexpr (std::is_same_v<T, std::string>)
    return value;
  else
    return key.words[unsigned(value)].str();
}

template <auto field>
PlanKey makeKey(PlanKey::Kind kind, llvm::StringLiteral name, ArrayRef<llvm::StringLiteral> words,
                double low, double high, llvm::StringLiteral about) {
  auto read = [](const PlanKey &key, Attribute value, void *plan) {
    store(field, key, value, plan);
  };
  auto standard = [](const PlanKey &key) { return getDefault(field, key); };
  return {name, kind, words, low, high, about, read, standard};
}

template <auto field>
PlanKey whole(llvm::StringLiteral name, int low, int high, llvm::StringLiteral about) {
  return makeKey<field>(PlanKey::Whole, name, {}, low, high, about);
}
template <auto field>
PlanKey real(llvm::StringLiteral name, double low, double high, llvm::StringLiteral about) {
  return makeKey<field>(PlanKey::Real, name, {}, low, high, about);
}
template <auto field> PlanKey flag(llvm::StringLiteral name, llvm::StringLiteral about) {
  return makeKey<field>(PlanKey::Flag, name, {}, 0, 1, about);
}
template <auto field>
PlanKey oneOf(llvm::StringLiteral name, ArrayRef<llvm::StringLiteral> words,
              llvm::StringLiteral about) {
  return makeKey<field>(PlanKey::Word, name, words, 0, 0, about);
}

PlanKey forAdders(PlanKey key) {
  key.layers = "adder";
  return key;
}
PlanKey forConvolutions(PlanKey key) {
  key.layers = "conv";
  return key;
}

using L = LayerPlan;
using N = NetworkPlan;
} // namespace

ArrayRef<PlanKey> getLayerKeys() {
  static const PlanKey keys[] = {
      whole<&L::bits>("bits", 1, 8, "width of the codes of inputs and weights"),
      forAdders(oneOf<&L::scale>("scale", kScaleWords, "the interval of an adder layer")),
      forAdders(oneOf<&L::codes>("codes", kCodeWords, "the codes of an adder layer")),
      whole<&L::clusters>("clusters", 1, 64, "most groups of a layer's filters"),
      forAdders(
          flag<&L::clampWeights>("clamp_weights", "clamp an adder layer's weights without loss")),
      forAdders(flag<&L::residualPlane>("residual_plane",
                                        "carry what exceeds the interval by a box sum")),
      forAdders(
          flag<&L::searchScale>("search_scale", "scale the interval by the error of the output")),
      forAdders(flag<&L::optimizeRounding>("optimize_rounding",
                                           "round each weight by the error of the output")),
      oneOf<&L::correction>("correction", kCorrectionWords,
                            "what is corrected of each output channel"),
      forConvolutions(whole<&L::activationBits>("activation_bits", 2, 24,
                                                "width of the codes of a convolution's inputs")),
      forConvolutions(oneOf<&L::activationLevels>("activation_levels",
                                                  ArrayRef(kLevelWords).take_front(3),
                                                  "levels of a convolution's inputs")),
      forConvolutions(
          oneOf<&L::levels>("levels", kLevelWords, "levels of a convolution's weights")),
      forConvolutions(
          oneOf<&L::rounding>("rounding", kRoundingWords, "how weights are put onto levels")),
      forConvolutions(
          oneOf<&L::range>("range", kRangeWords, "what equal steps of a convolution follow")),
      forConvolutions(
          flag<&L::powerOfTwoScales>("power_of_two_scales", "scales of levels are powers of two")),
      forConvolutions(
          flag<&L::sharedScale>("shared_scale", "one scale for all filters of a layer")),
      forConvolutions(oneOf<&L::quantizer>("quantizer", kQuantizerWords,
                                           "how training learns the quantizer of weights")),
      forConvolutions(oneOf<&L::activationQuantizer>("activation_quantizer",
                                                     ArrayRef(kQuantizerWords).take_front(3),
                                                     "how training learns that of the inputs")),
      forConvolutions(oneOf<&L::granularity>("granularity", kGranularityWords,
                                             "what has fractional bits of its own")),
      forConvolutions(oneOf<&L::gradient>("gradient", kGradientWords,
                                          "what probabilities of levels pass back")),
      forConvolutions(
          oneOf<&L::steps>("steps", kStepWords, "where training takes scales of weights from")),
      forConvolutions(oneOf<&L::activationSteps>("activation_steps", kClipWords,
                                                 "what training learns scales of inputs by")),
      forConvolutions(makeKey<&L::members>(PlanKey::Members, "members", {}, 0, 0,
                                           "quantizers that attention mixes with the layer's own")),
      forConvolutions(oneOf<&L::deploy>("deploy", kDeployWords, "which of them is deployed")),
      forConvolutions(
          oneOf<&L::dropBits>("drop_bits", kDropWords, "what is dropped of levels now and then")),
      forConvolutions(real<&L::keep>("keep", 0.5, 0.999, "how likely it is not dropped")),
      forConvolutions(flag<&L::learnedBits>("learned_bits", "learn how many bits are kept")),
  };
  return keys;
}

ArrayRef<PlanKey> getNetworkKeys() {
  static const PlanKey keys[] = {
      forAdders(real<&N::quantile>("quantile", 0.5, 1, "share of inputs that an interval covers")),
      real<&N::activationQuantile>("activation_quantile", 0.5, 1,
                                   "share of activations that 8 bits or fewer cover"),
      whole<&N::trunkBits>("trunk_bits", 8, 26,
                           "width of values that are stored for several layers"),
      flag<&N::reestimateBatchNorm>("reestimate_batch_norm",
                                    "take statistics from the quantized network"),
      flag<&N::keepQuantizers>("keep_quantizers",
                               "keep the network's own quantizers of activations"),
  };
  return keys;
}

bool PlanKey::isStandard(Attribute value) const {
  std::string text;
  if (auto truth = dyn_cast<BoolAttr>(value))
    text = truth.getValue() ? "true" : "false";
  else if (auto number = dyn_cast<IntegerAttr>(value))
    text = std::to_string(number.getInt());
  else if (auto real = dyn_cast<FloatAttr>(value))
    text = toText(real.getValueAsDouble());
  else
    text = cast<StringAttr>(value).str();
  return text == standard(*this);
}

std::string PlanKey::range() const {
  switch (kind) {
  case Word:
    return llvm::join(words, ", ");
  case Flag:
    return "true, false";
  case Members:
    return "a list";
  case Whole:
  case Real:
    return toText(low) + ".." + toText(high);
  }
  llvm_unreachable("no such kind");
}

std::string PlanKey::check(Attribute value) const {
  auto inRange = [&](double number) { return number >= low && number <= high; };
  switch (kind) {
  case Word: {
    auto word = dyn_cast<StringAttr>(value);
    return word && llvm::is_contained(words, word.getValue())
               ? ""
               : "one of '" + llvm::join(words, "', '") + "'";
  }
  case Flag:
    return isa<BoolAttr>(value) ? "" : "true or false";
  case Members: {
    auto text = dyn_cast<StringAttr>(value);
    bool isList = text && !text.getValue().empty() && !getMembers(text.getValue(), 2).empty();
    return isList ? ""
                  : "text such as \"4, pot4\": bits 2..8 of equal steps, also as minmax2, sawb2 or "
                    "pact2, powers of two as pot2..pot5 and apot2..apot5, bwn and twn";
  }
  case Real: {
    auto number = dyn_cast<FloatAttr>(value);
    return number && inRange(number.getValueAsDouble()) ? "" : "a number in " + range();
  }
  case Whole: {
    auto number = dyn_cast<IntegerAttr>(value);
    return number && number.getType().isInteger(64) && inRange(double(number.getInt()))
               ? ""
               : "a 64-bit integer in " + range();
  }
  }
  llvm_unreachable("no such kind");
}

//===----------------------------------------------------------------------===//
// Plans and decisions
//===----------------------------------------------------------------------===//

static DictionaryAttr getEntries(Operation *op, StringRef name) {
  auto entries = op->getAttrOfType<DictionaryAttr>(name);
  return entries ? entries : DictionaryAttr::get(op->getContext());
}

static void read(DictionaryAttr entries, ArrayRef<PlanKey> keys, void *plan) {
  for (const PlanKey &key : keys)
    if (Attribute value = entries.get(key.name))
      key.read(key, value, plan);
}

static LogicalResult verifyPlan(Operation *op, StringRef name, ArrayRef<PlanKey> keys) {
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
