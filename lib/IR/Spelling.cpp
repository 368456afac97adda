//===- Spelling.cpp - what a misspelt word may mean -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Spelling.h"

std::string tally::didYouMean(llvm::StringRef name, llvm::ArrayRef<std::string> known) {
  llvm::StringRef word = name.ltrim('-');
  // A slip in every third letter; who writes too little means the first that goes on like that.
  unsigned least = unsigned(word.size() + 2) / 3;
  const std::string *nearest = nullptr;
  for (const std::string &other : known) {
    bool begins = word.size() > 1 && llvm::StringRef(other).starts_with(name);
    unsigned distance = begins ? 0 : name.edit_distance(other);
    if (distance < least || (distance == least && !nearest)) {
      least = distance;
      nearest = &other;
    }
  }
  return nearest && !word.empty() ? "; did you mean '" + *nearest + "'?" : "";
}
