//===- Passes.h - tally -> linalg -> loops -> llvm --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LOWER_PASSES_H
#define TALLY_LOWER_PASSES_H

#include "tally/IR/Tally.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include <memory>

namespace tally {

#define GEN_PASS_DECL
#include "tally/Lower/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tally/Lower/Passes.h.inc"

} // namespace tally

#endif // TALLY_LOWER_PASSES_H
