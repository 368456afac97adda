//===- CpuTarget.h - the machine that code is for ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_CPU_CPUTARGET_H
#define TALLY_TARGET_CPU_CPUTARGET_H

#include "tally/IR/Tally.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace tally {

/// What a machine can do, as LLVM names it.
struct CpuTarget {
  std::string triple, cpu, features;

  /// The machine this process runs on.
  static CpuTarget host();

  /// A processor of the host's architecture by LLVM's name; "native" is
  /// `host()`. An unknown name is an error that lists the known ones.
  static llvm::Expected<CpuTarget> named(llvm::StringRef cpu);

  /// The name of a processor whose code runs on nearly every machine of the
  /// host's architecture: "x86-64-v2" (all since about 2009) or "generic".
  static llvm::StringRef portable();

  /// Whether the machine has a feature ("avx2"), by itself or through its
  /// processor.
  bool has(llvm::StringRef feature) const;

  /// LLVM's generator of optimized, position-independent (for object files)
  /// code.
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
  createMachine(bool positionIndependent) const;
};

/// What passes are told of it: the features that kernels ask for.
TargetAttr describe(mlir::MLIRContext *context, const CpuTarget &target, MulFree level);

} // namespace tally

#endif // TALLY_TARGET_CPU_CPUTARGET_H
