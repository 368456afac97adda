//===- RecipeUse.h - what of a recipe has an effect -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_RECIPE_RECIPEUSE_H
#define TALLY_LIB_QUANTIZE_RECIPE_RECIPEUSE_H

#include "Plan.h"
#include "tally/Quantize/Recipe/Recipe.h"

#include "llvm/ADT/MapVector.h"
#include <map>
#include <set>

namespace tally {

/// Counts which rules match which layers while a recipe is applied, and says afterwards what had
/// no effect.
class RecipeUse {
public:
  RecipeUse(const Recipe &recipe, std::string name)
      : recipe(recipe), name(std::move(name)), rules(recipe.rules.size()) {}

  /// `matching` rules, in order, made the plan of `layer`.
  void add(mlir::Operation *layer, llvm::ArrayRef<size_t> matching);

  /// Emits an error for a name that matches no layer, and for bits that levels do not have;
  /// warnings for what else has no effect. The built-in recipes have rules for every kind of layer:
  /// they are warned of where nothing is left of them.
  mlir::LogicalResult report(mlir::ModuleOp module) const;

private:
  struct Rule {
    int64_t layers = 0;
    bool decides = false; ///< a key of a layer that no later rule sets, and that is for its kind
    /// Keys that have an effect on a layer, and of others why they have none.
    std::set<std::string> effective;
    std::map<std::string, std::string> idle;
  };

  std::string describe(size_t rule) const;
  void warnOfKeys(mlir::ModuleOp module, size_t rule) const;
  void warnOfNetworkKeys(mlir::ModuleOp module) const;
  std::string listPlans() const;
  std::string describeNames(const std::string &given) const;

  const Recipe &recipe;
  std::string name;
  std::vector<Rule> rules;
  std::vector<std::string> names;
  llvm::MapVector<mlir::Attribute, std::vector<std::string>> layersOfPlan;
  std::string wrongBits; ///< of the first layer whose levels do not have its bits
  bool hasAdder = false;
  bool isUsual = true; ///< all that rules decide is what layers have anyway
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_RECIPE_RECIPEUSE_H
