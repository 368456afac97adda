//===- Spelling.cpp - words that users write ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Spelling.h"

#include <algorithm>
#include <numeric>

namespace tally {

std::string listQuoted(const std::vector<std::string> &words) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "'" : ", '") + word + "'";
  return text;
}

/// How many letters are to be inserted, left out or replaced to make one word of the other.
static size_t editDistance(std::string_view from, std::string_view to) {
  // row[j]: between the letters of `from` so far and the first j of `to`.
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t(0));
  for (size_t i = 0; i < from.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < to.size(); ++j) {
      size_t replaced = diagonal + (from[i] != to[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string didYouMean(std::string_view name, const std::vector<std::string> &known) {
  std::string_view word = name.substr(std::min(name.find_first_not_of('-'), name.size()));
  // A slip in every third letter; who writes too little means the first that goes on like that.
  size_t least = (word.size() + 2) / 3;
  const std::string *nearest = nullptr;
  for (const std::string &other : known) {
    bool begins = word.size() > 1 && other.compare(0, name.size(), name) == 0;
    size_t distance = begins ? 0 : editDistance(name, other);
    if (distance < least || (distance == least && !nearest)) {
      least = distance;
      nearest = &other;
    }
  }
  return nearest && !word.empty() ? "; did you mean '" + *nearest + "'?" : "";
}

} // namespace tally
