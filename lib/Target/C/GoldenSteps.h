//===- GoldenSteps.h - what the steps of emitted C must store ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Target.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TARGET_C_GOLDENSTEPS_H
#define TALLY_LIB_TARGET_C_GOLDENSTEPS_H

#include "tally/Data/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>
#include <vector>

namespace tally {

/// A step, and which value of the network it stores (see lib/Lower/Steps/StepOrigins.h).
struct GoldenStep {
  std::string name;
  std::vector<std::string> layers;
  mlir::Attribute value;
  Shape shape, low, high; ///< empty where it is stored without a border
  int64_t border = 0;
  int64_t elements = 0, width = 0; ///< as stored; bytes of an element

  static GoldenStep of(mlir::func::CallOp call);

  /// The checksum of what the step stores where the reference computes `result`. Codes may be
  /// stored wider than they need. Nothing where the sizes say that it stores something else.
  std::optional<uint32_t> checksum(const Tensor &result) const;
};

/// All steps of a network.
class GoldenSteps {
public:
  /// `entry`: the network. `steps`: the function that calls them, made from it.
  GoldenSteps(mlir::func::FuncOp entry, mlir::func::FuncOp steps);

  struct Vector {
    std::vector<Tensor> outputs;
    std::vector<std::optional<uint32_t>> checksums; ///< one a step
  };
  /// What the reference says for one vector of inputs.
  mlir::FailureOr<Vector> interpret(const std::vector<Tensor> &inputs);

  size_t size() const { return steps.size(); }

  /// The layers of the network, and those that `vector` has no checksum for: whose step stores
  /// something else, or that have no step, because their result is not used or an equal layer
  /// has it.
  const std::vector<std::string> &layers() const { return allLayers; }
  std::vector<std::string> findUnchecked(const Vector &vector) const;

private:
  mlir::func::FuncOp entry;
  std::vector<GoldenStep> steps;
  std::vector<std::string> allLayers;
  llvm::DenseMap<mlir::Attribute, llvm::SmallVector<size_t>> stepsOfValue;
};

} // namespace tally

#endif // TALLY_LIB_TARGET_C_GOLDENSTEPS_H
