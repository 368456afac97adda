//===- Plan.cpp - what a recipe says of a layer ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Plan.h"

using namespace mlir;

namespace tally {

static constexpr llvm::StringLiteral kScaleWords[] = {"activations", "group-minimum",
                                                      "shared-maximum", "imported"};
static constexpr llvm::StringLiteral kCodeWords[] = {"unsigned", "signed", "double-step"};
static constexpr llvm::StringLiteral kLevelWords[] = {"uniform", "pot", "apot", "imported"};
static constexpr llvm::StringLiteral kRoundingWords[] = {"nearest", "log", "compensated"};
static constexpr llvm::StringLiteral kCorrectionWords[] = {"none", "mean", "affine"};

llvm::ArrayRef<PlanKey> getLayerKeys() {
  static const PlanKey keys[] = {
      {"bits", {}, 2, 8, false},
      {"scale", kScaleWords, 0, 0, false},
      {"codes", kCodeWords, 0, 0, false},
      {"clusters", {}, 1, 64, false},
      {"clamp_weights", {}, 0, 1, true},
      {"residual_plane", {}, 0, 1, true},
      {"search_scale", {}, 0, 1, true},
      {"optimize_rounding", {}, 0, 1, true},
      {"correction", kCorrectionWords, 0, 0, false},
      {"activation_bits", {}, 2, 24, false},
      {"activation_levels", llvm::ArrayRef(kLevelWords).drop_back(), 0, 0, false},
      {"levels", kLevelWords, 0, 0, false},
      {"rounding", kRoundingWords, 0, 0, false},
      {"power_of_two_scales", {}, 0, 1, true},
      {"shared_scale", {}, 0, 1, true},
  };
  return keys;
}

llvm::ArrayRef<PlanKey> getNetworkKeys() {
  static const PlanKey keys[] = {
      {"quantile", {}, 0.5, 1, false},
      {"trunk_bits", {}, 8, 26, false},
      {"reestimate_batch_norm", {}, 0, 1, true},
      {"keep_quantizers", {}, 0, 1, true},
  };
  return keys;
}

namespace {
/// Typed access to a `tally.plan`; missing keys keep their default.
class Reader {
public:
  explicit Reader(Operation *op) : plan(op->getAttrOfType<DictionaryAttr>(kPlanAttr)) {}

  void read(StringRef key, int &value) const {
    if (auto attr = get<IntegerAttr>(key))
      value = attr.getInt();
  }
  void read(StringRef key, bool &value) const {
    if (auto attr = get<BoolAttr>(key))
      value = attr.getValue();
  }
  void read(StringRef key, double &value) const {
    if (auto attr = get<FloatAttr>(key))
      value = attr.getValueAsDouble();
  }
  template <typename Enum>
  void read(StringRef key, ArrayRef<llvm::StringLiteral> words, Enum &value) const {
    auto attr = get<StringAttr>(key);
    for (auto [index, word] : llvm::enumerate(words))
      if (attr && attr.getValue() == word)
        value = Enum(index);
  }

private:
  template <typename Attr> Attr get(StringRef key) const {
    return plan ? plan.getAs<Attr>(key) : Attr();
  }
  DictionaryAttr plan;
};
} // namespace

LayerPlan getPlan(Operation *layer) {
  Reader reader(layer);
  LayerPlan plan;
  reader.read("bits", plan.bits);
  reader.read("scale", kScaleWords, plan.scale);
  reader.read("codes", kCodeWords, plan.codes);
  reader.read("clusters", plan.clusters);
  reader.read("clamp_weights", plan.clampWeights);
  reader.read("residual_plane", plan.residualPlane);
  reader.read("search_scale", plan.searchScale);
  reader.read("optimize_rounding", plan.optimizeRounding);
  reader.read("correction", kCorrectionWords, plan.correction);
  plan.activationBits = plan.bits;
  reader.read("activation_bits", plan.activationBits);
  reader.read("activation_levels", kLevelWords, plan.activationLevels);
  reader.read("levels", kLevelWords, plan.levels);
  reader.read("rounding", kRoundingWords, plan.rounding);
  reader.read("power_of_two_scales", plan.powerOfTwoScales);
  reader.read("shared_scale", plan.sharedScale);
  return plan;
}

void setCodeRule(Operation *layer, CodeRule rule) {
  NamedAttrList plan(layer->getAttrOfType<DictionaryAttr>(kPlanAttr));
  plan.set("codes", StringAttr::get(layer->getContext(), kCodeWords[unsigned(rule)]));
  layer->setAttr(kPlanAttr, plan.getDictionary(layer->getContext()));
}

void setScaleRule(Operation *layer, ScaleRule rule) {
  NamedAttrList plan(layer->getAttrOfType<DictionaryAttr>(kPlanAttr));
  plan.set("scale", StringAttr::get(layer->getContext(), kScaleWords[unsigned(rule)]));
  layer->setAttr(kPlanAttr, plan.getDictionary(layer->getContext()));
}

void setExact(Operation *layer) {
  MLIRContext *context = layer->getContext();
  NamedAttrList plan(layer->getAttrOfType<DictionaryAttr>(kPlanAttr));
  plan.set("search_scale", BoolAttr::get(context, false));
  plan.set("optimize_rounding", BoolAttr::get(context, false));
  plan.set("correction", StringAttr::get(context, kCorrectionWords[unsigned(Correction::None)]));
  layer->setAttr(kPlanAttr, plan.getDictionary(context));
}

void setPowersRule(Operation *layer) {
  NamedAttrList plan(layer->getAttrOfType<DictionaryAttr>(kPlanAttr));
  Builder builder(layer->getContext());
  if (!plan.get("activation_bits"))
    plan.set("activation_bits", builder.getI64IntegerAttr(getPlan(layer).activationBits));
  plan.set("levels", builder.getStringAttr(kLevelWords[unsigned(LevelRule::AdditivePowerOfTwo)]));
  plan.set("bits", builder.getI64IntegerAttr(5));
  layer->setAttr(kPlanAttr, plan.getDictionary(layer->getContext()));
}

NetworkPlan getPlan(ModuleOp module) {
  Reader reader(module);
  NetworkPlan plan;
  reader.read("quantile", plan.quantile);
  reader.read("trunk_bits", plan.trunkBits);
  reader.read("reestimate_batch_norm", plan.reestimateBatchNorm);
  reader.read("keep_quantizers", plan.keepQuantizers);
  return plan;
}

} // namespace tally
