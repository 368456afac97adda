//===- PatternsTest.cpp - several recipes in one word ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Recipe/Recipe.h"

#include <gtest/gtest.h>

using namespace tally;
using Names = std::vector<std::string>;

static Names expand(const std::string &patterns) {
  Result<Names> names = expandRecipes(patterns);
  return names ? *names : Names{"error: " + names.error().message};
}

TEST(Patterns, ExpandsBracesInOrder) {
  EXPECT_EQ(expand("adder-w4a4"), Names{"adder-w4a4"});
  EXPECT_EQ(expand("b{2,1}c,d"), (Names{"b2c", "b1c", "d"}));
  EXPECT_EQ(expand("{a,b}{1,2}"), (Names{"a1", "a2", "b1", "b2"}));
  EXPECT_EQ(expand("x{1{2,3},}"), (Names{"x12", "x13", "x"}));
  EXPECT_EQ(expand("a,b,a"), (Names{"a", "b"})) << "each once";
}

TEST(Patterns, MatchesBuiltinNames) {
  EXPECT_EQ(expand("adder-w{8,6,4,3,2}a*,adderquant-w4a4"),
            (Names{"adder-w8a8", "adder-w6a6", "adder-w4a4", "adder-w3a3", "adder-w2a2",
                   "adderquant-w4a4"}));
  EXPECT_EQ(expand("pot-w?a8"), (Names{"pot-w5a8", "pot-w4a8", "pot-w3a8", "pot-w2a8"}));
  EXPECT_EQ(expand("pot-w4a[78]"), (Names{"pot-w4a8", "pot-w4a7"}));
  EXPECT_EQ(expand("imp*"), Names{"imported"});
  for (const std::string &name : expand("*"))
    EXPECT_TRUE(getBuiltinRecipe(name)) << name;
  // Three families with one number of bits, two with two, binary and ternary weights with those of
  // inputs, and one without any; those that train are asked for by their names.
  EXPECT_EQ(expand("*").size(), 3u * 7 + 2 * 4 * 7 + 2 * 7 + 1);
  EXPECT_EQ(expand("train-pot-w4a*").size(), 7u);
  for (const std::string &name : expand("train-*"))
    EXPECT_TRUE(getBuiltinRecipe(name)) << name;
  EXPECT_TRUE(getBuiltinRecipe("train-w8a8"));
}

TEST(Patterns, RefusesWhatStandsForNothing) {
  EXPECT_EQ(expand("a{b"), Names{"error: recipes 'a{b' have a brace without its counterpart"});
  EXPECT_EQ(expand("a}b"), Names{"error: recipes 'a}b' have a brace without its counterpart"});
  EXPECT_EQ(expand("a,,b"), Names{"error: recipes 'a,,b' have an empty name"});
  EXPECT_EQ(expand("zz*")[0].rfind("error: no built-in recipe is called 'zz*'; built in are ", 0),
            0u);
  EXPECT_EQ(expand("a[")[0].rfind("error: recipes 'a[': ", 0), 0u);
}

TEST(Recipes, MayBeGivenAsText) {
  const std::string text = "{\"layers\": [{\"bits\": 4}]}";
  Result<std::string> read = readRecipe(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, text);
  EXPECT_FALSE(isBuiltinRecipe(text));
}
