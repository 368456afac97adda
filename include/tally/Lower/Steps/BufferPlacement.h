//===- BufferPlacement.h - buffers that share memory ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LOWER_STEPS_BUFFERPLACEMENT_H
#define TALLY_LOWER_STEPS_BUFFERPLACEMENT_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace tally {

/// A buffer that must exist from step `first` to step `last`, both included.
struct BufferLifetime {
  int64_t size = 0;
  int64_t first = 0, last = 0;
};

struct BufferPlacement {
  /// One offset a buffer, in the unit of the sizes.
  std::vector<int64_t> offsets;
  int64_t total = 0;
};

/// Places the largest buffers first, each at the lowest offset that is a
/// multiple of `alignment` and free during its whole lifetime. Deterministic;
/// no two buffers that live at one step overlap.
BufferPlacement placeBuffers(llvm::ArrayRef<BufferLifetime> buffers, int64_t alignment);

} // namespace tally

#endif // TALLY_LOWER_STEPS_BUFFERPLACEMENT_H
