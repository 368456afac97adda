//===- Target.h - what code is for ----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_TARGET_H
#define TALLY_IR_TARGET_H

#include "tally/IR/Tally.h"

#include "mlir/IR/BuiltinOps.h"

namespace tally {

/// The attribute of that name, whether or not the context has loaded the dialect.
TargetAttr makeTarget(mlir::MLIRContext *context, MulFree level = MulFree::No,
                      Core core = Core::Multiplier, llvm::StringRef arch = "",
                      llvm::StringRef cpu = "", llvm::StringRef features = "");

/// What `module` is to be lowered for: its `tally.target`, or one that says nothing.
TargetAttr getTarget(mlir::ModuleOp module);

/// Writes `tally.target`, or takes it away where `target` says nothing.
void setTarget(mlir::ModuleOp module, TargetAttr target);

} // namespace tally

#endif // TALLY_IR_TARGET_H
