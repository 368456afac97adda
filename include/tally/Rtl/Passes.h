//===- Passes.h - tally -> rtl ----------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_RTL_PASSES_H
#define TALLY_RTL_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include <memory>

namespace tally {

#define GEN_PASS_DECL
#include "tally/Rtl/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tally/Rtl/Passes.h.inc"

} // namespace tally

#endif // TALLY_RTL_PASSES_H
