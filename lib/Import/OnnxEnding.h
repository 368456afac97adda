//===- OnnxEnding.h - the Softmax that ends a network -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_IMPORT_ONNXENDING_H
#define TALLY_LIB_IMPORT_ONNXENDING_H

#include "OnnxModel.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace tally::onnx {

/// What makes probabilities of a network's results and keeps the order of its classes: Softmax,
/// LogSoftmax and Sigmoid, with nothing but movement and rounding between them and an output.
struct Ending {
  llvm::SetVector<const Node *> probabilities;
  /// Rounds probabilities, or takes their logarithm, and means nothing without them.
  llvm::DenseSet<const Node *> behind;
  /// A node of that kind that does not end the network, and one that computes with its result.
  const Node *inside = nullptr, *reader = nullptr;
};

Ending findEnding(const Model &model);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXENDING_H
