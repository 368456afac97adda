//===- Runner.h - a network on a backend ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_MEASURE_RUNNER_H
#define TALLY_LIB_MEASURE_RUNNER_H

#include "tally/Measure/Evaluate.h"
#include "tally/Support/Team.h"
#include "tally/Target/C/CBackend.h"
#include "tally/Target/Cpu/CpuBackend.h"
#include "tally/Target/Verilog/RtlBackend.h"

namespace tally {

/// A network on one backend.
class Runner {
public:
  /// For `images` of them, or more.
  static mlir::FailureOr<Runner> create(mlir::ModuleOp module, const EvaluateOptions &options,
                                        int64_t images);
  /// Of a network whose codes alone matter: `boundary` has its inputs, but may have other results.
  /// `verilator` is for simulations; null finds one.
  static mlir::FailureOr<Runner> create(mlir::ModuleOp module, const Boundary &boundary,
                                        const EvaluateOptions &options, int64_t images,
                                        std::shared_ptr<Verilator> verilator = nullptr);

  /// What was compiled runs one batch a thread (or the only one on all), the reference threads
  /// inside a batch.
  bool isCompiled() const { return compiled || emitted || simulated; }
  const Boundary &getBoundary() const { return boundary; }

  /// Real results for any number of images, F32.
  mlir::FailureOr<std::vector<Tensor>> run(mlir::ArrayRef<Tensor> images, int worker) const;

  /// Results as they are, of whole batches; of what was compiled, of one.
  mlir::FailureOr<std::vector<Tensor>> runCodes(mlir::ArrayRef<Tensor> inputs, int worker) const;

  /// Of a simulation, the cycles of the slowest image so far.
  std::optional<int64_t> getCycles() const {
    return simulated ? std::optional(simulated->getCycles()) : std::nullopt;
  }

private:
  mlir::LogicalResult prepare(mlir::ModuleOp module, const EvaluateOptions &options, int64_t images,
                              std::shared_ptr<Verilator> verilator);
  /// Of what fills the last batch, results are left out.
  mlir::FailureOr<std::vector<Tensor>> runOnce(mlir::ArrayRef<Tensor> images, int worker) const;

  mlir::func::FuncOp entry;
  Boundary boundary;
  int threads = 0;
  std::shared_ptr<JitNetwork> compiled;
  std::shared_ptr<Team> team; ///< inside a batch
  std::shared_ptr<CNetwork> emitted;
  std::shared_ptr<RtlNetwork> simulated;
};

} // namespace tally

#endif // TALLY_LIB_MEASURE_RUNNER_H
