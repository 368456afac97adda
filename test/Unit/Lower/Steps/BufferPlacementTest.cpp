// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Lower/Steps/BufferPlacement.h"

#include <gtest/gtest.h>
#include <random>

using namespace tally;

TEST(BufferPlacement, LiveBuffersNeverOverlap) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<BufferLifetime> buffers(1 + random() % 30);
    int64_t sum = 0;
    for (BufferLifetime &buffer : buffers) {
      buffer.size = 1 + random() % 1000;
      buffer.first = random() % 20;
      buffer.last = buffer.first + random() % 5;
      sum += buffer.size + 63;
    }
    BufferPlacement plan = placeBuffers(buffers, 64);
    for (size_t i = 0; i < buffers.size(); ++i) {
      EXPECT_EQ(plan.offsets[i] % 64, 0);
      EXPECT_LE(plan.offsets[i] + buffers[i].size, plan.total);
      for (size_t j = 0; j < i; ++j) {
        bool together = buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
        bool apart = plan.offsets[i] + buffers[i].size <= plan.offsets[j] ||
                     plan.offsets[j] + buffers[j].size <= plan.offsets[i];
        EXPECT_TRUE(!together || apart);
      }
    }
    EXPECT_LE(plan.total, sum);
  }
}

TEST(BufferPlacement, AChainNeedsTwoBuffers) {
  std::vector<BufferLifetime> chain;
  for (int64_t i = 0; i < 10; ++i)
    chain.push_back({128, i, i + 1});
  EXPECT_EQ(placeBuffers(chain, 64).total, 256);
}

TEST(BufferPlacement, NothingNeedsNothing) { EXPECT_EQ(placeBuffers({}, 64).total, 0); }
