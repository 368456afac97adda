// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Window.h"

#include <gtest/gtest.h>

using tally::Window;

// Counts the positions by sliding the window, the definition of an output size.
static int64_t countPositions(const Window &window, int dim, int64_t size) {
  int64_t padded = size + window.padBefore(dim) + window.padAfter(dim), count = 0;
  for (int64_t start = 0; start + window.extent(dim) <= padded; start += window.stride[dim])
    ++count;
  return count;
}

TEST(Window, OutputSizeMatchesSliding) {
  for (int64_t size = 1; size < 12; ++size)
    for (int64_t kernel = 1; kernel < 6; ++kernel)
      for (int64_t before = 0; before < 3; ++before)
        for (int64_t after = 0; after < 3; ++after)
          for (int64_t stride = 1; stride < 4; ++stride)
            for (int64_t dilation = 1; dilation < 3; ++dilation) {
              Window window{{kernel, 1}, {before, after, 0, 0}, {stride, 1}, {dilation, 1}};
              EXPECT_EQ(window.outputSize(0, size), countPositions(window, 0, size));
            }
}
