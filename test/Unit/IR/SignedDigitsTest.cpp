// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/SignedDigits.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <random>
#include <set>

using namespace tally;

static std::vector<int64_t> samples() {
  std::vector<int64_t> values;
  for (int64_t value = -3000; value <= 3000; ++value)
    values.push_back(value);
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i)
    values.push_back(int32_t(random()));
  for (int64_t edge :
       {int64_t(INT32_MIN), int64_t(INT32_MAX), int64_t(1) << 31, int64_t(0x55555555)})
    values.insert(values.end(), {edge, -edge, edge - 1, edge + 1});
  return values;
}

TEST(SignedDigits, CanonicalFormIsTheNumberAndHasNoNeighbours) {
  for (int64_t value : samples()) {
    std::vector<SignedDigit> digits = toSignedDigits(value);
    EXPECT_EQ(fromSignedDigits(digits), value);
    for (size_t i = 1; i < digits.size(); ++i)
      EXPECT_GE(digits[i - 1].place, digits[i].place + 2) << value;
    EXPECT_LE(digits.size(), 17u);
  }
  for (int64_t value : {INT64_MAX, INT64_MAX - 4, INT64_MIN, INT64_MIN + 3, int64_t(1) << 62,
                        (int64_t(1) << 62) + 1, -(int64_t(1) << 62), 0x5555555555555555}) {
    std::vector<SignedDigit> digits = toSignedDigits(value);
    EXPECT_EQ(fromSignedDigits(digits), value);
    EXPECT_LE(digits.front().place, 63) << value;
  }
  EXPECT_TRUE(toSignedDigits(0).empty());
  EXPECT_EQ(toSignedDigits(7), (std::vector<SignedDigit>{{3, false}, {0, true}}));
  EXPECT_EQ(toSignedDigits(-1), (std::vector<SignedDigit>{{0, true}}));
}

// No sum of fewer signed powers is the same number: all sums of up to two and three digits.
TEST(SignedDigits, NoFormHasFewerDigits) {
  std::set<int64_t> reached = {0};
  for (unsigned count = 1; count <= 3; ++count) {
    std::set<int64_t> next = reached;
    for (int64_t value : reached)
      for (int place = 0; place < 12; ++place)
        next.insert({value + (1 << place), value - (1 << place)});
    for (int64_t value : next)
      if (!reached.count(value) && std::abs(value) < 1024) {
        EXPECT_EQ(toSignedDigits(value).size(), count) << value;
      }
    reached = next;
  }
}

TEST(SignedDigits, PadsToACount) {
  for (int64_t value : samples()) {
    unsigned least = unsigned(toSignedDigits(value).size());
    for (unsigned count = least; count < least + 4; ++count) {
      if (value == 0 && count == 1)
        continue;
      std::vector<SignedDigit> digits = toSignedDigits(value, count);
      EXPECT_EQ(digits.size(), count);
      EXPECT_EQ(fromSignedDigits(digits), value);
      for (SignedDigit digit : digits)
        EXPECT_TRUE(digit.place >= 0 && digit.place <= 33);
    }
  }
}

// Against every number of few digits.
TEST(SignedDigits, FindsTheNearest) {
  for (unsigned count = 1; count <= 4; ++count) {
    std::vector<int64_t> candidates;
    for (int64_t value = -5000; value <= 5000; ++value)
      if (toSignedDigits(value).size() <= count)
        candidates.push_back(value);
    for (int64_t value = -2500; value <= 2500; ++value) {
      int64_t least = INT64_MAX;
      for (int64_t candidate : candidates)
        least = std::min(least, std::abs(candidate - value));
      int64_t nearest = nearestWithDigits(value, count);
      EXPECT_EQ(std::abs(nearest - value), least) << value << " with " << count;
      EXPECT_LE(toSignedDigits(nearest).size(), count);
    }
  }
  EXPECT_EQ(nearestWithDigits(INT32_MAX, 1), int64_t(1) << 31);
  EXPECT_EQ(nearestWithDigits(INT32_MIN, 1), INT32_MIN);
}
