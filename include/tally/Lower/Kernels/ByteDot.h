//===- ByteDot.h - instructions for sums of products of bytes ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LOWER_KERNELS_BYTEDOT_H
#define TALLY_LOWER_KERNELS_BYTEDOT_H

#include <cstdint>

namespace tally {

/// What a machine has for unsigned bytes times signed bytes.
enum class ByteDot {
  None,
  /// x86 `pmaddubsw`: two products added in 16 bits, with saturation. Exact where no weight is
  /// beyond 64: 2 * 255 * 64 fits. Powers of two of 4 bits, and sums of them, are.
  Pairs,
  /// x86 `vpdpbusd`: four products added to a sum of 32 bits.
  Quads,
};

/// The largest weight for which `Pairs` is exact.
constexpr int64_t kLargestPairWeight = 64;

} // namespace tally

#endif // TALLY_LOWER_KERNELS_BYTEDOT_H
