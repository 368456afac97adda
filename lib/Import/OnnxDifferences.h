//===- OnnxDifferences.h - adder layers in pieces ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An adder layer as exporters write it: windows of the input, minus weights, absolute values, sum.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IMPORT_ONNXDIFFERENCES_H
#define TALLY_LIB_IMPORT_ONNXDIFFERENCES_H

#include "OnnxImporter.h"

namespace tally::onnx {

/// The node's reduction of `value` over the dimensions `reduced` (both in memory order) as an adder
/// layer: its elements in ONNX's order, and dimensions of size 1 where they happen to be. Null
/// where it is none; a note where it almost is, and an error where the import's options name what
/// cannot be one.
mlir::FailureOr<mlir::Value> createSumOfDifferences(NodeScope &scope, mlir::Value value,
                                                    llvm::ArrayRef<bool> reduced);

/// `-value`, where that is computed already: `value` is the negative of something else, moved.
/// Otherwise null.
mlir::Value findNegative(NodeScope &scope, mlir::Value value);

/// Whether `value` is what `createSumOfDifferences` made, moved.
bool isSumOfDifferences(mlir::Value value);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXDIFFERENCES_H
