//===- OperationCount.cpp - scalar operations by kind and width -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/OperationCount.h"

#include <algorithm>

namespace tally {

const char *toString(OperationKind kind) {
  static constexpr const char *kNames[] = {"sad", "add", "compare", "shift", "multiply"};
  return kNames[unsigned(kind)];
}

void OperationCount::add(OperationType type, int64_t count) {
  if (count != 0)
    counts[type] += count;
}

void OperationCount::add(const OperationCount &other) {
  for (auto [type, count] : other.counts)
    add(type, count);
}

void OperationCount::divide(int64_t parts) {
  for (auto it = counts.begin(); it != counts.end();)
    it = (it->second /= parts) == 0 ? counts.erase(it) : std::next(it);
}

int64_t OperationCount::of(OperationKind kind) const {
  int64_t sum = 0;
  for (auto [type, count] : counts)
    sum += type.kind == kind ? count : 0;
  return sum;
}

static int magnitudeBits(__int128 magnitude) {
  int bits = 0;
  for (; magnitude > 0; magnitude >>= 1)
    ++bits;
  return bits;
}

int getBitWidth(__int128 lowest, __int128 highest) {
  if (lowest >= 0 || highest <= 0)
    return std::max(1, magnitudeBits(lowest >= 0 ? highest : -lowest));
  return 1 + std::max(magnitudeBits(highest), magnitudeBits(-(lowest + 1)));
}

} // namespace tally
