//===- SearchLayers.cpp - what of a network can be chosen -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/SearchLayers.h"

#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Quantize/Recipe/RuleMatch.h"
#include "tally/Support/Json.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Regex.h"

using namespace mlir;
using nlohmann::ordered_json;

namespace tally {

std::string LayerFormat::toText() const {
  return levels + " " + std::to_string(inputBits) + "x" + std::to_string(bits);
}

Result<SearchRecipe> SearchRecipe::load(const SearchJob &job) {
  SearchRecipe recipe;
  recipe.name = job.recipe;
  // 8 bits are what layers get that no rule matches.
  std::string text = R"({"network": {"trunk_bits": 8}, "layers": []})";
  if (!job.recipe.empty()) {
    Result<std::string> read = readRecipe(job.recipe);
    if (!read)
      return read.error();
    text = *read;
  }
  // What is wrong with it is said as everywhere.
  MLIRContext context(MLIRContext::Threading::DISABLED);
  if (Result<Recipe> parsed = parseRecipe(text, job.recipe, &context); !parsed)
    return parsed.error();
  recipe.document = ordered_json::parse(text);
  if (!recipe.document.contains("layers"))
    recipe.document["layers"] = ordered_json::array();
  return recipe;
}

/// What the rules of a recipe say of a layer.
static LayerFormat getBase(const Recipe &recipe, const MatchedLayer &match) {
  auto find = [&](StringRef key) -> Attribute {
    std::optional<size_t> rule = match.findDecider(recipe, key);
    return rule ? recipe.rules[*rule].plan.get(key) : Attribute();
  };
  LayerFormat format;
  if (auto bits = dyn_cast_or_null<IntegerAttr>(find("bits")))
    format.bits = int(bits.getInt());
  format.inputBits = format.bits;
  if (match.isAdder) {
    auto scale = dyn_cast_or_null<StringAttr>(find("scale"));
    format.levels = scale && scale.getValue() == "imported" ? "imported" : "adder";
    return format;
  }
  if (auto bits = dyn_cast_or_null<IntegerAttr>(find("activation_bits")))
    format.inputBits = int(bits.getInt());
  auto levels = dyn_cast_or_null<StringAttr>(find("levels"));
  format.levels = levels ? levels.getValue().str() : "uniform";
  return format;
}

/// All ways to quantize a layer that the job names and that there are.
static std::vector<SearchedLayer::Option> listOptions(const SearchedLayer &layer,
                                                      const SearchJob &job) {
  constexpr int kMostPowerBits = 5;
  std::vector<SearchedLayer::Option> options;
  auto add = [&](LayerFormat format) {
    if (llvm::none_of(options, [&](const auto &other) { return other.format == format; }))
      options.emplace_back().format = std::move(format);
  };
  std::vector<int> inputs = job.activationBits;
  if (inputs.empty())
    inputs = {layer.base.inputBits};
  for (int bits : job.bits) {
    if (layer.isAdder)
      add({"adder", bits, bits});
    else
      for (const std::string &levels : job.formats)
        if (levels == "uniform" || bits <= kMostPowerBits)
          for (int input : inputs)
            add({levels, bits, input});
  }
  return options;
}

Result<std::vector<SearchedLayer>> SearchRecipe::listLayers(ModuleOp module,
                                                            const SearchJob &job) const {
  Result<Recipe> recipe = parseRecipe(document.dump(), name, module.getContext());
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return Error{};
  if (!recipe)
    return recipe.error();
  llvm::Regex only("^(" + job.only + ")$");
  if (std::string problem; !job.only.empty() && !only.isValid(problem))
    return Error{"--only requires a regular expression, but '" + job.only + "' is none: " + problem,
                 ErrorKind::Usage};
  std::vector<SearchedLayer> layers;
  for (const MatchedLayer &match : matchRules(*recipe, *entry)) {
    SearchedLayer layer;
    layer.name = getLayerName(match.layer).str();
    layer.isAdder = match.isAdder;
    layer.base = getBase(*recipe, match);
    // A rule is for all layers of a name.
    if (llvm::any_of(layers, [&](const SearchedLayer &other) {
          return other.name == layer.name && other.isAdder == layer.isAdder;
        }))
      continue;
    if (layer.base.levels == "imported")
      layer.stays = "the recipe takes the quantizers that the network brings";
    else if (!job.only.empty() && !only.match(layer.name))
      layer.stays = "--only does not match it";
    else if (layer.options = listOptions(layer, job); layer.options.empty())
      layer.stays = "powers of two have 5 bits at most";
    layers.push_back(std::move(layer));
  }
  if (layers.empty())
    return Error{"'" + job.network + "' has no layer with weights"};
  if (llvm::all_of(layers, [](const SearchedLayer &layer) { return !layer.stays.empty(); }))
    return Error{"no layer of '" + job.network + "' can change: '" + layers.front().name +
                 "' stays, because " + layers.front().stays};
  return layers;
}

std::string SearchRecipe::compose(const Formats &formats, const std::string &description,
                                  bool fit) const {
  ordered_json text;
  if (!description.empty())
    text["description"] = description;
  for (const auto &[key, value] : document.items())
    if (key != "description" || description.empty())
      text[key] = value;
  for (const auto &[layer, format] : formats) {
    ordered_json rule = {{"kind", layer->isAdder ? "adder" : "conv"},
                         {"name", llvm::Regex::escape(layer->name)}};
    if (!layer->isAdder)
      rule["levels"] = format.levels;
    rule["bits"] = format.bits;
    if (!layer->isAdder)
      rule["activation_bits"] = format.inputBits;
    text["layers"].push_back(rule);
  }
  if (!fit)
    text["layers"].push_back({{"kind", "adder"},
                              {"search_scale", false},
                              {"optimize_rounding", false},
                              {"correction", "none"}});
  // A rule on each line, as people write them.
  auto dump = [](const ordered_json &value) {
    return value.dump(-1, ' ', /*ensure_ascii=*/false, ordered_json::error_handler_t::replace);
  };
  std::string result = "{";
  for (const auto &[key, value] : text.items()) {
    result += (result.size() == 1 ? "\n  " : ",\n  ") + dump(key) + ": ";
    if (key != "layers") {
      result += dump(value);
      continue;
    }
    result += "[";
    for (const ordered_json &rule : value)
      result += (result.back() == '[' ? "\n    " : ",\n    ") + dump(rule);
    result += value.empty() ? "]" : "\n  ]";
  }
  return result + "\n}\n";
}

std::string SearchRecipe::with(const Formats &formats, const std::string &description) const {
  return compose(formats, description, /*fit=*/true);
}

std::string SearchRecipe::forMeasuring(const Formats &formats, bool fit) const {
  return compose(formats, "", fit);
}

} // namespace tally
