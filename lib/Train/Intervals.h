//===- Intervals.h - between what values of a network lie -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Train. Interval bound propagation as operations beside those of a float network with
// its quantizers, so that bounds are differentiated like any other value. With m and r the middle
// and the radius of an interval:
//
//   products with weights w   m' = sum w m + b        r' = sum |w| r
//   adder layers              low  = - sum |m - w| - sum r
//                             high = - sum (|low - w| + |high - w|) / 2 + sum r
//   what rises or falls       at both ends
//
// All are the extremes of one operation, exactly: |x - w| is at most |m - w| + r, and at least
// max(|m - w|, r) - r, with max(|m - w|, r) = (|low - w| + |high - w|) / 2.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TRAIN_INTERVALS_H
#define TALLY_LIB_TRAIN_INTERVALS_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>

namespace tally {

struct Interval {
  mlir::Value low, high;
};

class Intervals {
public:
  /// Bounds are built where `builder` inserts.
  explicit Intervals(mlir::OpBuilder &builder) : builder(builder) {}

  void set(mlir::Value value, Interval interval) { known[value] = interval; }
  /// Nothing for what does not depend on values that have one.
  std::optional<Interval> find(mlir::Value value) const;

  /// Builds that of the result of `op`. Emits an error with the name of its layer where `op` has
  /// no interval form.
  mlir::LogicalResult follow(mlir::Operation *op);

private:
  mlir::Value at(mlir::Operation *op, bool high);
  Interval ofProducts(mlir::Operation *op, unsigned operand);
  Interval ofAdder(mlir::Operation *op);

  mlir::OpBuilder &builder;
  llvm::DenseMap<mlir::Value, Interval> known;
};

} // namespace tally

#endif // TALLY_LIB_TRAIN_INTERVALS_H
