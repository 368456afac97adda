//===- Elementwise.h - generics over elements and channels ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_LINALG_ELEMENTWISE_H
#define TALLY_LIB_LOWER_LINALG_ELEMENTWISE_H

#include "tally/IR/Tally.h"

#include "mlir/IR/Builders.h"
#include <vector>

namespace tally {

/// An elementwise `linalg.generic` over `shape`; each input comes with the map
/// from the result's dimensions to its own.
mlir::Value buildElementwise(
    mlir::OpBuilder &builder, mlir::Location location, mlir::ArrayRef<int64_t> shape,
    mlir::Type element, mlir::ValueRange inputs, mlir::ArrayRef<mlir::AffineMap> maps,
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)> body);

/// The map to `vector`, which has one element for all, or one for each index of dimension `axis`.
mlir::AffineMap getVectorMap(mlir::OpBuilder &builder, int64_t rank, mlir::Value vector,
                             int64_t axis);

/// The map to element `k` of a vector, everywhere.
mlir::AffineMap getElementMap(mlir::OpBuilder &builder, int64_t rank, int64_t k);

/// A number for each channel, as the body of a `linalg.generic` sees it: a constant
/// where all are equal, an operand where not.
struct ElementwiseParameter {
  bool isScalar = false;
  int64_t scalar = 0;
  unsigned operand = 0;
  int64_t zeros = 0; ///< at the end of each number, which the operand has not

  bool is(int64_t value) const { return isScalar && scalar == value; }
  /// In a body with arguments `values`, extended with its sign to `type`.
  mlir::Value get(mlir::OpBuilder &builder, mlir::Location location, mlir::ValueRange values,
                  mlir::Type type) const;
};

/// The inputs of an elementwise generic: a tensor of `rank`, and parameters of `shape`
/// that broadcast to it.
struct ElementwiseOperands {
  ElementwiseOperands(mlir::OpBuilder &builder, mlir::Location location, mlir::Value input,
                      int64_t rank, mlir::ArrayRef<int64_t> shape);

  ElementwiseParameter add(mlir::ArrayRef<int64_t> values, unsigned width);
  /// Offsets, in 32 bits where they fit without the zeros that all end with.
  ElementwiseParameter addOffsets(mlir::ArrayRef<int64_t> values);

  llvm::SmallVector<mlir::Value> inputs;
  llvm::SmallVector<mlir::AffineMap> maps;

private:
  mlir::OpBuilder &builder;
  mlir::Location location;
  mlir::ArrayRef<int64_t> shape;
  mlir::AffineMap broadcast;
};

/// Whether requantization by `op` is the identity but for the bounds of the result's type.
bool onlyClamps(RequantizeOp op);

/// `input`, the storage of the input of such an `op`, within these bounds; `input` itself where
/// the types say that it is.
mlir::Value clampCodes(mlir::OpBuilder &builder, mlir::Value input, RequantizeOp op);

/// The offsets of a requantization with the rounding half, a constant of the same kind,
/// added.
std::vector<int64_t> getRoundingOffsets(RequantizeOp op);

} // namespace tally

#endif // TALLY_LIB_LOWER_LINALG_ELEMENTWISE_H
