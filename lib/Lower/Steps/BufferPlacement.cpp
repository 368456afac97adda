//===- BufferPlacement.cpp - buffers that share memory --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Lower/Steps/BufferPlacement.h"

#include <algorithm>
#include <numeric>

namespace tally {

BufferPlacement placeBuffers(llvm::ArrayRef<BufferLifetime> buffers, int64_t alignment) {
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return buffers[a].size > buffers[b].size; });

  BufferPlacement plan;
  plan.offsets.assign(buffers.size(), 0);
  std::vector<size_t> placed;
  auto alignUp = [&](int64_t offset) { return (offset + alignment - 1) / alignment * alignment; };
  for (size_t index : order) {
    const BufferLifetime &buffer = buffers[index];
    // Walk the buffers alive at the same time from low to high offsets and take
    // the first gap that is wide enough.
    std::vector<size_t> neighbours;
    for (size_t other : placed)
      if (buffers[other].first <= buffer.last && buffer.first <= buffers[other].last)
        neighbours.push_back(other);
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
    placed.push_back(index);
  }
  return plan;
}

} // namespace tally
