//===- BufferPlacement.cpp - buffers that share memory --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Lower/Steps/BufferPlacement.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace tally {

namespace {

/// Buffers by the time at which they live.
class Lifetimes {
public:
  explicit Lifetimes(llvm::ArrayRef<BufferLifetime> buffers) : buffers(buffers) {
    for (const BufferLifetime &buffer : buffers)
      begins.push_back(buffer.first);
    std::sort(begins.begin(), begins.end());
    begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
    nodes.resize(2 * begins.size());
  }

  void add(size_t index) {
    const BufferLifetime &buffer = buffers[index];
    if (buffer.first > buffer.last)
      return; // not used at all
    added.emplace(buffer.first, index);
    // At the nodes that together stand for its lifetime.
    size_t low = nodeOf(buffer.first), high = nodeOf(buffer.last + 1);
    for (; low < high; low /= 2, high /= 2) {
      if (low % 2)
        nodes[low++].push_back(index);
      if (high % 2)
        nodes[--high].push_back(index);
    }
  }

  /// The added ones that live when `buffer` does: at its beginning, or from a later time on.
  std::vector<size_t> findNeighbours(const BufferLifetime &buffer) const {
    std::vector<size_t> found;
    if (buffer.first > buffer.last)
      return found;
    for (size_t node = nodeOf(buffer.first); node >= 1; node /= 2)
      found.insert(found.end(), nodes[node].begin(), nodes[node].end());
    for (auto it = added.upper_bound(buffer.first), end = added.upper_bound(buffer.last); it != end;
         ++it)
      found.push_back(it->second);
    return found;
  }

private:
  size_t nodeOf(int64_t begin) const {
    return nodes.size() / 2 +
           (std::lower_bound(begins.begin(), begins.end(), begin) - begins.begin());
  }

  llvm::ArrayRef<BufferLifetime> buffers;
  /// All beginnings, and a binary tree over them: node n stands for what 2n and 2n + 1 do.
  std::vector<int64_t> begins;
  std::vector<std::vector<size_t>> nodes;
  std::multimap<int64_t, size_t> added;
};

} // namespace

BufferPlacement placeBuffers(llvm::ArrayRef<BufferLifetime> buffers, int64_t alignment) {
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return buffers[a].size > buffers[b].size; });

  BufferPlacement plan;
  plan.offsets.assign(buffers.size(), 0);
  Lifetimes placed(buffers);
  auto alignUp = [&](int64_t offset) { return (offset + alignment - 1) / alignment * alignment; };
  for (size_t index : order) {
    const BufferLifetime &buffer = buffers[index];
    // Walk the buffers alive at the same time from low to high offsets and take
    // the first gap that is wide enough.
    std::vector<size_t> neighbours = placed.findNeighbours(buffer);
    std::sort(neighbours.begin(), neighbours.end(),
              [&](size_t a, size_t b) { return plan.offsets[a] < plan.offsets[b]; });
    int64_t offset = 0;
    for (size_t other : neighbours) {
      if (offset + buffer.size <= plan.offsets[other])
        break;
      offset = std::max(offset, alignUp(plan.offsets[other] + buffers[other].size));
    }
    plan.offsets[index] = offset;
    plan.total = std::max(plan.total, offset + buffer.size);
    placed.add(index);
  }
  return plan;
}

} // namespace tally
