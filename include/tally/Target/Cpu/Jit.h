//===- Jit.h - a network compiled in this process ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_CPU_JIT_H
#define TALLY_TARGET_CPU_JIT_H

#include "tally/Data/Tensor.h"
#include "tally/Target/Cpu/CpuTarget.h"

#include "mlir/IR/BuiltinOps.h"
#include <memory>
#include <string>

namespace mlir {
class ExecutionEngine;
} // namespace mlir

namespace tally {

class Team;

/// Who runs the shares of a step: a team, or a function as the entry of `tally-parallel-entry`
/// takes one.
struct Sharing {
  using Run = void(void *task, int32_t share, int32_t shares);
  using Parallel = void(void *context, int32_t most, Run *run, void *task);

  Sharing() = default; ///< nobody: one thread
  Sharing(Team *team); ///< null for nobody
  Sharing(Parallel *parallel, void *context) : parallel(parallel), context(context) {}

  Parallel *parallel = nullptr;
  void *context = nullptr;
};

/// A compiled network. Calls are safe from several threads at once, each call
/// has its own workspace.
class JitNetwork {
public:
  ~JitNetwork();
  JitNetwork(JitNetwork &&) noexcept;

  /// Compiles a lowered module (LLVM dialect, see `buildCpuPipeline`) whose
  /// entry is `function`. `workspaceBytes`, `outputs`: as its signature says.
  /// `parallel`: the entry for several threads, if there is one.
  static mlir::FailureOr<JitNetwork> create(mlir::ModuleOp lowered, mlir::StringRef function,
                                            int64_t workspaceBytes, std::vector<Tensor> outputs,
                                            const CpuTarget &target, mlir::StringRef parallel = "");

  /// With `sharing`, threads work at one call together; the results are the same in every bit.
  /// Only for a network that was compiled for it (`isParallel`). A team is one call's at a time.
  std::vector<Tensor> run(mlir::ArrayRef<Tensor> inputs, Sharing sharing = {}) const;
  bool isParallel() const { return parallelEntry; }

  /// The same without any allocation: `arguments` are the entry's, that is inputs,
  /// results, and a workspace of `workspaceSize()` bytes aligned to 64.
  void call(mlir::ArrayRef<void *> arguments, Sharing sharing = {}) const;
  int64_t workspaceSize() const { return workspaceBytes; }

private:
  JitNetwork();
  std::unique_ptr<mlir::ExecutionEngine> engine;
  /// Takes the address of each argument.
  void (*entry)(void **) = nullptr;
  void (*parallelEntry)(void **) = nullptr;
  int64_t workspaceBytes = 0;
  /// Types and shapes of the results.
  std::vector<Tensor> outputs;
};

} // namespace tally

#endif // TALLY_TARGET_CPU_JIT_H
