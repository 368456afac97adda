//===- WordsToEmitC.h - words of bytes and what works on them ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Emit.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_EMIT_WORDSTOEMITC_H
#define TALLY_LIB_EMIT_WORDSTOEMITC_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace tally {

/// Four bytes of a buffer, loaded as a vector and read as one word, and the instructions of
/// processors on such words become calls of small functions in C.
void populateWordPatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns);

/// The functions that `module` calls by those patterns, at `builder`.
void addWordFunctions(mlir::ModuleOp module, mlir::OpBuilder &builder);

} // namespace tally

#endif // TALLY_LIB_EMIT_WORDSTOEMITC_H
