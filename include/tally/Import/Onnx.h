//===- Onnx.h - ONNX files into the stage `imported` ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads an ONNX model (opset 9 to 23) and writes it as float TOSA and tally
// operations with static shapes.
//
// The module holds one function `@main`. Its arguments and results carry the
// names of the graph's inputs and outputs as `tally.name`. Values of rank 4 are
// NHWC everywhere, the function's arguments and results included: the ONNX
// input [1, 3, 32, 32] becomes tensor<1x32x32x3xf32>. Values of any other
// rank keep the order of their dimensions. All float types become f32.
//
// Each initializer that a layer uses becomes an ml_program.global of its name,
// in the layout of that layer (filters FHWC). Where two nodes use one
// initializer, each gets a copy and the later ones have numbered names.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IMPORT_ONNX_H
#define TALLY_IMPORT_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <string>

namespace tally {

struct OnnxImportOptions {
  /// Conv, Gemm and MatMul nodes, and sums of differences, that are adder layers: an
  /// extended regular expression that matches the whole node name or the whole name of
  /// the weight's initializer. Empty for none; an expression that matches no layer is an
  /// error. Nodes `ai.tally::AdderConv` and `adder_f` (of any domain), and sums of absolute
  /// differences, are adder layers in any case.
  std::string adderLayers;
  /// The size that stands for a leading dimension without a number.
  int64_t batch = 1;
  /// Leaves out a Softmax or LogSoftmax that ends the network, so that it returns logits.
  bool logits = false;
  /// Files that are going to be written: a model that has weights in one of them is refused.
  std::vector<std::string> outputs;
};

/// Imports the model at `path`, or from standard input where `path` is "-". Loads
/// the dialects it needs into `context`. Reports every node that cannot be
/// imported, not only the first, through the context's diagnostics, and then
/// returns null.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(llvm::StringRef path, mlir::MLIRContext &context,
                                             const OnnxImportOptions &options = {});

} // namespace tally

#endif // TALLY_IMPORT_ONNX_H
