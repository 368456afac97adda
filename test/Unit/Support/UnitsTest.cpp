// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Units.h"

#include "gtest/gtest.h"

using namespace tally;

TEST(Units, Energies) {
  auto read = [](const std::string &text) { return readWithUnit(text, getEnergyUnits()); };
  EXPECT_EQ(read("9.5uJ"), 9.5e6);
  EXPECT_EQ(read("1e-3mJ"), 1e6);
  EXPECT_EQ(read("2pJ"), 2);
  EXPECT_EQ(read("-2nJ"), -2e3);
  for (const char *wrong :
       {"", "uJ", "9.5", "9.5 uJ", "9.5J", "infuJ", "nanpJ", "1e999pJ", "9,5uJ", "0x1pJx", "1uuJ"})
    EXPECT_FALSE(read(wrong)) << wrong;
}

TEST(Units, NumbersWithoutOne) {
  EXPECT_EQ(readWithUnit("48000", {{"", 1}}), 48000);
  EXPECT_EQ(readWithUnit("0.5", {{"", 0.01}}), 0.005);
  EXPECT_FALSE(readWithUnit("48000 ", {{"", 1}}));
}
