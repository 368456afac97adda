//===- InlineConstants.h - constants that are not parameters yet *- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Adopt: modules from other tools hold their weights in `tosa.const`.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_ADOPT_INLINECONSTANTS_H
#define TALLY_LIB_QUANTIZE_ADOPT_INLINECONSTANTS_H

#include "tally/Data/Tensor.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

#include <optional>

namespace tally {

/// The network, if its floats are those that these passes compute with; else an error.
mlir::FailureOr<mlir::func::FuncOp> getFloatNetwork(mlir::ModuleOp module);

/// Whether `value` is a `tosa.const` or a `tosa.const_shape`.
bool isInlineConstant(mlir::Value value);

/// The floats of a `tosa.const`; null where `value` is none or holds other elements.
std::optional<Tensor> getInlineFloats(mlir::Value value);

/// A `tosa.const` with the floats of `tensor`.
mlir::Value makeInlineFloats(mlir::OpBuilder &builder, mlir::Location location,
                             const Tensor &tensor);

/// The numbers of a `tosa.const_shape`; null where `value` is none.
std::optional<Shape> getShapeConstant(mlir::Value value);

mlir::Value makeShapeConstant(mlir::OpBuilder &builder, mlir::Location location,
                              mlir::ArrayRef<int64_t> values);

/// `value` with another shape; of two reshapes behind each other, the second is enough.
mlir::Value reshapeTo(mlir::OpBuilder &builder, mlir::Location location, mlir::Value value,
                      mlir::ArrayRef<int64_t> shape);

/// Erases operations of `function` that compute what nobody reads, last first.
void eraseUnused(mlir::func::FuncOp function);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_ADOPT_INLINECONSTANTS_H
