//===- WeightLists.cpp - the weights that a filter needs, as lists --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WeightLists.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace tally {

namespace {

struct Entry {
  uint8_t place, code;
};

/// How many full weights go into the list of those between, so that both have multiples of
/// `kTogether` with the fewest instructions: there, one takes about twice as many.
int64_t countMoved(int64_t full, int64_t between) {
  constexpr int64_t kTogether = WeightLists::kTogether;
  auto costOf = [&](int64_t moved) {
    int64_t fill = (kTogether - (between + moved) % kTogether) % kTogether;
    return moved + 2 * fill;
  };
  int64_t best = full % kTogether;
  for (int64_t moved = best; moved <= std::min(full, 2 * kTogether); moved += kTogether)
    best = costOf(moved) < costOf(best) ? moved : best;
  return best;
}

} // namespace

WeightLists::WeightLists(const ByteRuns &runs, ArrayRef<uint8_t> weights, int64_t filters,
                         CodeRange codes) {
  int64_t size = runs.count() * runs.bytes, high = codes.max - codes.min;
  for (int64_t f = 0; f < filters; ++f) {
    first.push_back(int32_t(bytes.size()));
    int64_t atLow = 0;
    for (int64_t run = 0; run < runs.count(); ++run)
      for (int64_t begin = 0; begin < runs.bytes; begin += kMostPlaces) {
        ArrayRef<uint8_t> segment =
            weights.slice(f * size + run * runs.bytes + begin, segmentSize(runs, begin));
        std::vector<uint8_t> places;
        std::vector<Entry> entries;
        for (auto [place, weight] : llvm::enumerate(segment)) {
          assert(weight <= high && "weights are codes of the input");
          if (weight == 0)
            ++atLow;
          else if (weight == high)
            places.push_back(uint8_t(place));
          else
            entries.push_back({uint8_t(place), uint8_t(weight + codes.min)});
        }
        full += places.size();
        between += entries.size();
        for (int64_t left = countMoved(places.size(), entries.size()); left > 0; --left) {
          entries.push_back({places.back(), uint8_t(codes.max)});
          places.pop_back();
        }
        for (; entries.size() % kTogether != 0; --atLow)
          entries.push_back({0, uint8_t(codes.min)});
        bytes.push_back(uint8_t(places.size() / kTogether));
        bytes.push_back(uint8_t(entries.size() / kTogether));
        llvm::append_range(bytes, places);
        for (Entry entry : entries) {
          bytes.push_back(entry.place);
          bytes.push_back(entry.code);
        }
      }
    low.push_back(int32_t(2 * codes.min * atLow));
  }
}

bool areWeightLists(const ByteRuns &runs, ArrayRef<uint8_t> bytes, ArrayRef<int64_t> first) {
  constexpr int64_t kTogether = WeightLists::kTogether;
  return llvm::all_of(first, [&](int64_t at) {
    if (at < 0)
      return false;
    for (int64_t run = 0; run < runs.count(); ++run)
      for (int64_t begin = 0; begin < runs.bytes; begin += WeightLists::kMostPlaces) {
        if (at + 2 > int64_t(bytes.size()))
          return false;
        int64_t full = kTogether * bytes[at], between = kTogether * bytes[at + 1];
        at += 2;
        if (at + full + 2 * between > int64_t(bytes.size()))
          return false;
        int64_t size = WeightLists::segmentSize(runs, begin);
        for (int64_t i = 0; i<full + between; ++i, at += i> full ? 2 : 1)
          if (bytes[at] >= size)
            return false;
      }
    return true;
  });
}

} // namespace tally
