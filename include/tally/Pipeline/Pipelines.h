//===- Pipelines.h - the whole flow, one function a stretch ------*- C++ -*-===//

#ifndef TALLY_PIPELINE_PIPELINES_H
#define TALLY_PIPELINE_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace tally {

struct CpuOptions : mlir::PassPipelineOptions<CpuOptions> {
  Option<int64_t> lanes{*this, "lanes",
                        llvm::cl::desc("most elements a vector may have"),
                        llvm::cl::init(16)};
};

/// Any stage but `quantized` -> linalg on tensors of plain types.
void buildToLinalgPipeline(mlir::OpPassManager &manager);

/// linalg on tensors -> loops over planned buffers in a workspace -> LLVM dialect.
/// The entry becomes `void main(inputs..., outputs..., workspace)` over bare
/// pointers.
void buildCpuPipeline(mlir::OpPassManager &manager, const CpuOptions &options);

/// Registers `tally-lower-to-linalg` and `tally-lower-to-cpu`.
void registerPipelines();

} // namespace tally

#endif // TALLY_PIPELINE_PIPELINES_H
