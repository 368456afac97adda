//===- Optimize.h - LLVM's optimizations of a network's code ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_TARGET_CPU_OPTIMIZE_H
#define TALLY_LIB_TARGET_CPU_OPTIMIZE_H

#include "tally/IR/Target.h"

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace tally {

/// LLVM's usual optimizations without those that change values, and without those that multiply
/// where `level` says that the code must not.
void optimize(llvm::Module &module, llvm::TargetMachine &machine, MulFree level);

} // namespace tally

#endif // TALLY_LIB_TARGET_CPU_OPTIMIZE_H
