//===- CpuBackend.h - a network compiled for a CPU ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_CPU_CPUBACKEND_H
#define TALLY_TARGET_CPU_CPUBACKEND_H

#include "tally/Data/Tensor.h"
#include "tally/IR/MulFree.h"
#include "tally/Target/Cpu/Jit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tally {

/// A network in the LLVM dialect, see `buildCpuPipeline`.
struct LoweredNetwork {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string entry, parallelEntry; ///< the second one is empty where there is none
  int64_t workspaceBytes = 0;
  /// Types and shapes of the results.
  std::vector<Tensor> outputs;
};

/// Lowers `module` (float or `integer` stage; it is not changed) to code for `target`. With
/// `parallel` it has an entry for several threads, too (`tally-parallel-entry`); an emitted error
/// at `MulFree::Strict`.
mlir::FailureOr<LoweredNetwork> lowerForCpu(mlir::ModuleOp module, const CpuTarget &target,
                                            MulFree level = MulFree::No, bool parallel = false);

/// Compiles `module` (float or `integer` stage; it is not changed) for this machine; with
/// `parallel` for calls with a `Team`, too.
mlir::FailureOr<JitNetwork> compileInProcess(mlir::ModuleOp module,
                                             const CpuTarget &target = CpuTarget::host(),
                                             MulFree level = MulFree::No, bool parallel = false);

} // namespace tally

#endif // TALLY_TARGET_CPU_CPUBACKEND_H
