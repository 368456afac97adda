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

#include <array>

namespace tally::onnx {

struct ConvOperands {
  Operand input;
  LiteralRef weight;
  /// May be null.
  LiteralRef bias;
};

/// The convolution that the node's attributes describe, in memory order.
mlir::FailureOr<mlir::Value> createConvolution(NodeScope &scope, const ConvOperands &operands);

mlir::Value squareRoot(NodeScope &scope, mlir::Value value);

/// `value` [N, H, W, C * BH * BW] as [N, H * BH, W * BW, C], where the last dimension counts
/// through channels before places in the block, or behind them.
mlir::Value depthToSpace(NodeScope &scope, mlir::Value value, std::array<int64_t, 2> block,
                         bool channelsFirst);

/// The product of stacks of matrices, in ONNX's order.
mlir::FailureOr<mlir::Value> createMatMul(NodeScope &scope, const Operand &a, const Operand &b);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXLAYERS_H
