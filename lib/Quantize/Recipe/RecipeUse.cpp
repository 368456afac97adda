//===- RecipeUse.cpp - what of a recipe has an effect ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RecipeUse.h"

#include "tally/Support/Spelling.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tally {

static const PlanKey &findKey(ArrayRef<PlanKey> keys, StringRef name) {
  return *llvm::find_if(keys, [&](const PlanKey &key) { return key.name == name; });
}

/// Whether a value asks for nothing.
static bool isOff(const PlanKey &key, Attribute value) {
  auto truth = dyn_cast<BoolAttr>(value);
  auto word = dyn_cast<StringAttr>(value);
  return key.isStandard(value) || (truth && !truth.getValue()) ||
         (word && word.getValue() == "none");
}

void RecipeUse::add(Operation *layer, ArrayRef<size_t> matching) {
  bool isAdder = isa<AdderConv2DOp>(layer);
  StringRef kind = isAdder ? "adder" : "conv";
  hasAdder |= isAdder;
  std::map<std::string, size_t> deciders;
  for (size_t rule : matching) {
    ++rules[rule].layers;
    for (NamedAttribute entry : recipe.rules[rule].plan)
      deciders[entry.getName().str()] = rule;
  }
  LayerPlan plan = getPlan(layer);
  if (std::string wrong = getWrongBits(plan); !wrong.empty() && wrongBits.empty())
    wrongBits = "'" + getLayerName(layer).str() + "': " + wrong;
  NamedAttrList meant;
  for (const auto &[word, index] : deciders) {
    const PlanKey &key = findKey(getLayerKeys(), word);
    Attribute value = recipe.rules[index].plan.get(word);
    if (!key.isFor(kind)) {
      rules[index].idle[word] =
          "no layer that the rule matches is of kind '" + key.layers.str() + "'";
      continue;
    }
    rules[index].decides = true;
    isUsual &= key.isStandard(value);
    meant.set(word, value);
    std::string missing = getMissing(word, kind, plan);
    if (missing.empty())
      rules[index].effective.insert(word);
    else
      rules[index].idle[word] = "it requires " + missing;
  }
  names.push_back(getLayerName(layer).str());
  layersOfPlan[meant.getDictionary(layer->getContext())].push_back(names.back());
}

std::string RecipeUse::describe(size_t rule) const {
  return "'layers'[" + std::to_string(rule) + "]";
}

/// `'conv1', 'conv2' and 5 more get bits 8; 'fc' gets the defaults`
std::string RecipeUse::listPlans() const {
  constexpr size_t kNamed = 3;
  std::string text;
  for (const auto &[plan, layers] : layersOfPlan) {
    std::string names, keys;
    for (size_t i = 0; i < std::min(kNamed, layers.size()); ++i)
      names += (i ? ", '" : "'") + layers[i] + "'";
    if (layers.size() > kNamed)
      names += " and " + std::to_string(layers.size() - kNamed) + " more";
    for (NamedAttribute entry : cast<DictionaryAttr>(plan)) {
      llvm::raw_string_ostream os(keys);
      os << (keys.empty() ? "" : ", ") << entry.getName().strref() << " ";
      entry.getValue().print(os, /*elideType=*/true);
    }
    text += (text.empty() ? "" : "; ") + names + (layers.size() == 1 ? " gets " : " get ") +
            (keys.empty() ? "the defaults" : keys);
  }
  return text.empty() ? "there is no layer" : text;
}

/// What the layers are called, of many those at both ends.
std::string RecipeUse::describeNames(const std::string &given) const {
  std::string nearest = didYouMean(given, names);
  if (!nearest.empty() || names.empty())
    return nearest;
  constexpr size_t kNamed = 4;
  std::string text = "; layers are '" + names.front() + "'";
  for (size_t i = 1; i < names.size(); ++i)
    if (names.size() <= kNamed || i == 1 || i + 1 == names.size())
      text += ", '" + names[i] + "'";
    else if (i == 2)
      text += ", ...";
  return text;
}

LogicalResult RecipeUse::report(ModuleOp module) const {
  if (!wrongBits.empty())
    return module.emitError() << "recipe '" << name << "': layer " << wrongBits;
  std::string idle;
  for (auto [index, rule] : llvm::enumerate(rules)) {
    const RecipeRule &said = recipe.rules[index];
    if (!rule.layers && !said.name.empty())
      return module.emitError() << "recipe '" << name << "': " << describe(index)
                                << " matches no layer's whole name: '" << said.name << "'"
                                << describeNames(said.name);
    if (rule.decides || !rule.idle.empty())
      continue;
    idle += (idle.empty() ? "" : ", ") + describe(index) +
            (said.plan.empty()    ? " sets no key"
             : rule.layers        ? " is overridden by later rules"
             : !said.kind.empty() ? " matches no layer of kind '" + said.kind + "'"
                                  : " matches no layer");
  }
  // Training changes much where widths are the usual ones.
  bool changesNothing = isUsual && recipe.train.empty();
  if (!idle.empty() && (changesNothing || !recipe.isBuiltin))
    module.emitWarning() << "recipe '" << name << "'"
                         << (changesNothing ? " changes nothing here: " : ": ") << idle << "; "
                         << listPlans();
  if (recipe.isBuiltin)
    return success();
  for (size_t rule = 0; rule < rules.size(); ++rule)
    warnOfKeys(module, rule);
  warnOfNetworkKeys(module);
  return success();
}

void RecipeUse::warnOfKeys(ModuleOp module, size_t rule) const {
  for (const auto &[word, why] : rules[rule].idle)
    if (!rules[rule].effective.count(word) &&
        !isOff(findKey(getLayerKeys(), word), recipe.rules[rule].plan.get(word)))
      module.emitWarning() << "recipe '" << name << "': " << describe(rule) << ": '" << word
                           << "' has no effect: " << why;
}

void RecipeUse::warnOfNetworkKeys(ModuleOp module) const {
  for (NamedAttribute entry : recipe.network) {
    const PlanKey &key = findKey(getNetworkKeys(), entry.getName());
    if (key.layers == "adder" && !hasAdder && !isOff(key, entry.getValue()))
      module.emitWarning() << "recipe '" << name << "': 'network': '" << key.name
                           << "' has no effect: no layer is of kind 'adder'";
  }
}

} // namespace tally
