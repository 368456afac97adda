//===- Library.h - modules that are written by hand -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_LIBRARY_H
#define TALLY_LIB_RTL_LIBRARY_H

#include "mlir/IR/BuiltinOps.h"

namespace tally {

/// Declares every module of hardware/stages at the beginning of `module`.
void declareLibrary(mlir::ModuleOp module);

} // namespace tally

#endif // TALLY_LIB_RTL_LIBRARY_H
