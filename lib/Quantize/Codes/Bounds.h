//===- Bounds.h - how large values of a float network can be ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_QUANTIZE_CODES_BOUNDS_H
#define TALLY_LIB_QUANTIZE_CODES_BOUNDS_H

#include "Quantize/ElementFunctions.h"
#include "tally/IR/TallyInterfaces.h"

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

namespace tally {

/// Magnitudes that follow from the quantizers and clamps of a network, whatever its images are.
/// Behind layers, what the ends of their inputs and weights allow. Infinite where nothing bounds a
/// value.
class Bounds {
public:
  /// `functions` has to outlive this.
  explicit Bounds(const ElementFunctions &functions) : functions(functions) {}

  double of(mlir::Value value);
  /// The largest that is added, moved, looked up, clamped and then mapped, or mapped by place to
  /// become `value`, in units of `value`; 0 where nothing is.
  double ofAddends(mlir::Value value);

private:
  double compute(mlir::Operation *op) const;
  double ofReduction(ReductionOpInterface reduction) const;
  double lookup(mlir::Value value) const;

  const ElementFunctions &functions;
  llvm::DenseMap<mlir::Value, double> known;
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_CODES_BOUNDS_H
