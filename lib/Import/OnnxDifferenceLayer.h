//===- OnnxDifferenceLayer.h - differences as a layer -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Between what finds an adder layer in pieces (OnnxDifferences.cpp) and what builds it.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IMPORT_ONNXDIFFERENCELAYER_H
#define TALLY_LIB_IMPORT_ONNXDIFFERENCELAYER_H

#include "OnnxImporter.h"

namespace tally::onnx {

/// `x + sign * w + offset`, or its negative.
struct Differences {
  mlir::Value activations;
  /// A constant, or computed too.
  mlir::Value weights;
  float sign = -1, offset = 0;
};

/// The dimensions of differences, without those of size 1.
struct Dimensions {
  /// Of positions, of filters, of both (groups of channels), and the terms that are summed. In
  /// order.
  Sizes positions, filters, groups, terms;
  /// Dimensions that are summed and along which the activations, or the weights, are repeated.
  Sizes repeatedActivations, repeatedWeights;
  /// Those that are kept, in ONNX's order of what is reduced.
  Sizes kept;
};

/// The sum, or for ReduceMean the mean, of the absolute values of `differences` over the terms, as
/// a layer. Its elements are in the order of `kept`, with dimensions of size 1 where they happen to
/// be. Null where there are groups that are none of channels of an image.
mlir::Value createLayer(NodeScope &scope, const Differences &differences, const Dimensions &dims);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXDIFFERENCELAYER_H
