//===- Reductions.h - what all reductions over windows share ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_LOWER_LINALG_REDUCTIONS_H
#define TALLY_LIB_LOWER_LINALG_REDUCTIONS_H

#include "tally/IR/Window.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tally {

/// That of a per-tensor quantized type; 0 for all others.
int64_t getZeroPoint(mlir::Type elementType);

/// `code` in the storage type; 0.0 for floats.
mlir::TypedAttr getCodeAttr(mlir::OpBuilder &builder, mlir::Type storage, int64_t code);

/// `input` with `window`'s padding made explicit, filled with `code`.
mlir::Value padInput(mlir::OpBuilder &builder, mlir::Location location, mlir::Value input,
                     const Window &window, mlir::TypedAttr code);

/// A tensor of `shape` filled with zero.
mlir::Value makeZero(mlir::OpBuilder &builder, mlir::Location location,
                     mlir::ArrayRef<int64_t> shape, mlir::Type element);

/// The type that sums are accumulated in: f32 or i32.
mlir::Type getSumType(mlir::Type result);

/// Finished sums in the storage of `result`, which may be narrower: its range says
/// that they fit.
mlir::Value storeSums(mlir::OpBuilder &builder, mlir::Location location, mlir::Value sums,
                      mlir::Type result);

/// `value` (a scalar of storage type) extended to `type` as `source`, the element
/// type it had, says: codes with or without a sign; floats stay.
mlir::Value extendCode(mlir::OpBuilder &builder, mlir::Location location, mlir::Value value,
                       mlir::Type source, mlir::Type type);

} // namespace tally

#endif // TALLY_LIB_LOWER_LINALG_REDUCTIONS_H
