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

/// A compiled network. Calls are safe from several threads at once, each call
/// has its own workspace.
class JitNetwork {
public:
  ~JitNetwork();
  JitNetwork(JitNetwork &&) noexcept;

  /// Compiles a lowered module (LLVM dialect, see `buildCpuPipeline`) whose
  /// entry is `function`. `workspaceBytes`, `outputs`: as its signature says.
  static mlir::FailureOr<JitNetwork> create(mlir::ModuleOp lowered, mlir::StringRef function,
                                            int64_t workspaceBytes, std::vector<Tensor> outputs,
                                            const CpuTarget &target);

  std::vector<Tensor> run(mlir::ArrayRef<Tensor> inputs) const;

  /// The same without any allocation: `arguments` are the entry's, that is inputs,
  /// results, and a workspace of `workspaceSize()` bytes aligned to 64.
  void call(mlir::ArrayRef<void *> arguments) const;
  int64_t workspaceSize() const { return workspaceBytes; }

private:
  JitNetwork();
  std::unique_ptr<mlir::ExecutionEngine> engine;
  /// Takes the address of each argument.
  void (*entry)(void **) = nullptr;
  int64_t workspaceBytes = 0;
  /// Types and shapes of the results.
  std::vector<Tensor> outputs;
};

} // namespace tally

#endif // TALLY_TARGET_CPU_JIT_H
