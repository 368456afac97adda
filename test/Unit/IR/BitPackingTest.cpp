// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/BitPacking.h"

#include <gtest/gtest.h>
#include <random>

using namespace tally;

using Bytes = std::vector<uint8_t>;

TEST(BitPacking, Layout) {
  EXPECT_EQ(packBits({0x1, 0xf, 0xa}, 4), (Bytes{0xf1, 0x0a}));
  EXPECT_EQ(packBits({1, 2, 3, 4, 5, 6, 7, 0}, 3), (Bytes{0xd1, 0x58, 0x1f}));
  EXPECT_EQ(packBits({1, 0, 1, 1, 0, 0, 0, 1, 1}, 1), (Bytes{0x8d, 0x01}));
  EXPECT_EQ(packBits({0x1f, 0x01, 0x10}, 5), (Bytes{0x3f, 0x40}));
  EXPECT_EQ(packBits({200, 0, 255}, 8), (Bytes{200, 0, 255}));
}

TEST(BitPacking, PackedBytes) {
  EXPECT_EQ(packedBytes(0, 5), 0u);
  EXPECT_EQ(packedBytes(8, 3), 3u);
  EXPECT_EQ(packedBytes(9, 3), 4u);
  EXPECT_EQ(packedBytes(3, 4), 2u);
  EXPECT_EQ(packedBytes(size_t(-1), 8), size_t(-1));
}

// Against the definition, bit by bit.
TEST(BitPacking, RoundTrips) {
  std::mt19937 random(5);
  for (int bits = 1; bits <= 8; ++bits)
    for (size_t count = 0; count <= 41; ++count) {
      Bytes codes(count);
      for (uint8_t &code : codes)
        code = random() % (1 << bits);
      Bytes bytes = packBits(codes, bits);
      ASSERT_EQ(bytes.size(), packedBytes(count, bits));
      for (size_t i = 0; i < count * bits; ++i)
        ASSERT_EQ((bytes[i / 8] >> (i % 8)) & 1, (codes[i / bits] >> (i % bits)) & 1);
      auto unpacked = unpackBits(bytes, count, bits);
      ASSERT_TRUE(unpacked);
      EXPECT_EQ(*unpacked, codes);
    }
}

TEST(BitPacking, ReportsWrongSizes) {
  EXPECT_EQ(unpackBits({1, 2}, 5, 4).error().message, "5 codes of 4 bits take 3 bytes, but got 2");
  EXPECT_EQ(unpackBits({1, 2, 3}, 4, 4).error().message,
            "4 codes of 4 bits take 2 bytes, but got 3");
  EXPECT_EQ(unpackBits({1}, 0, 3).error().message, "0 codes of 3 bits take 0 bytes, but got 1");
}

TEST(BitPacking, ReportsEveryPaddingBit) {
  for (int bits = 1; bits <= 8; ++bits)
    for (size_t count = 1; count <= 9; ++count) {
      Bytes bytes(packedBytes(count, bits));
      for (size_t bit = count * bits; bit < bytes.size() * 8; ++bit) {
        Bytes damaged = bytes;
        damaged[bit / 8] |= 1 << (bit % 8);
        EXPECT_EQ(unpackBits(damaged, count, bits).error().message,
                  "bits are set after the last of " + std::to_string(count) + " codes");
      }
      EXPECT_TRUE(unpackBits(bytes, count, bits));
    }
}
