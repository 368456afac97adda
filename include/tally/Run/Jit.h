//===- Jit.h - a network compiled in this process ----------------*- C++ -*-===//

#ifndef TALLY_RUN_JIT_H
#define TALLY_RUN_JIT_H

#include "tally/Run/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include <memory>
#include <string>

namespace mlir {
class ExecutionEngine;
} // namespace mlir

namespace tally {

/// What a machine can do, as LLVM names it.
struct CpuTarget {
  std::string triple, cpu, features;

  /// The machine this process runs on.
  static CpuTarget host();

  /// Elements of 32 bits that four of its vector registers hold: enough
  /// independent sums to hide latency without spilling.
  int64_t lanes() const;
};

/// A compiled network. Calls are safe from several threads at once, each call
/// has its own workspace.
class JitNetwork {
public:
  ~JitNetwork();
  JitNetwork(JitNetwork &&);

  /// Compiles a lowered module (LLVM dialect, see `buildCpuPipeline`) whose
  /// entry is `function`. `workspaceBytes`, `outputs`: as its signature says.
  static mlir::FailureOr<JitNetwork> create(mlir::ModuleOp lowered, mlir::StringRef function,
                                            int64_t workspaceBytes,
                                            std::vector<Tensor> outputs,
                                            const CpuTarget &target);

  std::vector<Tensor> run(mlir::ArrayRef<Tensor> inputs) const;

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

#endif // TALLY_RUN_JIT_H
