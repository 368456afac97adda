// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Json.h"

#include "Support/Files.h"
#include <nlohmann/json.hpp>

using namespace tally;

TEST(Json, ReadsObjects) {
  auto object =
      parseObject(R"({"a": [{"b": 1}, {"b": 2}], "b": {"a": {"a": 3}}, "c": []})", "file");
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_EQ((*object)["a"][1]["b"], 2);
  EXPECT_EQ((*object)["b"]["a"]["a"], 3);
}

TEST(Json, RefusesOtherThings) {
  for (const char *text : {"3", "[{}]"})
    expectError(parseObject(text, "file"), {"file is not a JSON object"});
  for (const char *text : {"", "{\"a\": }", "{\"a\": 1", "{} {}", "{\"a\": 1,}"})
    expectError(parseObject(text, "file"), {"file is not JSON: parse error at line 1, column "});
}

TEST(Json, NamesKeysThatAreGivenTwice) {
  auto refuse = [](const char *text, const char *message) {
    auto object = parseObject(text, "file");
    ASSERT_FALSE(object) << text;
    EXPECT_EQ(object.error().message, message);
  };
  refuse(R"({"a": 1, "a": 1})", "file: 'a' is given twice");
  refuse(R"({"a": {"b": 1}, "a": {}})", "file: 'a' is given twice");
  refuse(R"({"l": [1, {"b": 1}, [2, {"c": {}, "c": []}]]})", "file: 'l'[2][1]: 'c' is given twice");
  refuse(R"({"l": {"x": [{"b": {"c": 0}, "d": 1, "b": 2}]}})",
         "file: 'l': 'x'[0]: 'b' is given twice");
}

TEST(Json, ListsTheKeysThatAreKnown) {
  nlohmann::json object = {{"rate", 1}, {"beta", 2}};
  EXPECT_TRUE(expectKeys(object, {"beta", "rate", "more"}, "file"));
  auto refused = expectKeys(object, {"rate", "beta1"}, "file: 'train'");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "file: 'train': unknown key 'beta'; known are 'rate', "
                                     "'beta1'; did you mean 'beta1'?");
  for (const auto &[value, shown] :
       {std::pair<nlohmann::json, const char *>(3, "3"), {"a", "\"a\""}, {nullptr, "null"}})
    expectError(expectKeys(value, {}, "file"), {"file requires an object, but got ", shown});
  expectError(expectKeys(nlohmann::json::array({1}), {}, "file"), {"but got an array"});
}
