//===- FormatVersion.h - what version a file is written in ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_FORMATVERSION_H
#define TALLY_IR_FORMATVERSION_H

#include "mlir/IR/BuiltinOps.h"

namespace tally {

/// Writes into `module` that it is in the format of this build.
void setFormat(mlir::ModuleOp module);

} // namespace tally

#endif // TALLY_IR_FORMATVERSION_H
