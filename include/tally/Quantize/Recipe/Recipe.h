//===- Recipe.h - how a network is to be quantized --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A recipe is a JSON file: settings of the network, and a list of rules of which
// every rule that matches a layer sets what it names; the last one wins. What it
// says of training is for the room `Train`. The
// built-in recipes are such files (folder recipes/), with N and M for bits.
// docs/Recipes.md describes the format.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_QUANTIZE_RECIPE_RECIPE_H
#define TALLY_QUANTIZE_RECIPE_RECIPE_H

#include "tally/Support/Result.h"

#include "mlir/IR/BuiltinAttributes.h"
#include <string>
#include <vector>

namespace tally {

struct RecipeRule {
  /// "adder", "conv" or empty for every layer.
  std::string kind;
  /// An extended regular expression for the whole layer name; empty for every name.
  std::string name;
  /// "first" (reads an input through no other layer), "last" (is read by no other layer),
  /// "inner" (neither), or empty for any place.
  std::string position;
  mlir::DictionaryAttr plan;
};

struct Recipe {
  std::string description;
  mlir::DictionaryAttr network;
  std::vector<RecipeRule> rules;
  /// The object `train` as JSON, of which nothing is checked here; empty where there is none.
  std::string train;
  bool isBuiltin = false; ///< and so meant for networks of several kinds
};

/// Loads a built-in recipe by name or a file by path; what begins with a brace is the text of one,
/// of programs that make recipes. Errors name the file, the key and what it may be.
Result<Recipe> loadRecipe(const std::string &nameOrPath, mlir::MLIRContext *context);

/// Parses a recipe; `origin` names it in errors.
Result<Recipe> parseRecipe(const std::string &json, const std::string &origin,
                           mlir::MLIRContext *context);

bool isBuiltinRecipe(const std::string &name);

/// The JSON text of a built-in recipe.
Result<std::string> getBuiltinRecipe(const std::string &name);

/// The same, or what is in a file, or the text itself.
Result<std::string> readRecipe(const std::string &nameOrPath);

/// The recipes that `patterns` stands for, each once: names and files, separated by commas.
/// `{8,4}` stands for each of several words; words with `*`, `?` or `[...]` for the built-in
/// recipes that match, those with more bits first. Fails where one matches none.
Result<std::vector<std::string>> expandRecipes(const std::string &patterns);

/// Names of the built-in recipes with N in place of the bits, and their descriptions.
std::vector<std::pair<std::string, std::string>> listRecipes();

/// What a recipe may say, for people.
struct RecipeKey {
  bool ofNetwork; ///< of "network", or of a rule
  std::string name, values, standard, about;
};
/// All keys, those of "network" first. `standard` is the value where no rule sets one.
std::vector<RecipeKey> listRecipeKeys();

} // namespace tally

#endif // TALLY_QUANTIZE_RECIPE_RECIPE_H
