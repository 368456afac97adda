// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Sampler.h"

#include "Support/Files.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

using namespace tally;

//===----------------------------------------------------------------------===//
// Bits. The numbers are from the formula in Python: none may ever change, since a seed stands for
// them.
//===----------------------------------------------------------------------===//

TEST(Sampler, HashesAreTheSameEverywhere) {
  constexpr uint64_t kAll = ~uint64_t(0);
  EXPECT_EQ(hash(0, 0, 0, Purpose::Order), 0xD1C0270687984B37u);
  EXPECT_EQ(hash(0, 0, 1, Purpose::Order), 0x1833A3FC3B33A847u);
  EXPECT_EQ(hash(0, 1, 0, Purpose::Order), 0xFAA6282A95DA9F89u);
  EXPECT_EQ(hash(1, 0, 0, Purpose::Order), 0xC965D6348C188782u);
  EXPECT_EQ(hash(0, 0, 0, Purpose::ShiftDown), 0xCE17814D13C799A3u);
  EXPECT_EQ(hash(kAll, kAll, kAll, Purpose::Noise), 0xCE8124FD65F67176u);
  EXPECT_EQ(hash(42, 7, 59999, Purpose::Flip), 0xC3F03DAA70517653u);
}

TEST(Sampler, EveryBitOfAHashIsFair) {
  constexpr int kHashes = 40000, kBits = 64;
  // Neighbours in each of the words differ in half of their bits, whichever.
  for (int word = 0; word < 3; ++word) {
    std::vector<int> changed(kBits);
    for (uint64_t i = 0; i < kHashes; ++i) {
      uint64_t words[2][3] = {{3, 5, 7}, {3, 5, 7}};
      words[0][word] = i;
      words[1][word] = i + 1;
      uint64_t difference = hash(words[0][0], words[0][1], words[0][2], Purpose::Order) ^
                            hash(words[1][0], words[1][1], words[1][2], Purpose::Order);
      for (int bit = 0; bit < kBits; ++bit)
        changed[bit] += difference >> bit & 1;
    }
    for (int count : changed) // 5 standard deviations
      EXPECT_NEAR(count, kHashes * 0.5, 500) << "word " << word;
  }
}

TEST(Sampler, NoiseIsTheSameEverywhere) {
  const float expected[] = {0x1.a32098p-3f, 0x1.009e48p-2f, 0x1.90785p-3f, 0x1.2ceffp-4f};
  for (uint64_t i = 0; i < 4; ++i)
    EXPECT_EQ(uniform01(hash(9, 100, i, Purpose::Noise)), expected[i]);
  EXPECT_EQ(uniform01(0), 0.0f);
  EXPECT_EQ(uniform01(~uint64_t(0)), 1 - 0x1p-24f);
}

TEST(Sampler, NumbersBelowACountAreEquallyLikely) {
  EXPECT_EQ(uniformBelow(0, 9), 0u);
  EXPECT_EQ(uniformBelow(~uint64_t(0), 9), 8u);
  EXPECT_EQ(uniformBelow(~uint64_t(0), ~uint32_t(0)), ~uint32_t(0) - 1);
  std::vector<int> counts(9);
  for (uint64_t i = 0; i < 90000; ++i)
    ++counts[uniformBelow(hash(0, 0, i, Purpose::Noise), 9)];
  for (int count : counts)
    EXPECT_NEAR(count, 10000, 500);
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

TEST(Sampler, OrdersAreTheSameEverywhere) {
  using Order = std::vector<int64_t>;
  EXPECT_EQ(epochOrder(0, 0, 10), (Order{1, 6, 5, 4, 8, 3, 7, 9, 2, 0}));
  EXPECT_EQ(epochOrder(0, 1, 10), (Order{1, 6, 9, 4, 7, 5, 2, 8, 3, 0}));
  EXPECT_EQ(epochOrder(1, 0, 10), (Order{8, 1, 9, 7, 2, 6, 5, 4, 0, 3}));
  Order whole = epochOrder(3, 2, 60000);
  EXPECT_EQ(Order(whole.begin(), whole.begin() + 4), (Order{25015, 4776, 11949, 3679}));
  EXPECT_EQ(Order(whole.end() - 3, whole.end()), (Order{17466, 34982, 41105}));
}

TEST(Sampler, OrdersHaveEveryImageOnce) {
  for (int64_t count : {0, 1, 2, 3, 127, 10000}) {
    std::vector<int64_t> images(count);
    std::iota(images.begin(), images.end(), 0);
    for (uint64_t epoch = 0; epoch < 4; ++epoch) {
      std::vector<int64_t> order = epochOrder(11, epoch, count);
      EXPECT_TRUE(count < 100 || order != images);
      std::sort(order.begin(), order.end());
      EXPECT_EQ(order, images);
    }
  }
}

TEST(Sampler, AllOrdersComeUp) {
  std::map<std::vector<int64_t>, int> counts;
  for (uint64_t epoch = 0; epoch < 24000; ++epoch)
    ++counts[epochOrder(0, epoch, 4)];
  ASSERT_EQ(counts.size(), 24u);
  for (const auto &[order, count] : counts)
    EXPECT_NEAR(count, 1000, 160); // 5 standard deviations
}

//===----------------------------------------------------------------------===//
// Shifts and flips
//===----------------------------------------------------------------------===//

TEST(Sampler, PlacementsAreTheSameEverywhere) {
  const int expected[][3] = {{4, -2, 1}, {2, 4, 1}, {2, -4, 0}, {-1, 3, 0}, {-4, -2, 1}};
  for (int64_t image = 0; image < 5; ++image) {
    Placement placement = drawPlacement({4, true}, 5, 1, image);
    EXPECT_EQ(placement.down, expected[image][0]);
    EXPECT_EQ(placement.right, expected[image][1]);
    EXPECT_EQ(placement.isFlipped, expected[image][2] == 1);
    EXPECT_FALSE(drawPlacement({4, false}, 5, 1, image).isFlipped);
    Placement none = drawPlacement({0, false}, 5, 1, image);
    EXPECT_EQ(none.down, 0);
    EXPECT_EQ(none.right, 0);
  }
}

TEST(Sampler, AllPlacementsComeUp) {
  std::set<std::tuple<int64_t, int64_t, bool>> seen;
  for (int64_t image = 0; image < 2000; ++image) {
    Placement placement = drawPlacement({2, true}, 0, 0, image);
    EXPECT_LE(std::max(std::abs(placement.down), std::abs(placement.right)), 2);
    seen.insert({placement.down, placement.right, placement.isFlipped});
  }
  EXPECT_EQ(seen.size(), 5u * 5 * 2);
}

/// Shifts, then flips, a pixel at a time.
static std::vector<float> placeNaively(const std::vector<float> &image, const Shape &shape,
                                       const Placement &placement,
                                       const std::vector<float> &border) {
  int64_t height = shape[0], width = shape[1], channels = shape[2];
  auto at = [&](int64_t y, int64_t x, int64_t c) { return (y * width + x) * channels + c; };
  std::vector<float> shifted(image.size()), flipped(image.size());
  for (int64_t i = 0; i < int64_t(image.size()); ++i)
    shifted[i] = border[i % channels];
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      int64_t toY = y + placement.down, toX = x + placement.right;
      for (int64_t c = 0; c < channels; ++c)
        if (toY >= 0 && toY < height && toX >= 0 && toX < width)
          shifted[at(toY, toX, c)] = image[at(y, x, c)];
    }
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (int64_t c = 0; c < channels; ++c)
        flipped[at(y, placement.isFlipped ? width - 1 - x : x, c)] = shifted[at(y, x, c)];
  return flipped;
}

