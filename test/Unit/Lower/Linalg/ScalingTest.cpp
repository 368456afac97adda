// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Other numbers with the same results: against every code, and against every offset.

#include "tally/Lower/Linalg/Scaling.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <gtest/gtest.h>
#include <random>

using namespace tally;

namespace {

int64_t apply(const Scaling &scaling, int64_t code, CodeRange output) {
  __int128 value = (__int128(code) * scaling.multiplier + scaling.offset) >> scaling.shift;
  return int64_t(std::clamp<__int128>(value, output.min, output.max));
}

bool areEqual(const Scaling &one, const Scaling &other, CodeRange input, CodeRange output) {
  for (int64_t code = input.min; code <= input.max; ++code)
    if (apply(one, code, output) != apply(other, code, output))
      return false;
  return true;
}

/// The interval holds exactly the offsets that give equal results.
TEST(FindEqualOffsets, AllAndNoOther) {
  std::mt19937 random(1);
  auto draw = [&](int64_t low, int64_t high) {
    return low + int64_t(random() % uint64_t(high - low + 1));
  };
  int found = 0, none = 0;
  for (int round = 0; round < 3000; ++round) {
    Scaling scaling{draw(-40, 40), draw(-600, 600), draw(0, 7)};
    CodeRange input{draw(-30, 0), draw(1, 30)}, output{draw(-9, 0), draw(1, 9)};
    int64_t multiplier = draw(-20, 40), shift = draw(0, 7);
    if (round % 2) { // near enough that something is often found
      shift = draw(0, scaling.shift);
      multiplier = scaling.multiplier >> (scaling.shift - shift);
    }
    auto offsets = findEqualOffsets(scaling, multiplier, shift, input, output);
    // Staircases go down with multipliers of the other sign; those without steps are not looked
    // for.
    bool sameWay = scaling.multiplier < 0 ? multiplier <= 0 : multiplier >= 0;
    bool any = false;
    for (int64_t offset = -8000; offset <= 8000; ++offset) {
      bool equal = areEqual(scaling, {multiplier, offset, shift}, input, output);
      any |= equal;
      if (sameWay) {
        ASSERT_EQ(equal, offsets && offsets->low <= offset && offset <= offsets->high)
            << scaling.multiplier << " " << scaling.offset << " " << scaling.shift << " -> "
            << multiplier << " " << offset << " " << shift;
      }
    }
    EXPECT_EQ(offsets.has_value(), sameWay && any);
    (offsets ? found : none) += 1;
  }
  EXPECT_GT(found, 300);
  EXPECT_GT(none, 300);
}

TEST(FindEqualOffsets, ManySteps) {
  EXPECT_TRUE(findEqualOffsets({1, 0, 0}, 1, 0, {0, 65536}, {0, 1 << 20}));
  EXPECT_FALSE(findEqualOffsets({1, 0, 0}, 1, 0, {0, 65537}, {0, 1 << 20}));
  // Many steps of few codes, and many codes on few steps.
  EXPECT_TRUE(findEqualOffsets({1 << 20, 0, 0}, 1 << 20, 0, {0, 65535}, {INT32_MIN, INT32_MAX}));
  EXPECT_TRUE(findEqualOffsets({1, 0, 24}, 1, 24, {INT32_MIN, INT32_MAX}, {-128, 127}));
}

TEST(FindOffsetZeros, FitsOrNot) {
  EXPECT_EQ(findOffsetZeros({}), 0);
  EXPECT_EQ(findOffsetZeros({INT32_MIN, INT32_MAX}), 0);
  EXPECT_EQ(findOffsetZeros({int64_t(INT32_MAX) + 1, 0}), 31);
  EXPECT_EQ(findOffsetZeros({(int64_t(INT32_MAX) << 5), 32}), 5);
  EXPECT_EQ(findOffsetZeros({int64_t(INT32_MAX) + 1, 1}), std::nullopt);
  EXPECT_EQ(findOffsetZeros({int64_t(INT32_MIN) * 8, 4}), std::nullopt);
  EXPECT_EQ(findOffsetZeros({int64_t(INT32_MIN) * 8, 8}), 3);
}

struct NarrowScalings : testing::Test {
  std::mt19937 random{2};

