//===- ByteDot.h - sums of products of bytes in fours -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. What instructions share that multiply bytes of input by bytes with a sign and
// add four products to a 32-bit lane: they compute what ByteSum.h says by fours, with the term
// u(x) * w of weights with a sign; or, where they read inputs with a sign as well, i(x) * w, where
// i reads the byte that u does as one with a sign.
//
// Depthwise layers, and convolutions with groups of fewer filters than a register has lanes, are
// what ChannelGroups.h says, by fours as well; their w has one dimension.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_BYTEDOT_H
#define TALLY_LIB_LOWER_KERNELS_BYTEDOT_H

#include "ByteSum.h"

namespace tally {

class ByteDotKernel : public ByteSumKernel {
public:
  mlir::Value lowerLayer(mlir::OpBuilder &builder, const KernelLayer &layer) const final;
  mlir::LogicalResult verify(KernelOp op) const final;
  std::optional<TileShape> getTile(mlir::Operation *op, TargetAttr target) const final;
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  buildTile(StepBuilder &steps, mlir::Operation *op, mlir::ArrayRef<Indices> members) const final;
  int64_t unit() const final { return 4; }
  bool hidesInput() const final { return true; }
  mlir::Value finish(mlir::OpBuilder &b, mlir::Location loc, mlir::Value start,
                     mlir::Value sums) const final;

protected:
  /// Whether these are instructions of `target`'s architecture.
  virtual bool isOfArchitecture(TargetAttr target) const { return isX86(target); }
  /// Whether inputs are read as bytes with a sign.
  virtual bool readsSigned() const { return false; }
  /// What `has` asks of processors.
  virtual llvm::StringRef required() const = 0;
  /// The largest magnitude of a weight for which it is exact.
  virtual int64_t largestWeight() const { return 128; }

private:
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  buildGroupTile(StepBuilder &steps, KernelOp op, mlir::ArrayRef<Indices> members) const;
};

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_BYTEDOT_H
