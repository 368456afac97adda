//===- GradientLayouts.h - filters and groups of gradients ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_LINALG_GRADIENTLAYOUTS_H
#define TALLY_LIB_LOWER_LINALG_GRADIENTLAYOUTS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tally {

/// How the filters of a layer fall into groups.
struct Groups {
  int64_t group, filters, channels; ///< of one group: F / group, C / group

  Groups(int64_t group, mlir::RankedTensorType filter)
      : group(group), filters(filter.getDimSize(0) / group), channels(filter.getDimSize(3)) {}
  /// One filter with one channel each: no dimension for either.
  bool isDepthwise() const { return group > 1 && filters == 1 && channels == 1; }
  bool isGrouped() const { return group > 1 && !isDepthwise(); }
};

using PlaceFinder = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::OpBuilder &, mlir::Location, mlir::ArrayRef<mlir::Value>)>;

/// An elementwise generic of `shape` that reads `input` at `places` of its own indices.
mlir::Value rearrange(mlir::OpBuilder &builder, mlir::Location location, mlir::Value input,
                      mlir::ArrayRef<int64_t> shape, PlaceFinder places);

} // namespace tally

#endif // TALLY_LIB_LOWER_LINALG_GRADIENTLAYOUTS_H
