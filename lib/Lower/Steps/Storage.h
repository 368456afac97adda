//===- Storage.h - which tensors get a buffer -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. A tensor is stored where computing its elements again at
// each use would cost more than memory: inputs of reductions, padded tensors, values
// with several users, results of the function. Everything else is computed inside the loop
// nest that needs it.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_STEPS_STORAGE_H
#define TALLY_LIB_LOWER_STEPS_STORAGE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

namespace tally {

/// On a generic: too cheap to store, in spite of what it reads.
constexpr llvm::StringLiteral kRecomputeAttr = "tally.recompute";

/// On a reduction into `[.., buckets]` whose body adds numbers to the buckets they name, each
/// by `sum + select(bucket == index, number, 0)`.
constexpr llvm::StringLiteral kBucketsAttr = "tally.buckets";

/// On a sum of products of bytes: input `[.., 4 c + j]` without a sign, weights
/// `[KH, KW, C / 4, F, 4]` with one, start last; iterators n, oh, ow, f, kh, kw, c, j.
constexpr llvm::StringLiteral kByteDotAttr = "tally.byte_dot";

/// On a generic that unpacks 4-bit codes: the sixteen bytes that they stand for.
constexpr llvm::StringLiteral kUnpackAttr = "tally.unpack";

/// The value whose elements, in the same row-major order, `value` shows under
/// another shape.
mlir::Value getStorageBase(mlir::Value value);

/// The dense elements of a constant tensor, or null.
mlir::ElementsAttr getConstantTensor(mlir::Value value);

/// The bases that get a buffer, in program order, without the function's arguments. With
/// `noDivision`, so that no index has to be divided.
llvm::SetVector<mlir::Value> findStoredValues(mlir::func::FuncOp function, bool noDivision);

} // namespace tally

#endif // TALLY_LIB_LOWER_STEPS_STORAGE_H
