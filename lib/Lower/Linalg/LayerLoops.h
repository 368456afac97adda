//===- LayerLoops.h - the loops of a layer ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_LINALG_LAYERLOOPS_H
#define TALLY_LIB_LOWER_LINALG_LAYERLOOPS_H

#include "tally/IR/Window.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tally {

/// Dimension `dim`, of size G * C, as two: `[.., G, C, ..]`.
mlir::Value splitDim(mlir::OpBuilder &builder, mlir::Location location, mlir::Value value,
                     int64_t dim, int64_t groups);

/// Dimensions `dim` and `dim + 1` as one.
mlir::Value joinDims(mlir::OpBuilder &builder, mlir::Location location, mlir::Value value,
                     int64_t dim);

/// How a layer runs over its operands.
struct LayerShape {
  Window window;
  int64_t group = 1;
  /// Element types before lowering, which say whether codes have a sign.
  mlir::Type inputElement, filterElement;
  /// The type of sums.
  mlir::Type sum;
  /// Above 0, every output element has this many sums, in a dimension behind the channels;
  /// `linalg.index` of `bucketDim` says which one the body works on.
  int64_t buckets = 0;
  unsigned bucketDim = 0;
};

/// From widened activation, widened weight and sum to the new sum.
using LayerBody = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value,
                                                 mlir::Value, mlir::Value)>;

/// The body over kh, kw and c for every output element. `input` `[N, H, W, C]` is padded,
/// `filter` is `[F, KH, KW, C / group]`, `start` has the output's shape. Fills in
/// `shape.bucketDim`.
mlir::Value buildLayer(mlir::OpBuilder &builder, mlir::Location location, mlir::Value input,
                       mlir::Value filter, mlir::Value start, LayerShape &shape, LayerBody body);

} // namespace tally

#endif // TALLY_LIB_LOWER_LINALG_LAYERLOOPS_H
