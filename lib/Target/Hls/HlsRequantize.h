//===- HlsRequantize.h - changes of scale as statements ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Target.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TARGET_HLS_HLSREQUANTIZE_H
#define TALLY_LIB_TARGET_HLS_HLSREQUANTIZE_H

#include "HlsProgram.h"

#include "tally/IR/Tally.h"

namespace tally::hls {

/// `clamp((x * multiplier + offset) >> shift)`, with the constants of each place.
class Scalings {
public:
  /// Nothing where a number has no type.
  static std::optional<Scalings> of(RequantizeOp op, CodeRange inputs);

  /// The code of `x`, of the element `at`.
  Number apply(LayerBuilder &builder, llvm::ArrayRef<Index> at, const Number &x) const;

private:
  Number multiplied(LayerBuilder &builder, llvm::ArrayRef<Index> at, const Number &x) const;
  Number shiftedAndAdded(LayerBuilder &builder, llvm::ArrayRef<Index> at, const Number &x) const;
  /// The one that belongs to the element: a literal where all are equal.
  Number constantAt(LayerBuilder &builder, llvm::ArrayRef<Index> at, llvm::StringRef what,
                    llvm::ArrayRef<int64_t> values) const;

  std::vector<int64_t> shape; ///< of the constants, with the rank of the input
  std::vector<int64_t> multipliers, offsets, shifts;
  CodeRange inputs, scaled, shifted, clamp; ///< of x, before the shift, behind it, of the result
};

} // namespace tally::hls

#endif // TALLY_LIB_TARGET_HLS_HLSREQUANTIZE_H
