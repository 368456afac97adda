//===- PackedCodes.h - codes out of a stream of bits ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_LINALG_PACKEDCODES_H
#define TALLY_LIB_LOWER_LINALG_PACKEDCODES_H

#include "tally/IR/PowerOfTwo.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tally {

/// In a `linalg.generic` over `shape`: the code of the present element, cut out of the bytes
/// `packed`, as an i32.
mlir::Value buildCode(mlir::OpBuilder &builder, mlir::Location location, mlir::Value packed,
                      mlir::ArrayRef<int64_t> shape, int bits);

/// A tensor `type` of all codes. With `recompute` it gets no buffer: each is cut out where
/// it is read.
mlir::Value buildCodes(mlir::OpBuilder &builder, mlir::Location location, mlir::Value packed,
                       mlir::RankedTensorType type, int bits, bool recompute);

/// A tensor `type` of the levels of all codes.
mlir::Value buildLevels(mlir::OpBuilder &builder, mlir::Location location, mlir::Value packed,
                        mlir::RankedTensorType type, const PowerOfTwoLevels &levels);

} // namespace tally

#endif // TALLY_LIB_LOWER_LINALG_PACKEDCODES_H
