//===- LayerNames.h - what every list calls a layer -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// docs/Spec.md, section 12, has the rule. Reports, profiles, comparisons, diagnostics and
// generated code take their names from here.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_LAYERNAMES_H
#define TALLY_IR_LAYERNAMES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include <optional>
#include <string>

namespace tally {

/// Where an operation stands in its network.
struct Origin {
  std::string layer; ///< the layer that it belongs to; empty where that is none
  std::string part;  ///< what it does for the layer; empty for the layer's sum or join itself
  std::string value; ///< its result, as `nameValues` calls it
};

/// The origin of every operation of `function` that computes a tensor. Layers are those of
/// `groupLayers`, but for those that only show another layer's result: their operations belong
/// to that layer. Every layer has a name of its own: what `getLayerName` calls its main
/// operation, numbered where another layer before it is called so. Operations on constants
/// belong to the first layer that takes what they make.
llvm::DenseMap<mlir::Operation *, Origin> nameLayers(mlir::func::FuncOp function);

/// The layer that `layer` is a part of, where its filters were clustered: `a` for `a.cluster1`.
llvm::StringRef getUnclusteredName(llvm::StringRef layer);

/// `location` with an origin, which lowering keeps for what it makes of the operation there.
mlir::Location withOrigin(mlir::Location location, const Origin &origin);

/// The origin in `location`, if it has one.
std::optional<Origin> getOrigin(mlir::Location location);

/// All origins in `location`: several where an operation stands for several of a network.
llvm::SmallVector<Origin> getOrigins(mlir::Location location);

/// The location of something that prepares `part` of the layer at `location`.
mlir::Location withPart(mlir::Location location, llvm::StringRef part);

/// Names for the steps of generated code, each given once.
class StepNames {
public:
  /// Keeps the name of a layer for the step that computes it.
  void reserve(llvm::StringRef layer) { taken.try_emplace(layer, 1); }

  /// The name of the step that computes `layers`, in the order of the network: `a+b`, or with more
  /// than four of them the first, how many follow, and the last: `a+5+g`.
  std::string forLayers(llvm::ArrayRef<std::string> layers);

  /// The name of a step that does `part` for `layer`: `layer.part`; of none, `part` alone.
  std::string forPart(llvm::StringRef layer, llvm::StringRef part);

private:
  std::string makeUnique(const std::string &name);

  llvm::StringMap<unsigned> taken;
};

} // namespace tally

#endif // TALLY_IR_LAYERNAMES_H
