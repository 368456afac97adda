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

  /// The layers that the steps compute, and those among them whose steps have no checksum in
  /// `vector`: they store something else than the layer's result.
  std::vector<std::string> layers() const;
  std::vector<std::string> findUnchecked(const Vector &vector) const;

  /// The layers of the network that no step computes: nothing takes their results, or those of
  /// equal layers are taken instead.
  std::vector<std::string> findUncomputed() const;

private:
  mlir::func::FuncOp entry;
  std::vector<GoldenStep> steps;
  llvm::DenseMap<mlir::Attribute, llvm::SmallVector<size_t>> stepsOfValue;
};

} // namespace tally

#endif // TALLY_LIB_TARGET_C_GOLDENSTEPS_H