  /// As quantization makes them: multipliers of 31 bits.
  std::vector<Scaling> makeScalings(size_t channels, CodeRange input, bool negative) {
    std::vector<Scaling> scalings;
    int64_t bits = llvm::Log2_64_Ceil(uint64_t(input.max - input.min + 1));
    for (size_t channel = 0; channel < channels; ++channel) {
      int64_t shift = 24 + bits + int64_t(random() % 4);
      int64_t multiplier = (int64_t(1) << 30) + int64_t(random() % (1u << 30));
      int64_t centre = (input.min + input.max) / 2;
      int64_t sign = negative && random() % 2 ? -1 : 1;
      scalings.push_back(
          {sign * multiplier,
           -sign * centre * multiplier + (int64_t(random() % 100) << shift) + int64_t(random()),
           shift});
    }
    return scalings;
  }
};

TEST_F(NarrowScalings, SumsToCodes) {
  for (CodeRange output : {CodeRange{0, 15}, CodeRange{-128, 127}})
    for (CodeRange input : {CodeRange{-2700, 0}, CodeRange{-70000, 70000}, CodeRange{0, 1}})
      for (bool negative : {false, true}) {
        std::vector<Scaling> scalings = makeScalings(20, input, negative);
        auto narrowed = narrowScalings(scalings, input, output, false);
        ASSERT_TRUE(narrowed);
        std::vector<int64_t> offsets;
        for (size_t channel = 0; channel < scalings.size(); ++channel) {
          const Scaling &to = (*narrowed)[channel];
          EXPECT_TRUE(areEqual(scalings[channel], to, input, output));
          EXPECT_EQ(to.shift, narrowed->front().shift);
          EXPECT_TRUE(llvm::isInt<32>(to.multiplier));
          offsets.push_back(to.offset);
        }
        EXPECT_TRUE(findOffsetZeros(offsets));
        // The same multipliers: offsets alone.
        auto kept = narrowScalings(scalings, input, output, true);
        ASSERT_TRUE(kept);
        for (size_t channel = 0; channel < scalings.size(); ++channel) {
          EXPECT_TRUE(areEqual(scalings[channel], (*kept)[channel], input, output));
          EXPECT_EQ((*kept)[channel].multiplier, scalings[channel].multiplier);
          EXPECT_EQ((*kept)[channel].shift, scalings[channel].shift);
          offsets[channel] = (*kept)[channel].offset;
        }
        EXPECT_TRUE(findOffsetZeros(offsets));
      }
}

// Every code, by the form that code is made of. Words are too short for offsets that are much
// larger than the results.
TEST_F(NarrowScalings, HighWords) {
  int found = 0, all = 0;
  for (CodeRange output : {CodeRange{0, 15}, CodeRange{-128, 127}, CodeRange{0, 255}})
    for (CodeRange input : {CodeRange{-2700, 0}, CodeRange{-300000, 300000}, CodeRange{0, 1}})
      for (const Scaling &from : makeScalings(20, input, /*negative=*/true)) {
        ++all;
        auto high = useHighWords(from, input, output);
        if (!high)
          continue;
        ++found;
        const Scaling &to = high->scalings.front();
        ASSERT_TRUE(llvm::isInt<32>(to.multiplier) && to.shift >= 0 && to.shift < 32);
        for (int64_t code = input.min; code <= input.max; ++code) {
          int64_t early = code << high->early;
          ASSERT_TRUE(llvm::isInt<32>(early));
          int64_t sum = ((early * to.multiplier) >> 32) + to.offset;
          ASSERT_TRUE(llvm::isInt<32>(sum));
          ASSERT_EQ(std::clamp(sum >> to.shift, output.min, output.max), apply(from, code, output));
        }
      }
  EXPECT_GT(found, all * 3 / 4);
  // Channels share a shift of their codes.
  CodeRange input{-2700, 2700}, output{-128, 127};
  std::vector<Scaling> channels = {{1 << 30, 0, 36}, {(1 << 30) + 5, 77, 35}};
  auto both = useHighWords(channels, input, output);
  ASSERT_TRUE(both && both->scalings.size() == 2);
  // Codes as wide as words leave no room for what decides; others do not fit any.
  CodeRange wide{INT32_MIN, INT32_MAX};
  EXPECT_FALSE(useHighWords({{(1 << 30) + 12345, (int64_t(1) << 31) + 1, 40}}, wide, {-128, 127}));
  EXPECT_FALSE(useHighWords({{3, 0, 1}}, {0, int64_t(1) << 32}, {0, 255}));
}

TEST_F(NarrowScalings, NothingToBeHad) {
  CodeRange input{-100, 100}, output{-128, 127};
  EXPECT_FALSE(narrowScalings({{3, 5, 1}, {5, 7, 1}}, input, output, false));
  // Two shifts, and multipliers of so few bits that none can go.
  EXPECT_FALSE(narrowScalings({{1, 0, 0}, {3, 0, 1}}, input, output, false));
  EXPECT_FALSE(narrowScalings({{1, 0, 0}, {3, 0, 1}}, input, output, true));
  // Every bit of the offset decides.
  CodeRange wide{INT32_MIN + 1, INT32_MAX};
  EXPECT_FALSE(narrowScalings({{1, (int64_t(1) << 31) + 1, 0}, {3, 5, 0}}, {-9, -1}, wide, false));
}

} // namespace
