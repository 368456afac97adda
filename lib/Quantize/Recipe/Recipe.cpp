//===- Recipe.cpp - how a network is to be quantized ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Recipe/Recipe.h"

#include "Plan.h"
#include "tally/Support/File.h"
#include "tally/Support/Json.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"
#include <nlohmann/json.hpp>

using namespace mlir;
using nlohmann::json;

namespace tally {

namespace {
/// The value of a plan's key as an attribute.
Result<Attribute> readValue(const json &value, const PlanKey &key, const std::string &where,
                            Builder &builder) {
  std::string name = where + ": '" + key.name.str() + "'";
  if (key.kind == PlanKey::Members) {
    auto text = builder.getStringAttr(value.is_string() ? value.get<std::string>() : "");
    if (std::string required = key.check(text); !required.empty())
      return Error{name + " requires " + required + ", but got " + showJson(value)};
    return Attribute(text);
  }
  if (!key.words.empty()) {
    if (value.is_string() && llvm::is_contained(key.words, value.get<std::string>()))
      return Attribute(builder.getStringAttr(value.get<std::string>()));
    return Error{name + " requires one of '" + llvm::join(key.words, "', '") + "', but got " +
                 showJson(value)};
  }
  if (key.kind == PlanKey::Flag) {
    if (value.is_boolean())
      return Attribute(builder.getBoolAttr(value.get<bool>()));
    return Error{name + " requires true or false, but got " + showJson(value)};
  }
  bool isReal = key.kind == PlanKey::Real;
  if (value.is_number() && (isReal || value.is_number_integer())) {
    double number = value.get<double>();
    if (number >= key.low && number <= key.high)
      return isReal ? Attribute(builder.getF64FloatAttr(number))
                    : Attribute(builder.getI64IntegerAttr(value.get<int64_t>()));
  }
  auto bound = [&](double v) { return isReal ? json(v).dump() : std::to_string(int64_t(v)); };
  return Error{name + " requires " + (isReal ? "a number" : "an integer") + " in " +
               bound(key.low) + ".." + bound(key.high) + ", but got " + showJson(value)};
}

/// The keys of `object` that `keys` lists; every other one must be in `others`.
Result<DictionaryAttr> readPlan(const json &object, ArrayRef<PlanKey> keys,
                                ArrayRef<StringRef> others, const std::string &where,
                                MLIRContext *context) {
  std::vector<std::string> known;
  for (const PlanKey &key : keys)
    known.push_back(key.name.str());
  known.insert(known.end(), others.begin(), others.end());
  if (Status expected = expectKeys(object, known, where); !expected)
    return expected.error();
  Builder builder(context);
  SmallVector<NamedAttribute> entries;
  for (const auto &[name, value] : object.items()) {
    if (llvm::is_contained(others, StringRef(name)))
      continue;
    const PlanKey *key =
        llvm::find_if(keys, [&name = name](const PlanKey &k) { return k.name == name; });
    Result<Attribute> attribute = readValue(value, *key, where, builder);
    if (!attribute)
      return attribute.error();
    entries.emplace_back(builder.getStringAttr(name), *attribute);
  }
  return builder.getDictionaryAttr(entries);
}

Result<RecipeRule> readRule(const json &object, const std::string &where, MLIRContext *context) {
  if (!object.is_object())
    return Error{where + " requires an object, but got " + showJson(object)};
  RecipeRule rule;
  for (auto [key, target] : {std::pair("kind", &rule.kind), std::pair("name", &rule.name),
                             std::pair("position", &rule.position)})
    if (object.contains(key)) {
      if (!object[key].is_string())
        return Error{where + ": '" + key + "' requires a string, but got " + showJson(object[key])};
      *target = object[key].get<std::string>();
    }
  if (!rule.kind.empty() && rule.kind != "adder" && rule.kind != "conv")
    return Error{where + ": 'kind' requires 'adder' or 'conv', but got '" + rule.kind + "'"};
  if (!rule.position.empty() && rule.position != "first" && rule.position != "last" &&
      rule.position != "inner")
    return Error{where + ": 'position' requires 'first', 'last' or 'inner', but got '" +
                 rule.position + "'"};
  std::string problem;
  if (!rule.name.empty() && !llvm::Regex(rule.name).isValid(problem))
    return Error{where + ": 'name' requires a regular expression, but '" + rule.name +
                 "' is none: " + problem};
  for (const PlanKey &key : getLayerKeys())
    if (object.contains(key.name.str()) && !rule.kind.empty() && !key.isFor(rule.kind))
      return Error{where + ": '" + key.name.str() + "' is a key of '" + key.layers.str() +
                   "' layers, but the rule is for '" + rule.kind + "'"};
  Result<DictionaryAttr> plan =
      readPlan(object, getLayerKeys(), {"kind", "name", "position"}, where, context);
  if (!plan)
    return plan.error();
  rule.plan = *plan;
  return rule;
}

} // namespace

std::vector<RecipeKey> listRecipeKeys() {
  std::vector<RecipeKey> rows;
  auto add = [&](bool ofNetwork, ArrayRef<PlanKey> keys) {
    for (const PlanKey &key : keys) {
      // Where a recipe does not say it, inputs are as wide as weights.
      std::string standard = key.name == "activation_bits" ? "as bits"
                             : key.name == "members"       ? "two, four times the bits"
                                                           : key.standard(key);
      rows.push_back({ofNetwork, key.name.str(), key.range(), standard, key.about.str()});
    }
  };
  add(/*ofNetwork=*/true, getNetworkKeys());
  add(/*ofNetwork=*/false, getLayerKeys());
  return rows;
}

Result<Recipe> parseRecipe(const std::string &text, const std::string &origin,
                           MLIRContext *context) {
  Result<json> document = parseObject(text, "recipe '" + origin + "'");
  if (!document)
    return document.error();
  Recipe recipe;
  recipe.network = DictionaryAttr::get(context);
  for (const auto &[name, value] : document->items()) {
    std::string where = "recipe '" + origin + "': '" + name + "'";
    if (name == "description") {
      recipe.description = value.is_string() ? value.get<std::string>() : showJson(value);
    } else if (name == "network") {
      Result<DictionaryAttr> plan = readPlan(value, getNetworkKeys(), {}, where, context);
      if (!plan)
        return plan.error();
      recipe.network = *plan;
    } else if (name == "layers") {
      if (!value.is_array())
        return Error{where + " requires a list of rules, but got " + showJson(value)};
      for (size_t i = 0; i < value.size(); ++i) {
        Result<RecipeRule> rule =
            readRule(value[i], where + "[" + std::to_string(i) + "]", context);
        if (!rule)
          return rule.error();
        recipe.rules.push_back(*rule);
      }
    } else if (name == "train") {
      if (!value.is_object())
        return Error{where + " requires an object, but got " + showJson(value)};
      recipe.train = value.dump();
    } else {
      return Error{where +
                   " is not known; known are 'description', 'network', 'layers' and 'train'"};
    }
  }
  return recipe;
}

Result<Recipe> loadRecipe(const std::string &nameOrPath, MLIRContext *context) {
  Result<std::string> text = readRecipe(nameOrPath);
  if (!text)
    return text.error();
  Result<Recipe> recipe = parseRecipe(*text, nameOrPath, context);
  if (recipe)
    recipe->isBuiltin = isBuiltinRecipe(nameOrPath);
  return recipe;
}

} // namespace tally
