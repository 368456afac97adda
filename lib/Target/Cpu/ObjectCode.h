//===- ObjectCode.h - machine code and its stack ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_TARGET_CPU_OBJECTCODE_H
#define TALLY_LIB_TARGET_CPU_OBJECTCODE_H

#include "tally/IR/MulFree.h"
#include "tally/Target/Cpu/CpuTarget.h"
#include "tally/Target/Cpu/ObjectMemory.h"

namespace llvm {
class Module;
} // namespace llvm

namespace tally {

struct ObjectCode {
  std::string object;             ///< the bytes of the file
  std::vector<StackFrame> frames; ///< of its functions
};

/// Optimizes `code`, and generates position-independent machine code for it.
llvm::Expected<ObjectCode> generateObject(llvm::Module &code, const CpuTarget &target,
                                          MulFree level);

/// The sizes of the sections of `object`, which `code` was made into; nothing of the network.
llvm::Expected<ObjectMemory> measureSections(llvm::StringRef object, const llvm::Module &code);

} // namespace tally

#endif // TALLY_LIB_TARGET_CPU_OBJECTCODE_H
