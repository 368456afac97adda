// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Train/Host/Ticks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace tally;

static std::string show(const Axis &axis) {
  std::string text;
  for (double tick : axis.ticks)
    text += (text.empty() ? "" : " ") + toLabel(tick);
  return text;
}

TEST(Ticks, AreRound) {
  EXPECT_EQ(show(makeAxis(0.12, 2.07, 5)), "0 0.5 1 1.5 2 2.5");
  EXPECT_EQ(show(makeAxis(0.1, 0.3, 5)), "0.1 0.15 0.2 0.25 0.3");
  EXPECT_EQ(show(makeAxis(88.1, 92.3, 5)), "88 89 90 91 92 93");
  EXPECT_EQ(show(makeAxis(-0.2, 0.2, 4)), "-0.2 -0.1 0 0.1 0.2");
  EXPECT_EQ(show(makeAxis(3, 3, 5)), "2.6 2.8 3 3.2 3.4");
  EXPECT_EQ(show(makeAxis(0, 0, 5)), "-1 -0.5 0 0.5 1");
  EXPECT_EQ(show(makeAxis(1e-9, 5e-9, 5)), "1e-09 2e-09 3e-09 4e-09 5e-09");
}

TEST(Ticks, OfWholeNumbersEndWithThem) {
  EXPECT_EQ(show(makeWholeAxis(1, 30, 10)), "1 5 10 15 20 25 30");
  EXPECT_EQ(show(makeWholeAxis(1, 4, 10)), "1 2 3 4");
  EXPECT_EQ(show(makeWholeAxis(1, 2, 10)), "1 2");
  EXPECT_EQ(show(makeWholeAxis(1, 121, 10)), "1 20 40 60 80 100 121");
  EXPECT_EQ(show(makeWholeAxis(7, 7, 10)), "6 7 8");
}

TEST(Ticks, OfLogarithmsArePowersOfTen) {
  EXPECT_EQ(show(makeLogarithmicAxis(0.03, 0.07)), "0.02 0.05 0.1");
  EXPECT_EQ(show(makeLogarithmicAxis(0.001, 0.001)), "0.001 0.002");
  EXPECT_EQ(show(makeLogarithmicAxis(0.001, 1)), "0.001 0.01 0.1 1");
  EXPECT_EQ(show(makeLogarithmicAxis(0.0011, 7)), "0.001 0.01 0.1 1 10");
  Axis axis = makeLogarithmicAxis(0.01, 1);
  EXPECT_NEAR(axis.place(0.1), 0.5, 1e-12);
}

TEST(Ticks, SpanWhatTheyAreFor) {
  std::mt19937_64 random(1);
  auto draw = [&] { return std::exp(double(random() % 4000) / 100 - 20); };
  for (int i = 0; i < 20000; ++i) {
    double low = draw(), high = low + (i % 3 ? draw() : low * 1e-12 * double(i % 100));
    for (const Axis &axis : {makeAxis(low, high, 5), makeAxis(-high, low, 5),
                             makeAxis(-high, -low, 5), makeLogarithmicAxis(low, high)}) {
      ASSERT_GE(axis.ticks.size(), 2u);
      ASSERT_LE(axis.ticks.size(), 11u) << show(axis);
      for (size_t t = 1; t < axis.ticks.size(); ++t)
        ASSERT_LT(axis.ticks[t - 1], axis.ticks[t]);
    }
    Axis axis = makeAxis(low, high, 5), decades = makeLogarithmicAxis(low, high);
    double rounding = 1e-8 * high;
    EXPECT_LE(axis.low(), low + rounding);
    EXPECT_GE(axis.high(), high - rounding);
    EXPECT_LE(decades.low(), low + rounding);
    EXPECT_GE(decades.high(), high - rounding);
    EXPECT_GE(axis.place(low), 0);
    EXPECT_LE(axis.place(high), 1);
  }
}
