//===- OnnxTarget.h - result shapes of data movement ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What Reshape, Slice and their kin do to a shape; building operations and
// folding constants share it. Failures have been reported.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IMPORT_ONNXTARGET_H
#define TALLY_LIB_IMPORT_ONNXTARGET_H

#include "OnnxImporter.h"

namespace tally::onnx {

/// TOSA has no tensors without elements.
mlir::LogicalResult requireElements(NodeScope &scope, llvm::ArrayRef<int64_t> shape);

/// As `requireElements`, where the elements along each dimension are to be listed.
mlir::LogicalResult requireIndices(NodeScope &scope, llvm::ArrayRef<int64_t> shape);

/// The result's shape of Reshape, Flatten, Squeeze and Unsqueeze.
mlir::FailureOr<Sizes> getReshapeTarget(NodeScope &scope);

/// The attribute 'perm' of Transpose, or the reversed order.
mlir::FailureOr<Sizes> getTransposeOrder(NodeScope &scope);

/// The attribute 'axis' of Concat, and the shape of the result.
struct ConcatTarget {
  int64_t axis;
  Sizes shape;
};
mlir::FailureOr<ConcatTarget> getConcatTarget(NodeScope &scope);

/// What Slice selects: `size[d]` elements from `start[d]` on, `step[d]` apart.
struct SliceTarget {
  Sizes start, size, step;
};
mlir::FailureOr<SliceTarget> getSliceTarget(NodeScope &scope);

/// The sizes of Split's parts along its axis of `size` elements.
mlir::FailureOr<Sizes> getSplitSizes(NodeScope &scope, int64_t size);

/// Which dimensions of its input a reduction joins.
mlir::FailureOr<llvm::SmallVector<bool>> readReducedAxes(NodeScope &scope);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXTARGET_H
