// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Spelling.h"

#include <gtest/gtest.h>

using namespace tally;

TEST(Spelling, ListsWords) {
  EXPECT_EQ(listQuoted({}), "");
  EXPECT_EQ(listQuoted({"a", "b c"}), "'a', 'b c'");
}

TEST(Spelling, SuggestsWhatIsNear) {
  const std::vector<std::string> known = {"momentum", "milestones", "--limit", "rate", "eval"};
  auto suggest = [&](const char *name) { return didYouMean(name, known); };
  EXPECT_EQ(suggest("momentom"), "; did you mean 'momentum'?"); // one replaced
  EXPECT_EQ(suggest("mmentu"), "; did you mean 'momentum'?");   // two left out
  EXPECT_EQ(suggest("milesstones"), "; did you mean 'milestones'?");
  EXPECT_EQ(suggest("rat"), "; did you mean 'rate'?"); // goes on like that
  EXPECT_EQ(suggest("mi"), "; did you mean 'milestones'?");
  EXPECT_EQ(suggest("--limt"), "; did you mean '--limit'?");
  EXPECT_EQ(suggest("eavl"), "; did you mean 'eval'?"); // two replaced of four letters
}

TEST(Spelling, SuggestsNothingElse) {
  EXPECT_EQ(didYouMean("wholly", {"momentum", "rate"}), "");
  EXPECT_EQ(didYouMean("", {"rate"}), "");
  EXPECT_EQ(didYouMean("--", {"rate"}), "");
  EXPECT_EQ(didYouMean("rate", {}), "");
}

TEST(Spelling, TakesTheNearest) {
  EXPECT_EQ(didYouMean("beta", {"bets", "betas", "delta"}), "; did you mean 'betas'?");
  EXPECT_EQ(didYouMean("abcdefghi", {"abcdefxyz", "abcdefgxx"}), "; did you mean 'abcdefgxx'?");
}
