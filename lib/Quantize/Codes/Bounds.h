//===- Bounds.h - how large values of a float network can be ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_QUANTIZE_CODES_BOUNDS_H
#define TALLY_LIB_QUANTIZE_CODES_BOUNDS_H

#include "Quantize/ElementFunctions.h"

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

namespace tally {

/// Magnitudes that follow from the quantizers and clamps of a network, whatever its images are.
/// Infinite where nothing bounds a value, as behind layers.
class Bounds {
public:
  /// `functions` has to outlive this.
  explicit Bounds(const ElementFunctions &functions) : functions(functions) {}

  double of(mlir::Value value);
  /// The largest that is added, moved, looked up, or clamped and then mapped to become `value`, in
  /// units of `value`; 0 where nothing is. `onlyConstants` looks at those that are added alone.
  double ofAddends(mlir::Value value, bool onlyConstants = false);

private:
  double compute(mlir::Operation *op) const;
  double lookup(mlir::Value value) const;

  const ElementFunctions &functions;
  llvm::DenseMap<mlir::Value, double> known;
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_CODES_BOUNDS_H
