//===- ElementFunctions.h - values that follow from one another -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize. Sigmoid, x * Sigmoid(x), GELU in the pieces that exporters write: however
// many operations it takes, each element of the result is a function of one element of a value. On
// codes of 8 bits it is a table.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_ELEMENTFUNCTIONS_H
#define TALLY_LIB_QUANTIZE_ELEMENTFUNCTIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <vector>

namespace tally {

/// The functions in a float network. Sums, maxima, clamps and maps by one number are parts of a
/// function where something else is one too; alone they have forms of their own on codes.
class ElementFunctions {
public:
  ElementFunctions() = default;
  explicit ElementFunctions(mlir::func::FuncOp network);

  /// The value of which `value` is a function, element by element; null where it is none.
  mlir::Value inputOf(mlir::Value value) const { return known.lookup(value).input; }
  /// Whether `use` is of a value inside the function that its owner belongs to.
  bool isInside(mlir::OpOperand &use) const;
  /// Whether `use` is of the input of a function that its owner belongs to or leads into.
  bool isInput(mlir::OpOperand &use) const;

  /// The codes of 8 bits that the `input` of a function is rounded to; null where it is not.
  static mlir::quant::UniformQuantizedType inputTypeOf(mlir::Value input);
  /// What the function `value` is for each of these codes of its input, as the interpreter
  /// computes it.
  mlir::FailureOr<std::vector<float>> evaluate(mlir::Value value) const;

private:
  struct Facts {
    /// The nearest value of which this one is a function of any kind, and how many such steps
    /// there are.
    mlir::Value parent;
    int64_t depth = 0;
    mlir::Value input;
  };

  Facts compute(mlir::Operation *op) const;
  mlir::Value findCommon(mlir::Value a, mlir::Value b) const;
  std::vector<mlir::Operation *> findOperations(mlir::Value value) const;

  llvm::DenseMap<mlir::Value, Facts> known;
  llvm::DenseSet<mlir::Value> inputs;
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_ELEMENTFUNCTIONS_H
