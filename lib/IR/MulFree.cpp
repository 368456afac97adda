//===- MulFree.cpp - how free of multiplications ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/MulFree.h"

namespace tally {

std::optional<MulFree> parseMulFree(llvm::StringRef text) {
  for (MulFree level : {MulFree::No, MulFree::Macs, MulFree::Compute, MulFree::Strict})
    if (text == stringifyMulFree(level))
      return level;
  return std::nullopt;
}

llvm::StringRef stringifyMulFree(MulFree level) {
  static constexpr llvm::StringRef kNames[] = {"no", "macs", "compute", "strict"};
  return kNames[unsigned(level)];
}

} // namespace tally
