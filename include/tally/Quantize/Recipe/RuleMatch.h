//===- RuleMatch.h - which rules of a recipe are for which layer -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_QUANTIZE_RECIPE_RULEMATCH_H
#define TALLY_QUANTIZE_RECIPE_RULEMATCH_H

#include "tally/Quantize/Recipe/Recipe.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tally {

/// A layer that recipes speak of.
struct MatchedLayer {
  mlir::Operation *layer;
  bool isAdder, isFirst, isLast; ///< see `RecipeRule`
  std::vector<size_t> rules;     ///< that match it, in order

  /// "adder" or "conv".
  llvm::StringRef kind() const { return isAdder ? "adder" : "conv"; }
  /// The last of the rules that sets `key`.
  std::optional<size_t> findDecider(const Recipe &recipe, llvm::StringRef key) const;
};

/// All layers of a float network, in program order.
std::vector<MatchedLayer> matchRules(const Recipe &recipe, mlir::func::FuncOp network);

} // namespace tally

#endif // TALLY_QUANTIZE_RECIPE_RULEMATCH_H
