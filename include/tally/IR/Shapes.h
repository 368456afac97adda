//===- Shapes.h - shapes that can be computed with --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_SHAPES_H
#define TALLY_IR_SHAPES_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <optional>

namespace tally {

/// No value of a network has more elements: far beyond any memory, and counts of operations on
/// them still fit 64 bits.
constexpr int64_t kMaxElements = int64_t(1) << 40;
/// Nor more dimensions.
constexpr size_t kMaxRank = 16;

/// The product of `sizes`; nothing where one is negative, the product exceeds
/// `kMaxElements`, or they are more than `kMaxRank`.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> sizes);

/// The product of `factors`, or the 64-bit integer next to it. For numbers of an operation that
/// may not have been verified.
int64_t saturatedProduct(llvm::ArrayRef<int64_t> factors);

} // namespace tally

#endif // TALLY_IR_SHAPES_H
