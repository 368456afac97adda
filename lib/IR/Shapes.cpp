//===- Shapes.cpp - shapes that can be computed with ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Shapes.h"

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

} // namespace tally
