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

  /// Fails for a triple that no object files are written for: x86_64, ARM,
  /// AArch64 and RISC-V, little-endian, with ELF, are those that there are.
  static llvm::Error checkTriple(llvm::StringRef triple);

  /// A processor by LLVM's name, of a triple that `checkTriple` has passed;
  /// without one, of the host's architecture. "native" is `host()`; without a
  /// name `portable` chooses. An unknown name is an error that lists the
  /// known ones.
  static llvm::Expected<CpuTarget> named(llvm::StringRef cpu, llvm::StringRef triple = "");

  /// The name of a processor whose code runs on nearly every machine of an
  /// architecture, without a triple the host's: "x86-64-v2" (all since about
  /// 2009) or "generic".
  static llvm::StringRef portable(llvm::StringRef triple = "");

  /// Fails where code for it may ask for more than the machine of this process has; names what.
  llvm::Error checkRunsHere() const;

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
