//===- ByteDifference.h - sums of absolute differences of bytes -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. What instructions share that make absolute differences of bytes without a
// sign: they compute what ByteSum.h says with the term -|u(x) - w| of weights without a sign.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_BYTEDIFFERENCE_H
#define TALLY_LIB_LOWER_KERNELS_BYTEDIFFERENCE_H

#include "ByteSum.h"

namespace tally {

class ByteDifferenceKernel : public ByteSumKernel {
public:
  mlir::Value lowerLayer(mlir::OpBuilder &builder, const KernelLayer &layer) const final;
  bool hidesInput() const final { return false; }
  mlir::Value finish(mlir::OpBuilder &b, mlir::Location loc, mlir::Value start,
                     mlir::Value sums) const final;

protected:
  /// Whether these are instructions of `target`'s architecture.
  virtual bool isOfArchitecture(TargetAttr target) const = 0;
  /// What `has` asks of processors.
  virtual llvm::StringRef required() const = 0;
};

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_BYTEDIFFERENCE_H
