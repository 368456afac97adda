//===- SearchLayers.h - what of a network can be chosen ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_SEARCHLAYERS_H
#define TALLY_LIB_DRIVER_SEARCHLAYERS_H

#include "tally/Driver/Search.h"

#include "mlir/IR/BuiltinOps.h"
#include <map>
#include <nlohmann/json.hpp>

namespace tally {

/// A recipe that is changed layer by layer.
class SearchRecipe {
public:
  /// That of the job. Fails where it cannot be read.
  static Result<SearchRecipe> load(const SearchJob &job);

  /// Layers of the calibrated network, each name once, with what the recipe says of them and,
  /// where they do not stay, their options. Fails where `SearchJob::only` matches none.
  Result<std::vector<SearchedLayer>> listLayers(mlir::ModuleOp module, const SearchJob &job) const;

  /// The formats of some layers, by name.
  using Formats = std::vector<std::pair<const SearchedLayer *, LayerFormat>>;
  /// The text with a rule for each.
  std::string with(const Formats &formats, const std::string &description = "") const;
  /// The same for measuring only: without `fit`, adder layers are rounded to the nearest code.
  std::string forMeasuring(const Formats &formats, bool fit) const;

private:
  std::string compose(const Formats &formats, const std::string &description, bool fit) const;

  std::string name; ///< as the user says it
  nlohmann::ordered_json document;
};

} // namespace tally

#endif // TALLY_LIB_DRIVER_SEARCHLAYERS_H
