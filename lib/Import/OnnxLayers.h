//===- OnnxLayers.h - layers, float or dequantized --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What Conv and MatMul share with their forms on integers. Failures have been
// reported.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IMPORT_ONNXLAYERS_H
#define TALLY_LIB_IMPORT_ONNXLAYERS_H

#include "OnnxImporter.h"

namespace tally::onnx {

struct ConvOperands {
  Operand input;
  LiteralRef weight;
  /// May be null.
  LiteralRef bias;
};

/// The convolution that the node's attributes describe, in memory order.
mlir::FailureOr<mlir::Value> createConvolution(NodeScope &scope, const ConvOperands &operands);

/// The product of stacks of matrices, in ONNX's order.
mlir::FailureOr<mlir::Value> createMatMul(NodeScope &scope, const Operand &a, const Operand &b);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXLAYERS_H
