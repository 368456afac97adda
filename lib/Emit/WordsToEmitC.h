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

/// What an instruction does to bytes 1 and 3 of a word becomes one of its own, as in C.
void populateWordPreparation(mlir::RewritePatternSet &patterns);

/// Four bytes of a buffer, loaded as a vector and read as one word, and the instructions of
/// processors on such words become calls of small functions in C.
void populateWordPatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns);

/// Whether one of them has this name.
bool isWordFunction(llvm::StringRef name);

/// The functions that `module` calls by those patterns, at `builder`.
void addWordFunctions(mlir::ModuleOp module, mlir::OpBuilder &builder);

} // namespace tally

#endif // TALLY_LIB_EMIT_WORDSTOEMITC_H
