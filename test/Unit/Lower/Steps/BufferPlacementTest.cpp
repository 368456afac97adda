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

TEST(BufferPlacement, EveryBufferLiesAsLowAsThoseBeforeItAllow) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<BufferLifetime> buffers(1 + random() % 40);
    for (BufferLifetime &buffer : buffers) {
      buffer.size = 1 + random() % 4;
      buffer.first = random() % 50;
      buffer.last = buffer.first + random() % 40;
    }
    BufferPlacement plan = placeBuffers(buffers, 1);
    auto isFree = [&](size_t index, int64_t offset) {
      for (size_t other = 0; other < buffers.size(); ++other) {
        bool before = buffers[other].size > buffers[index].size ||
                      (buffers[other].size == buffers[index].size && other < index);
        bool together = buffers[index].first <= buffers[other].last &&
                        buffers[other].first <= buffers[index].last;
        if (before && together && offset < plan.offsets[other] + buffers[other].size &&
            plan.offsets[other] < offset + buffers[index].size)
          return false;
      }
      return true;
    };
    for (size_t i = 0; i < buffers.size(); ++i)
      for (int64_t offset = 0; offset <= plan.offsets[i]; ++offset)
        EXPECT_EQ(isFree(i, offset), offset == plan.offsets[i]);
  }
}

TEST(BufferPlacement, TimeGrowsWithTheChain) {
  std::vector<BufferLifetime> chain;
  for (int64_t i = 0; i < 300000; ++i) // minutes, were each compared with all
    chain.push_back({64, i, i + 1});
  chain.push_back({64, 0, 300000});
  EXPECT_EQ(placeBuffers(chain, 64).total, 192);
}

TEST(BufferPlacement, NothingNeedsNothing) { EXPECT_EQ(placeBuffers({}, 64).total, 0); }
