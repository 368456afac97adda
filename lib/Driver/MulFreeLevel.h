//===- MulFreeLevel.h - how free of multiplications a job is ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_MULFREELEVEL_H
#define TALLY_LIB_DRIVER_MULFREELEVEL_H

#include "tally/IR/MulFree.h"
#include "tally/Support/File.h"

#include "mlir/IR/BuiltinOps.h"
#include <optional>

namespace tally {

/// What is wanted, or else the level that `module` was quantized for.
MulFree chooseLevel(mlir::ModuleOp module, std::optional<MulFree> wanted);

/// The same, checked: reports every
/// operation that multiplies at this level; `ErrorKind::Check` if there are any.
Result<MulFree> checkedLevel(mlir::ModuleOp module, std::optional<MulFree> wanted);

/// Writes into `module` what it was quantized for, where that is a level.
void recordLevel(mlir::ModuleOp module, MulFree level);

} // namespace tally

#endif // TALLY_LIB_DRIVER_MULFREELEVEL_H
