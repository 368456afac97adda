//===- ByteDot.h - sums of products of bytes in fours -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. What instructions share that multiply bytes without a sign by bytes with
// one, four neighbouring channels at a time: the layout, the loops, the correction of the bias.
//
//   y[n, oh, ow, f] = start[f] + sum over kh, kw, c, j of u(x[n, oh * stride[0] + kh * dilation[0],
//                         ow * stride[1] + kw * dilation[1], 4 c + j]) * w[kh, kw, c, f, j]
//
// x bytes `[N, H, W, 4 C]`, w bytes with a sign `[KH, KW, C, F, 4]`, start `[F]` and y
// `[N, OH, OW, F]` 32-bit; sums modulo 2^32. u reads a byte without a sign; with `flip` after its
// highest bit is flipped, which adds 128 to a byte with a sign.
//
// Parameters: `stride`, `dilation` (array<i64>, two each), `flip` (bool).
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_BYTEDOT_H
#define TALLY_LIB_LOWER_KERNELS_BYTEDOT_H

#include "Kernel.h"

namespace tally {

class ByteDotKernel : public Kernel {
public:
  mlir::Value lowerLayer(mlir::OpBuilder &builder, const KernelLayer &layer) const final;
  mlir::LogicalResult verify(KernelOp op) const final;
  bool hasLanesAlongLast() const final { return true; }
  mlir::FailureOr<mlir::Value> buildElement(StepBuilder &steps, mlir::Operation *op,
                                            const Indices &indices) const final;

protected:
  /// Whether the processor has the instruction.
  virtual bool has(TargetAttr target) const = 0;
  /// Bits of the registers that it works on there.
  virtual int64_t registerBits(TargetAttr target) const = 0;
  /// The largest magnitude of a weight for which it is exact.
  virtual int64_t largestWeight() const { return 128; }
  /// `sums` (a 32-bit number a lane, at least four) plus the products of the bytes of `x` and
  /// `w`, four a lane.
  virtual mlir::Value add(mlir::OpBuilder &b, mlir::Location loc, mlir::Value sums, mlir::Value x,
                          mlir::Value w) const = 0;

  static mlir::Value callIntrinsic(mlir::OpBuilder &b, mlir::Location loc, llvm::StringRef name,
                                   mlir::Type result, mlir::ValueRange operands);

private:
  mlir::Value addProducts(mlir::OpBuilder &b, mlir::Location loc, mlir::Value sums, mlir::Value x,
                          mlir::Value w) const;
};

/// Bits of x86's widest vector registers that work on bytes.
int64_t getX86RegisterBits(TargetAttr target);

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_BYTEDOT_H
