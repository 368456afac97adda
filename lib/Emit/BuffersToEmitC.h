//===- BuffersToEmitC.h - buffers and constants as C ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Emit.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_EMIT_BUFFERSTOEMITC_H
#define TALLY_LIB_EMIT_BUFFERSTOEMITC_H

#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/Transforms/DialectConversion.h"

namespace tally {

/// The element `index` of `buffer`, which was `original` before its conversion.
mlir::Value getElement(mlir::OpBuilder &b, mlir::Location loc, mlir::Value original,
                       mlir::Value buffer, mlir::Value index);

/// Buffers of one dimension become pointers, constants static arrays.
void populateBufferPatterns(const mlir::TypeConverter &converter,
                            mlir::RewritePatternSet &patterns);

} // namespace tally

#endif // TALLY_LIB_EMIT_BUFFERSTOEMITC_H
