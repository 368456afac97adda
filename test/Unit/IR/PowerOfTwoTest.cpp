// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "IR/PowerOfTwoFormats.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <set>

using namespace tally;

//===----------------------------------------------------------------------===//
// Formats and tables
//===----------------------------------------------------------------------===//

TEST(PowerOfTwo, FormatsThatDoNotExist) {
  for (int bits : {-1, 0, 1, 6, 8})
    EXPECT_EQ(PowerOfTwoLevels::get({bits, true, false, true}).error().message,
              "powers of two take 2 to 5 bits, or 1 with a sign and without zero, but got " +
                  std::to_string(bits));
  for (PowerOfTwoFormat other :
       {PowerOfTwoFormat{1, false, false, false}, {1, false, false, true}, {1, true, true, true}})
    EXPECT_FALSE(PowerOfTwoLevels::get(other)) << other.describe();
  EXPECT_EQ(PowerOfTwoLevels::get({4, true, true, false}).error().message,
            "additive powers of two always have a zero");
}

TEST(PowerOfTwo, Describe) {
  EXPECT_EQ((PowerOfTwoFormat{4, true, true, true}).describe(),
            "signed 4-bit additive powers of two");
  EXPECT_EQ((PowerOfTwoFormat{3, false, false, false}).describe(),
            "unsigned 3-bit powers of two without zero");
  EXPECT_EQ((PowerOfTwoFormat{5, true, false, true}).describe(), "signed 5-bit powers of two");
}

// The level sets written out; those without a sign, of magnitude bits 2 to 5.
TEST(PowerOfTwo, Levels) {
  using Levels = std::vector<int64_t>;
  auto sorted = [](int bits, bool isSigned, bool additive, bool hasZero) {
    return levelsOf({bits, isSigned, additive, hasZero}).sorted();
  };
  EXPECT_EQ(sorted(2, false, false, true), (Levels{0, 1, 2, 4}));
  EXPECT_EQ(sorted(2, false, false, false), (Levels{1, 2, 4, 8}));
  EXPECT_EQ(sorted(3, false, false, true), (Levels{0, 1, 2, 4, 8, 16, 32, 64}));
  EXPECT_EQ(sorted(3, false, false, false), (Levels{1, 2, 4, 8, 16, 32, 64, 128}));
  EXPECT_EQ(sorted(2, false, true, true), (Levels{0, 1, 2, 4}));
  EXPECT_EQ(sorted(3, false, true, true), (Levels{0, 1, 2, 3, 4, 6, 8, 10}));
  EXPECT_EQ(sorted(4, false, true, true),
            (Levels{0, 1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 33, 36, 48}));
  EXPECT_EQ(sorted(5, false, true, true),
            (Levels{0,  1,  2,  3,  4,  5,  6,  7,  8,  10, 12, 14, 16, 17, 20, 21,
                    24, 28, 32, 34, 36, 38, 48, 52, 64, 65, 68, 69, 72, 76, 96, 100}));
  EXPECT_EQ(sorted(1, true, false, false), (Levels{-1, 1}));
  EXPECT_EQ(sorted(2, true, false, true), (Levels{-1, 0, 1}));
  EXPECT_EQ(sorted(2, true, true, true), (Levels{-1, 0, 1}));
  EXPECT_EQ(sorted(2, true, false, false), (Levels{-2, -1, 1, 2}));
  EXPECT_EQ(sorted(3, true, false, true), (Levels{-4, -2, -1, 0, 1, 2, 4}));
  EXPECT_EQ(sorted(4, true, true, true),
            (Levels{-10, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 10}));
  EXPECT_EQ(sorted(4, true, false, true).back(), 64);
  EXPECT_EQ(sorted(5, true, false, true).back(), 1 << 14);
  EXPECT_EQ(sorted(5, false, false, true).back(), int64_t(1) << 30);
  EXPECT_EQ(sorted(5, false, false, false).back(), int64_t(1) << 31);
}

TEST(PowerOfTwo, CodeTables) {
  using Levels = std::vector<int64_t>;
  EXPECT_EQ(levelsOf({4, true, false, true}).byCode(),
            (Levels{0, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64}));
  EXPECT_EQ(levelsOf({3, true, false, false}).byCode(), (Levels{1, 2, 4, 8, -1, -2, -4, -8}));
  EXPECT_EQ(levelsOf({4, true, true, true}).byCode(),
            (Levels{0, 2, 1, 3, 4, 6, 8, 10, 0, -2, -1, -3, -4, -6, -8, -10}));
  EXPECT_EQ(levelsOf({4, false, true, true}).byCode(),
            (Levels{0, 1, 4, 16, 2, 3, 6, 18, 8, 9, 12, 24, 32, 33, 36, 48}));
  EXPECT_EQ(levelsOf({2, false, false, false}).byCode(), (Levels{1, 2, 4, 8}));
}

