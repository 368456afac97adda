//===- CTarget.h - the core that emitted C is for ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_C_CTARGET_H
#define TALLY_TARGET_C_CTARGET_H

#include "tally/Target/Cpu/CpuTarget.h"

#include <optional>

namespace tally {

/// What chooses between ways to compute, none of which needs a core of that kind: the C compiles
/// everywhere, to the same integers.
struct CTarget {
  Core core = Core::Multiplier;
  std::optional<CpuTarget> processor; ///< none for any

  /// An ARM processor by LLVM's name ("cortex-m4"), or a RISC-V instruction set ("rv32imc").
  static llvm::Expected<CTarget> named(llvm::StringRef name);

  TargetAttr describe(mlir::MLIRContext *context, MulFree level) const;
};

} // namespace tally

#endif // TALLY_TARGET_C_CTARGET_H
