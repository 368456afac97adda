// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Text.h"

#include <gtest/gtest.h>

using namespace tally;

TEST(Text, ShowsWhatAFileHolds) {
  EXPECT_EQ(printable("block1.conv1"), "block1.conv1");
  EXPECT_EQ(printable("a\nb\tc\r"), "a\\nb\\tc\\x0D");
  EXPECT_EQ(printable(std::string("\0\x1B[31m\x7F", 7)), "\\x00\\x1B[31m\\x7F");
  EXPECT_EQ(printable("a\\nb \"'*/"), "a\\nb \"'*/");
}

TEST(Text, LeavesLettersOfOtherScripts) {
  for (const char *text : {"\u00E9", "\u7F51\u7EDC", "\U0001F600", "\u00A0"})
    EXPECT_EQ(printable(text), text);
}

TEST(Text, ShowsWhatIsNoUtf8) {
  EXPECT_EQ(printable("\xFF"), "\\xFF");
  EXPECT_EQ(printable("\xC3"), "\\xC3");                   // cut short
  EXPECT_EQ(printable("\xC3(\xA9"), "\\xC3(\\xA9");        // interrupted
  EXPECT_EQ(printable("\xC0\x8A"), "\\xC0\\x8A");          // a line break in too many bytes
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xED\\xA0\\x80"); // half of a pair of UTF-16
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");
}

TEST(Text, ShowsWhatBreaksAndTurnsLines) {
  EXPECT_EQ(printable("a\u2028b"), "a\\xE2\\x80\\xA8b");
  EXPECT_EQ(printable("a\u202Eb"), "a\\xE2\\x80\\xAEb");
  EXPECT_EQ(printable("a\u0085b"), "a\\xC2\\x85b");
}

TEST(Text, CountsHowDeepBracketsAre) {
  EXPECT_EQ(nestingDepth(""), 0u);
  EXPECT_EQ(nestingDepth("[[1], [2, {a = 3}]]"), 3u);
  EXPECT_EQ(nestingDepth("(i8) -> (tensor<1xi8>)"), 2u);
  EXPECT_EQ(nestingDepth("(d0) : (d0 >= 0, d0 >= 1, -1)"), 2u);
  EXPECT_EQ(nestingDepth(">>> \"[[[\\\"[[[\" // {{{\n[]"), 1u);
  EXPECT_EQ(nestingDepth("- - -\n-d0"), 4u);
  EXPECT_EQ(nestingDepth("\"never closed [[["), 0u);
  EXPECT_EQ(nestingDepth(std::string(100000, '{')), 100000u);
}

TEST(Text, GroupsDigits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1079296), "1,079,296");
}

TEST(Text, CountsInSingularAndPlural) {
  EXPECT_EQ(counted(0, "image"), "0 images");
  EXPECT_EQ(counted(1, "image"), "1 image");
  EXPECT_EQ(counted(1, "class"), "1 class");
  EXPECT_EQ(counted(2, "class"), "2 classes");
}
