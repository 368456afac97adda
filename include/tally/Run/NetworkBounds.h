//===- NetworkBounds.h - intervals through a network ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Interval propagation through a network of stage `integer` (as Lechner et al., AAAI 2023, do in
// training): every code that the reference computes from inputs between two bounds lies between
// the bounds that stand here, exactly in integers, with its own rounding and saturation. Layers
// are bounded by their exact extremes (Bounds.h); what rises or falls with each operand runs in the
// reference at the ends. What ties two values to each other is lost, so bounds may be wider than
// what inputs reach, never narrower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_RUN_NETWORKBOUNDS_H
#define TALLY_RUN_NETWORKBOUNDS_H

#include "tally/Run/Bounds.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>

namespace tally {

class NetworkBounds {
public:
  /// Emits an error at the first operation that intervals cannot go through, with its name.
  static mlir::FailureOr<NetworkBounds> create(mlir::func::FuncOp function);

  /// What does not depend on inputs; null for what does.
  const Tensor *getConstant(mlir::Value value) const;

  /// Called with each value that depends on inputs, in program order, the inputs first.
  using Observer = std::function<void(mlir::Value, const Bounds &)>;

  /// The bounds of the results for inputs of codes within `inputs`, of any number of batches as
  /// for `NetworkRun::start`. Where both are one point, so are all values: the reference's. May
  /// be called by several threads.
  mlir::FailureOr<std::vector<Bounds>> run(mlir::ArrayRef<Bounds> inputs,
                                           const Observer &observe = {}) const;

private:
  explicit NetworkBounds(mlir::func::FuncOp function) : function(function) {}

  mlir::func::FuncOp function;
  llvm::DenseMap<mlir::Value, Tensor> constants;
};

} // namespace tally

#endif // TALLY_RUN_NETWORKBOUNDS_H
