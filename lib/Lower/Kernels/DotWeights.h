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

/// The filter and the bias of a convolution, perhaps a depthwise one, of codes of bytes by signed
/// ones without a zero point.
class DotWeights {
public:
  explicit DotWeights(mlir::Operation *op);

  /// Fails where the layer is another, or its weights are not constant or damaged; `obstacle` says
  /// why.
  mlir::LogicalResult read();
  /// Those of another group of channels follow; fails and says why likewise.
  mlir::LogicalResult append(const DotWeights &next);
  std::string obstacle;

  /// The magnitude of the largest weight.
  int64_t largest() const;
  bool isPacked() const { return bool(decode); }
  int64_t getFilters() const { return filters; }
  /// The weights, `[F, KH, KW, C]`, where a depthwise filter has one channel.
  llvm::ArrayRef<int64_t> getValues() const { return values; }
  /// The constant.
  mlir::Value getSource() const;
  /// The bias, a number a filter, less what the input's zero point and `shift` add to the sums,
  /// modulo 2^32: the finished sums fit.
  std::vector<int32_t> correctBias(int64_t shift) const;

  /// What the constant holds, in the order of the weights.
  llvm::ArrayRef<uint8_t> getBytes() const { return bytes; }
  /// What it holds for a weight of zero; none where there is no such weight.
  std::optional<uint8_t> getZero() const;
  /// Those bytes in another order, as a value of weights of that shape.
  mlir::Value storeBytes(mlir::OpBuilder &builder, llvm::ArrayRef<uint8_t> laidOut,
                         llvm::ArrayRef<int64_t> shape, TargetAttr target);

private:
  mlir::Value getWeight() const { return op->getOperand(1); }
  PowerOfTwoType getPowers() const;
  template <typename T> void moveFiltersFirst(std::vector<T> &elements) const;

  mlir::Operation *op;
  DecodeOp decode;
  mlir::ml_program::GlobalOp source;
  std::vector<uint8_t> bytes;  ///< that the constant holds: codes where it is packed
  std::vector<int64_t> values; ///< that the bytes stand for
  std::vector<int64_t> bias;   ///< one for all, or one a filter
  int64_t filters, zeroPoint = 0;
};

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_DOTWEIGHTS_H