TEST(Sampler, ImagesAreWhereTheFormulaSays) {
  for (const Shape &shape : {Shape{1, 1, 1}, Shape{3, 5, 2}, Shape{7, 4, 3}}) {
    std::vector<float> image(numElements(shape)), border(shape[2]), placed(image.size() + 1);
    std::iota(image.begin(), image.end(), 1.0f);
    std::iota(border.begin(), border.end(), -8.0f);
    for (int64_t down = -3; down <= 3; ++down)
      for (int64_t right = -6; right <= 6; ++right)
        for (bool isFlipped : {false, true}) {
          Placement placement{down, right, isFlipped};
          placed.back() = 12345; // not to be written
          placeImage(image.data(), shape, placement, border, placed.data());
          std::vector<float> expected = placeNaively(image, shape, placement, border);
          expected.push_back(12345);
          EXPECT_EQ(placed, expected) << down << " " << right << " " << isFlipped;
        }
  }
}

TEST(Sampler, AugmentPlacesWhereItDraws) {
  Shape shape = {6, 6, 2};
  std::vector<float> image(numElements(shape)), border = {-1, -2}, placed(image.size());
  std::iota(image.begin(), image.end(), 0.0f);
  for (int64_t index = 0; index < 20; ++index) {
    augment(image.data(), shape, {2, true}, border, 9, 4, index, placed.data());
    EXPECT_EQ(placed, placeNaively(image, shape, drawPlacement({2, true}, 9, 4, index), border));
  }
  augment(image.data(), shape, {}, border, 9, 4, 0, placed.data());
  EXPECT_EQ(placed, image);
}

TEST(Sampler, BlackIsWhatDataSetsMakeOfAZeroByte) {
  DatasetOptions options;
  EXPECT_EQ(getBlackPixel(options, 2), (std::vector<float>{0, 0}));
  options.mean = {0.25f, 0.5f};
  options.std = {0.5f};
  EXPECT_EQ(getBlackPixel(options, 2), (std::vector<float>{-0.5f, -1}));
  options.std = {0.3f, 0.7f};
  EXPECT_EQ(getBlackPixel(options, 2), (std::vector<float>{-0.25f / 0.3f, -0.5f / 0.7f}));
}

TEST(Sampler, RefusesShiftsThatShowNothing) {
  EXPECT_TRUE(checkAugmentation({4, true}, {32, 5, 3}));
  EXPECT_TRUE(checkAugmentation({0, false}, {10}));
  expectError(checkAugmentation({4, true}, {32, 4, 3}),
              {"'augment' requires 'shift' below height and width", "got 4 and images [32, 4, 3]"});
  expectError(checkAugmentation({0, true}, {8, 8, 8, 1}),
              {"'augment' requires images of height, width and channels, but got [8, 8, 8, 1]"});
}
