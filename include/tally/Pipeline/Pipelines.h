//===- Pipelines.h - the whole flow, one function a stretch -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_PIPELINE_PIPELINES_H
#define TALLY_PIPELINE_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace tally {

struct LinalgOptions : mlir::PassPipelineOptions<LinalgOptions> {
  Option<bool> keepAttributes{
      *this, "keep-attributes",
      llvm::cl::desc("keep tally's attributes, for tally's passes behind the pipeline"),
      llvm::cl::init(false)};
};

struct CpuOptions : mlir::PassPipelineOptions<CpuOptions> {
  Option<int64_t> lanes{
      *this, "lanes",
      llvm::cl::desc("most elements a vector may have (0: as many as the target has lanes)"),
      llvm::cl::init(0)};
  Option<bool> parallel{
      *this, "parallel",
      llvm::cl::desc("a second entry, whose caller runs shares of steps on threads of its own"),
      llvm::cl::init(false)};
  Option<int64_t> leastShare{*this, "least-share",
                             llvm::cl::desc("operations that a share is to have"),
                             llvm::cl::init(4096)};
};

struct QuantizeOptions : mlir::PassPipelineOptions<QuantizeOptions> {
  Option<std::string> recipe{*this, "recipe",
                             llvm::cl::desc("a built-in name such as adder-w4a4, or a file")};
  Option<std::string> data{*this, "data", llvm::cl::desc("images to measure layers on")};
  ListOption<float> mean{*this, "mean", llvm::cl::desc("subtracted from images")};
  ListOption<float> std{*this, "std", llvm::cl::desc("divides images")};
  Option<int64_t> images{*this, "images", llvm::cl::desc("at most this many images"),
                         llvm::cl::init(500)};
  Option<bool> powers{*this, "powers",
                      llvm::cl::desc("no filter with equal steps: sums of powers of two instead"),
                      llvm::cl::init(false)};
  Option<unsigned> digits{*this, "digits",
                          llvm::cl::desc("most signed digits of a multiplier (0: any)"),
                          llvm::cl::init(0)};
  Option<bool> reestimate{*this, "reestimate",
                          llvm::cl::desc("statistics of batch normalisation from the quantized "
                                         "network, whatever the recipe says"),
                          llvm::cl::init(false)};
};

/// Float TOSA module of another tool -> what an importer of ours would have written. Changes
/// nothing in what one has written.
void buildAdoptPipeline(mlir::OpPassManager &manager);

/// Float network -> the words that quantization and training work on: linear layers as
/// convolutions, reductions as pools, constants of channels as affine maps.
void buildRaisePipeline(mlir::OpPassManager &manager);

/// Float network, imported or of another tool -> stage `calibrated`.
void buildCalibratePipeline(mlir::OpPassManager &manager, const QuantizeOptions &options);

/// Stage `calibrated` -> stage `integer`. Reads images only where the
/// recipe measures outputs.
void buildQuantizePipeline(mlir::OpPassManager &manager, const QuantizeOptions &options);

/// Stage `calibrated` -> a float network whose quantizers are learned, for training. Types and
/// first scales are those of the pipeline before.
void buildLearnPipeline(mlir::OpPassManager &manager, const QuantizeOptions &options);

/// A float network with learned quantizers, or with fixed ones everywhere -> stage `integer`.
void buildFreezePipeline(mlir::OpPassManager &manager);

/// Any stage but `quantized` -> linalg on tensors of plain types. `outline` as in
/// `tally-to-linalg`. This and what follows lowers for the module's `tally.target`, and refuses
/// operations that multiply at its level. Without `kernels`, everything is in upstream's words.
void buildToLinalgPipeline(mlir::OpPassManager &manager, bool outline = false, bool kernels = true);

/// linalg on tensors -> loops over planned buffers in a workspace -> LLVM dialect.
/// The entry becomes `void main(inputs..., outputs..., workspace)` over bare
/// pointers. With `parallel` there is a second one, see `tally-parallel-entry`.
void buildCpuPipeline(mlir::OpPassManager &manager, const CpuOptions &options);

/// Loops over buffers and vectors -> LLVM dialect, functions over bare pointers: the end of the one
/// before.
void buildLoopsToLlvmPipeline(mlir::OpPassManager &manager);

/// Integer network -> loop nests over planned buffers, for small and readable code.
void buildToStepsPipeline(mlir::OpPassManager &manager);

/// Planned loop nests -> a C translation unit in EmitC, all its names starting with `name`.
void buildToEmitCPipeline(mlir::OpPassManager &manager, llvm::StringRef name);

/// Registers `tally-adopt-network`, `tally-calibrate-network`, `tally-quantize-network`,
/// `tally-learn-network`,
/// `tally-lower-to-linalg` and `tally-lower-to-cpu`; the last two leave nothing of the tally
/// dialect.
void registerPipelines();

} // namespace tally

#endif // TALLY_PIPELINE_PIPELINES_H
