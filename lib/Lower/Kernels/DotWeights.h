//===- DotWeights.h - weights that bytes are multiplied by ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. What kernels for sums of products of bytes share.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_DOTWEIGHTS_H
#define TALLY_LIB_LOWER_KERNELS_DOTWEIGHTS_H

#include "ByteSum.h"
#include "tally/IR/PowerOfTwo.h"

namespace tally {

/// The filter and the bias of a convolution of codes of bytes by signed ones without a zero point.
class DotWeights {
public:
  explicit DotWeights(mlir::tosa::Conv2DOp op);

  /// Fails where the layer is another, or its weights are not constant or damaged; `obstacle` says
  /// why.
  mlir::LogicalResult read();
  std::string obstacle;

  /// The magnitude of the largest weight.
  int64_t largest() const;
  bool isPacked() const { return bool(decode); }
  /// The weights, row-major.
  llvm::ArrayRef<int64_t> getValues() const { return values; }
  /// The constant.
  mlir::Value getSource() const;
  /// The bias, a number a filter, less what the input's zero point and `shift` add to the sums,
  /// modulo 2^32: the finished sums fit.
  std::vector<int32_t> correctBias(int64_t shift) const;

  /// The weights laid out, as a value of bytes; null where that takes a zero which there is not.
  mlir::Value layOutWeights(mlir::OpBuilder &builder, const ByteRuns &runs, TargetAttr target);

private:
  mlir::RankedTensorType getType() const;
  PowerOfTwoType getPowers() const;

  mlir::tosa::Conv2DOp op;
  DecodeOp decode;
  mlir::ml_program::GlobalOp source;
  std::vector<uint8_t> bytes;  ///< that the constant holds: codes where it is packed
  std::vector<int64_t> values; ///< that the bytes stand for
  std::vector<int64_t> bias;
  int64_t zeroPoint = 0;
};

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_DOTWEIGHTS_H
