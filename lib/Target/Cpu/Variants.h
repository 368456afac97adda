//===- Variants.h - code for several processors in one object ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_TARGET_CPU_VARIANTS_H
#define TALLY_LIB_TARGET_CPU_VARIANTS_H

#include "tally/Target/Cpu/CpuTarget.h"

#include <vector>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace tally {

/// The processors that `compile --multiversion` has code for, from the oldest on, each of which
/// can do all that those before it can; an error where `triple` is not x86_64.
llvm::Expected<std::vector<CpuTarget>> getVariants(const std::string &triple);

/// Where the last of `variants` has the same code as the one before it, it is of no use.
void dropLastIfEqual(std::vector<std::unique_ptr<llvm::Module>> &variants);

/// One module of `variants`, those for the first of `targets`, in their order. Each of the
/// functions `names`, which all of them have, calls that of the best variant for the processor that
/// it runs on; what they call and their constants are internal. Finds the processor once, with the
/// instruction `cpuid`, and needs no library. `USE(i)`, `USE` being `use`, chooses variant `i`,
/// counted from 1, or the best with 0, and returns the one in use, which is the best where the
/// processor cannot run it.
llvm::Expected<std::unique_ptr<llvm::Module>>
joinVariants(llvm::LLVMContext &context, std::vector<std::unique_ptr<llvm::Module>> variants,
             const std::vector<CpuTarget> &targets, const std::vector<std::string> &names,
             const std::string &use);

} // namespace tally

#endif // TALLY_LIB_TARGET_CPU_VARIANTS_H
