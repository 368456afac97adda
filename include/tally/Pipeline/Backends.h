//===- Backends.h - one network on every backend ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The front door to running a network: the reference, or code compiled in this
// process, behind one call.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_PIPELINE_BACKENDS_H
#define TALLY_PIPELINE_BACKENDS_H

#include "tally/Pipeline/MulFree.h"
#include "tally/Run/Jit.h"
#include "tally/Run/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tally {

/// The function that a module stands for: `main`, or the only public one. Emits an error
/// where there is none.
mlir::FailureOr<mlir::func::FuncOp> getEntry(mlir::ModuleOp module);

/// A network in the LLVM dialect, see `buildCpuPipeline`.
struct LoweredNetwork {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string entry;
  int64_t workspaceBytes = 0;
  /// Types and shapes of the results.
  std::vector<Tensor> outputs;
};

/// Lowers `module` (float or `integer` stage; it is not changed) to code for `target`.
mlir::FailureOr<LoweredNetwork> lowerForCpu(mlir::ModuleOp module, const CpuTarget &target,
                                            MulFree level = MulFree::No);

/// Compiles `module` (float or `integer` stage; it is not changed) for this machine.
mlir::FailureOr<JitNetwork> compileInProcess(mlir::ModuleOp module,
                                             const CpuTarget &target = CpuTarget::host(),
                                             MulFree level = MulFree::No);

} // namespace tally

#endif // TALLY_PIPELINE_BACKENDS_H
