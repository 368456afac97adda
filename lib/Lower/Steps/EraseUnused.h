//===- EraseUnused.h - what a step computes for nothing ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_LOWER_STEPS_ERASEUNUSED_H
#define TALLY_LIB_LOWER_STEPS_ERASEUNUSED_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tally {

/// Erases what nothing uses, as before a clamp to one number: compilers warn of it in C.
void eraseUnusedFromStep(mlir::func::FuncOp step);

} // namespace tally

#endif // TALLY_LIB_LOWER_STEPS_ERASEUNUSED_H
