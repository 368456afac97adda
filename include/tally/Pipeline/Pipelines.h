//===- Pipelines.h - the whole flow, one function a stretch -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_PIPELINE_PIPELINES_H
#define TALLY_PIPELINE_PIPELINES_H

#include "tally/IR/MulFree.h"
#include "tally/Lower/Kernels/ByteDot.h"
#include "tally/Lower/Linalg/PowerArithmetic.h"

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
  Option<int64_t> lanes{*this, "lanes", llvm::cl::desc("most elements a vector may have"),
                        llvm::cl::init(16)};
  Option<bool> laneShifts{
      *this, "lane-shifts",
      llvm::cl::desc("vectors of 32-bit lanes may be shifted by different amounts"),
      llvm::cl::init(true)};
  Option<ByteDot> byteDot{*this, "byte-dot",
                          llvm::cl::desc("the machine's instruction for sums of products of bytes"),
                          llvm::cl::init(ByteDot::None),
                          llvm::cl::values(clEnumValN(ByteDot::None, "none", "none"),
                                           clEnumValN(ByteDot::Pairs, "pairs", "pmaddubsw"),
                                           clEnumValN(ByteDot::Quads, "quads", "vpdpbusd"))};
  Option<int64_t> vectorBits{*this, "vector-bits",
                             llvm::cl::desc("bits of a vector register that has it"),
                             llvm::cl::init(128)};
  Option<MulFree> mulFree{
      *this, "mul-free", llvm::cl::desc("how free of multiplications"), llvm::cl::init(MulFree::No),
      llvm::cl::values(clEnumValN(MulFree::No, "no", "multiply where it is fast"),
                       clEnumValN(MulFree::Macs, "macs", "not in sums"),
                       clEnumValN(MulFree::Compute, "compute", "not on data"),
                       clEnumValN(MulFree::Strict, "strict", "not at all"))};
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
};

/// Float TOSA module of another tool -> what an importer of ours would have written. Changes
/// nothing in what one has written.
void buildAdoptPipeline(mlir::OpPassManager &manager);

/// Float network, imported or of another tool -> stage `calibrated`.
void buildCalibratePipeline(mlir::OpPassManager &manager, const QuantizeOptions &options);

/// Stage `calibrated` -> stage `integer`. Reads images only where the
/// recipe measures outputs.
void buildQuantizePipeline(mlir::OpPassManager &manager, const QuantizeOptions &options);

/// Any stage but `quantized` -> linalg on tensors of plain types. `outline` as in
/// `tally-to-linalg`. Refuses operations that multiply at `level`; lowers the others to
/// what is cheapest on `core`.
void buildToLinalgPipeline(mlir::OpPassManager &manager, bool outline = false,
                           MulFree level = MulFree::No, Core core = Core::Multiplier,
                           ByteDot byteDot = ByteDot::None);

/// linalg on tensors -> loops over planned buffers in a workspace -> LLVM dialect.
/// The entry becomes `void main(inputs..., outputs..., workspace)` over bare
/// pointers.
void buildCpuPipeline(mlir::OpPassManager &manager, const CpuOptions &options);

/// Integer network -> loop nests over planned buffers, for small and readable code.
void buildToStepsPipeline(mlir::OpPassManager &manager, MulFree level = MulFree::No,
                          Core core = Core::Multiplier);

/// Planned loop nests -> a C translation unit in EmitC, all its names starting with `name`.
void buildToEmitCPipeline(mlir::OpPassManager &manager, llvm::StringRef name);

/// Registers `tally-adopt-network`, `tally-calibrate-network`, `tally-quantize-network`,
/// `tally-lower-to-linalg` and `tally-lower-to-cpu`; the last two leave nothing of the tally
/// dialect.
void registerPipelines();

} // namespace tally

#endif // TALLY_PIPELINE_PIPELINES_H
