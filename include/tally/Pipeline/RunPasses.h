//===- RunPasses.h - how passes are run -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_PIPELINE_RUNPASSES_H
#define TALLY_PIPELINE_RUNPASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include <string>
#include <vector>

namespace tally {

/// The one place where Tally runs a pass manager. Obeys MLIR's command-line options of pass
/// managers (`--mlir-print-ir-after-all`, `--mlir-timing` and the like) in programs that
/// registered them.
mlir::LogicalResult runPasses(mlir::PassManager &manager, mlir::ModuleOp module);

/// The same up to the first pass with the flag `last`, which `manager` has; leaves it empty.
mlir::LogicalResult runPassesUntil(mlir::PassManager &manager, mlir::ModuleOp module,
                                   llvm::StringRef last);

/// The flags of the passes that ran in this process, in the order of their first runs.
std::vector<std::string> getPassesRun();

/// The flags of the passes of `manager` in their order, each once.
std::vector<std::string> listPasses(const mlir::OpPassManager &manager);

/// Those of all pipelines of this room: what may run on the way from a network to code.
std::vector<std::string> listPasses();

} // namespace tally

#endif // TALLY_PIPELINE_RUNPASSES_H
