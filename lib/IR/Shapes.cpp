//===- Shapes.cpp - shapes that can be computed with ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Shapes.h"

#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace tally {

std::optional<int64_t> countElements(ArrayRef<int64_t> sizes) {
  if (sizes.size() > kMaxRank)
    return std::nullopt;
  // A zero makes the product zero whatever the other sizes are, so the bound
  // holds for the product of the others as well.
  int64_t count = 1;
  bool empty = false;
  for (int64_t size : sizes) {
    if (size < 0)
      return std::nullopt;
    if (size == 0) {
      empty = true;
      continue;
    }
    if (size > kMaxElements / count)
      return std::nullopt;
    count *= size;
  }
  return empty ? 0 : count;
}

int64_t saturatedProduct(ArrayRef<int64_t> factors) {
  int64_t product = 1;
  for (int64_t factor : factors) {
    bool isNegative = (product < 0) != (factor < 0);
    if (MulOverflow(product, factor, product))
      product = isNegative ? INT64_MIN : INT64_MAX;
  }
  return product;
}

} // namespace tally
