//===- OpChecks.h - what verifiers share ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to IR.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IR_OPCHECKS_H
#define TALLY_LIB_IR_OPCHECKS_H

#include "tally/IR/Window.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/TypeUtilities.h"

namespace tally {

/// Whether a type, or the elements of a tensor type, are floats.
inline bool isFloat(mlir::Type type) {
  return llvm::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(type));
}

/// The per-tensor quantized element type of the operand or result `what`, or an error with
/// the constraint's `label`.
mlir::FailureOr<mlir::quant::UniformQuantizedType>
requirePerTensor(mlir::Operation *op, llvm::StringRef label, llvm::StringRef what, mlir::Type type);

/// C5 of adder_conv2d, C2 of the window sums: numbers of a window, and the shape `[N, OH, OW,
/// channels]` of what it makes of `input`, which messages call `name`.
mlir::LogicalResult verifyWindow(mlir::Operation *op, llvm::StringRef label, const Window &window,
                                 mlir::RankedTensorType input, mlir::RankedTensorType output,
                                 int64_t channels, llvm::StringRef name = "output");

/// Of attributes in the order of an operation.
Window makeWindow(llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> pad,
                  llvm::ArrayRef<int64_t> stride, llvm::ArrayRef<int64_t> dilation);

} // namespace tally

#endif // TALLY_LIB_IR_OPCHECKS_H