TEST(PowerOfTwo, StorageBits) {
  EXPECT_EQ(levelsOf({4, true, false, true}).storageBits(), 8);    // 64
  EXPECT_EQ(levelsOf({4, true, false, false}).storageBits(), 16);  // 128
  EXPECT_EQ(levelsOf({3, false, false, false}).storageBits(), 8);  // 128
  EXPECT_EQ(levelsOf({5, true, true, true}).storageBits(), 8);     // 48
  EXPECT_EQ(levelsOf({5, false, true, true}).storageBits(), 8);    // 100
  EXPECT_EQ(levelsOf({5, true, false, true}).storageBits(), 16);   // 2^14
  EXPECT_EQ(levelsOf({4, false, false, true}).storageBits(), 16);  // 2^14
  EXPECT_EQ(levelsOf({4, false, false, false}).storageBits(), 16); // 2^15
  EXPECT_EQ(levelsOf({5, true, false, false}).storageBits(), 32);  // 2^15
  EXPECT_EQ(levelsOf({5, false, false, true}).storageBits(), 32);  // 2^30
  EXPECT_EQ(levelsOf({5, false, false, false}).storageBits(), 32); // 2^31
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

TEST(PowerOfTwo, CodesRoundTrip) {
  for (PowerOfTwoFormat format : allFormats()) {
    SCOPED_TRACE(format.describe());
    PowerOfTwoLevels levels = levelsOf(format);
    const int codes = 1 << format.bits;
    std::set<int64_t> seen;
    for (int code = 0; code < codes; ++code) {
      if (format.isSigned && format.hasZero && code == codes / 2) {
        EXPECT_EQ(levels.decode(code).error().message, "code " + std::to_string(code) +
                                                           " is minus zero, which " +
                                                           format.describe() + " do not have");
        EXPECT_EQ(levels.byCode()[code], 0);
        continue;
      }
      auto level = levels.decode(code);
      ASSERT_TRUE(level);
      EXPECT_EQ(*level, levels.byCode()[code]);
      auto back = levels.encode(*level);
      ASSERT_TRUE(back);
      EXPECT_EQ(*back, code);
      if (format.isSigned) {
        EXPECT_EQ(*level < 0, code >= codes / 2);
      }
      seen.insert(*level);
    }
    EXPECT_EQ(std::vector<int64_t>(seen.begin(), seen.end()), levels.sorted());
    EXPECT_EQ(levels.sorted().size(), size_t(codes - (format.isSigned && format.hasZero)));
    EXPECT_EQ(levels.largest(), *seen.rbegin());
    EXPECT_EQ(levels.format(), format);
  }
}

TEST(PowerOfTwo, ReportsWhatIsNoCodeAndNoLevel) {
  PowerOfTwoLevels levels = levelsOf({4, true, false, true});
  for (int code : {-1, 16, 255})
    EXPECT_EQ(levels.decode(code).error().message,
              "code " + std::to_string(code) + " does not fit 4 bits");
  for (int64_t level : {3, -65, 128})
    EXPECT_EQ(levels.encode(level).error().message,
              std::to_string(level) + " is not a level of signed 4-bit powers of two");
  EXPECT_FALSE(levelsOf({4, false, false, true}).encode(-1));
  EXPECT_FALSE(levelsOf({4, true, false, false}).encode(0));
}

TEST(PowerOfTwo, TermsSumUpToTheLevel) {
  for (PowerOfTwoFormat format : allFormats()) {
    PowerOfTwoLevels levels = levelsOf(format);
    size_t most = 0;
    for (int64_t level : levels.sorted()) {
      auto terms = levels.terms(*levels.encode(level));
      int64_t sum = 0;
      for (PowerOfTwoTerm term : terms)
        sum += term.sign * (int64_t(1) << term.shift);
      EXPECT_EQ(sum, level) << format.describe();
      most = std::max(most, terms.size());
    }
    EXPECT_EQ(int(most), levels.maxTerms()) << format.describe();
  }
}

TEST(PowerOfTwo, TermsInTheOrderOfTheFields) {
  using Terms = std::vector<PowerOfTwoTerm>;
  PowerOfTwoLevels three = levelsOf({4, true, true, true});
  EXPECT_EQ(three.terms(*three.encode(-10)), (Terms{{-1, 3}, {-1, 1}}));
  EXPECT_EQ(three.terms(*three.encode(2)), (Terms{{1, 1}}));
  EXPECT_EQ(three.terms(0), Terms());
  PowerOfTwoLevels five = levelsOf({5, false, true, true});
  EXPECT_EQ(five.terms(*five.encode(100)), (Terms{{1, 6}, {1, 5}, {1, 2}}));
  PowerOfTwoLevels plain = levelsOf({4, true, false, true});
  EXPECT_EQ(plain.terms(0b1101), (Terms{{-1, 4}}));
}

//===----------------------------------------------------------------------===//
// Recognition
//===----------------------------------------------------------------------===//

TEST(PowerOfTwo, RecognizesItsOwnLevels) {
  std::mt19937 random(6);
  for (PowerOfTwoFormat format : allFormats()) {
    PowerOfTwoLevels levels = levelsOf(format);
    for (double alpha : {1.0, 0.25, 0.0371, 123.4}) {
      std::vector<float> values;
      for (int64_t level : levels.sorted())
        values.push_back(float(alpha * double(level) / double(levels.largest())));
      std::shuffle(values.begin(), values.end(), random);
      auto found = levels.recognize(values.data(), values.size());
      ASSERT_TRUE(found) << format.describe();
      EXPECT_NEAR(*found, alpha, 1e-7 * alpha);
      if (std::log2(alpha) == std::floor(std::log2(alpha))) {
        EXPECT_EQ(*found, alpha);
      }
      // Noise within the tolerance, and without.
      for (float &value : values)
        value *= random() % 2 ? 1 + 2e-6f : 1 - 2e-6f;
      EXPECT_TRUE(levels.recognize(values.data(), values.size()));
      if (values.size() > 3) {
        auto largest = std::max_element(values.begin(), values.end());
        *largest *= 1.01f;
        EXPECT_FALSE(levels.recognize(values.data(), values.size())) << format.describe();
      }
    }
  }
}

TEST(PowerOfTwo, RecognizesFiltersThatLeaveTheLargestLevelOut) {
  PowerOfTwoLevels additive = levelsOf({5, true, true, true});
  // 36 : 9 : 33 are levels, but 48 * 9 / 36 = 12 and 48 * 33 / 36 = 44 are not all.
  std::vector<float> values = {36, -9, 33, 0};
  EXPECT_EQ(additive.recognize(values.data(), values.size()), 48.0);
  values = {32, -8, 2, 1}; // every scale that fits: the lowest
  EXPECT_EQ(levelsOf({4, true, false, true}).recognize(values.data(), 4), 32.0);
}

TEST(PowerOfTwo, RecognizesNothingElse) {
  PowerOfTwoLevels levels = levelsOf({4, true, false, true});
  auto recognize = [&](std::vector<float> values) {
    return levels.recognize(values.data(), values.size());
  };
  EXPECT_FALSE(recognize({1, 3}));
  EXPECT_FALSE(recognize({1, 1.0f / 128})); // one octave too many
  EXPECT_TRUE(recognize({1, 1.0f / 64}));
  EXPECT_FALSE(recognize({1, 1e-4f}));        // not zero, if small
  EXPECT_TRUE(recognize({1, 1e-8f, -1e-8f})); // zero but for noise
  EXPECT_FALSE(recognize({1, NAN}));
  EXPECT_FALSE(recognize({INFINITY, 1}));
  EXPECT_EQ(recognize({0, 0, -0.0f}), 1.0);
  EXPECT_EQ(recognize({}), 1.0);
  EXPECT_EQ(recognize({-0.3f}), double(0.3f));
  EXPECT_EQ(recognize({1e-42f, 5e-43f}).has_value(), true); // below the normal floats
  std::vector<float> negative = {1, -1}, zero = {0, 0};
  EXPECT_FALSE(levelsOf({4, false, false, true}).recognize(negative.data(), 2));
  EXPECT_FALSE(levelsOf({4, true, false, false}).recognize(zero.data(), 2));
}

//===----------------------------------------------------------------------===//
// How good the sets are
//===----------------------------------------------------------------------===//

/// Signal to error in dB at the best of a range of scales.
static double bestSqnr(const PowerOfTwoLevels &levels, const std::vector<double> &samples) {
  double best = 0;
  for (double alpha = 1; alpha < 12; alpha *= 1.08) {
    double signal = 0, error = 0, unit = alpha / double(levels.largest());
    for (double x : samples) {
      double e = x - unit * double(levels.nearest(x / unit));
      signal += x * x;
      error += e * e;
    }
    best = std::max(best, 10 * std::log10(signal / error));
  }
  return best;
}

TEST(PowerOfTwo, SignalToErrorAsPublished) {
  std::mt19937 random(8);
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> exponential;
  std::vector<double> gaussian(40000), laplacian(40000);
  for (double &x : gaussian)
    x = normal(random);
  for (double &x : laplacian)
    x = (random() % 2 ? 1 : -1) * exponential(random);

  struct Row {
    int bits;
    bool additive;
    double gaussian, laplacian;
  };
  for (Row row : {Row{3, false, 13.4, 11.7},
                  {3, true, 13.4, 11.7},
                  {4, false, 14.3, 14.4},
                  {4, true, 19.3, 17.1},
                  {5, false, 14.3, 14.4},
                  {5, true, 22.3, 21.9}}) {
    PowerOfTwoLevels levels = levelsOf({row.bits, true, row.additive, true});
    EXPECT_NEAR(bestSqnr(levels, gaussian), row.gaussian, 0.3) << levels.format().describe();
    EXPECT_NEAR(bestSqnr(levels, laplacian), row.laplacian, 0.3) << levels.format().describe();
  }
}
