// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Picojoules: what the built-in table cites, what is estimated from it, and tables of users.

#include "tally/Cost/EnergyTable.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace tally;

namespace {

double energyOf(const EnergyTable &table, OperationKind kind, int bits, bool isFloat = false) {
  auto energy = table.of({kind, bits, isFloat});
  return energy ? energy->picojoules : -1;
}

/// A table that is valid, with `replaced` in place of `part`.
std::string changed(const std::string &part, const std::string &replaced) {
  std::string text = R"({"integer": {"add": {"8": 1}, "shift": {"8": 2}, "multiply": {"8": 4}},
    "memory": [{"name": "a", "bytes": 10, "picojoules_per_byte": 1}, {"name": "b", "picojoules_per_byte": 9}]})";
  if (!part.empty())
    text.replace(text.find(part), part.size(), replaced);
  return text;
}

std::string errorOf(const std::string &text) {
  Result<EnergyTable> table = EnergyTable::parse(text, "t.json");
  return table ? "" : table.error().message;
}

} // namespace

TEST(EnergyTable, BuiltinCites) {
  const EnergyTable &table = EnergyTable::builtin();
  struct {
    OperationKind kind;
    int bits;
    bool isFloat;
    double picojoules;
  } const published[] = {
      {OperationKind::Add, 8, false, 0.03},     {OperationKind::Add, 32, false, 0.1},
      {OperationKind::Multiply, 8, false, 0.2}, {OperationKind::Multiply, 32, false, 3.1},
      {OperationKind::Shift, 8, false, 0.024},  {OperationKind::Shift, 32, false, 0.13},
      {OperationKind::Add, 16, true, 0.4},      {OperationKind::Add, 32, true, 0.9},
      {OperationKind::Multiply, 16, true, 1.1}, {OperationKind::Multiply, 32, true, 3.7}};
  for (const auto &one : published) {
    auto energy = table.of({one.kind, one.bits, one.isFloat});
    ASSERT_TRUE(energy);
    EXPECT_EQ(energy->picojoules, one.picojoules);
    EXPECT_FALSE(energy->isEstimate);
  }
  // Per 64 bits: 10, 20, 100 pJ and the middle of 1.3 and 2.6 nJ.
  ASSERT_EQ(table.memories().size(), 4u);
  EXPECT_EQ(8 * table.holding(8192).picojoulesPerByte, 10);
  EXPECT_EQ(8 * table.holding(32768).picojoulesPerByte, 20);
  EXPECT_EQ(8 * table.holding(1 << 20).picojoulesPerByte, 100);
  EXPECT_EQ(8 * table.holding((1 << 20) + 1).picojoulesPerByte, 1950);
}

TEST(EnergyTable, EstimatesOtherWidths) {
  const EnergyTable &table = EnergyTable::builtin();
  // 16 is as far from 8 as from 32, in ratios.
  EXPECT_NEAR(energyOf(table, OperationKind::Add, 16), std::sqrt(0.03 * 0.1), 1e-12);
  EXPECT_NEAR(energyOf(table, OperationKind::Multiply, 16), std::sqrt(0.2 * 3.1), 1e-12);
  EXPECT_NEAR(energyOf(table, OperationKind::Add, 4), 0.015, 1e-12);
  EXPECT_NEAR(energyOf(table, OperationKind::Add, 64), 0.2, 1e-12);
  EXPECT_NEAR(energyOf(table, OperationKind::Multiply, 4), 0.05, 1e-12);
  EXPECT_NEAR(energyOf(table, OperationKind::Multiply, 64), 12.4, 1e-12);
  EXPECT_NEAR(energyOf(table, OperationKind::Shift, 4), 0.012, 1e-12);
  EXPECT_NEAR(energyOf(table, OperationKind::Multiply, 8, true), 1.1 / 4, 1e-12);
  for (OperationKind kind : kOperationKinds) {
    for (int bits = 2; bits <= 64; ++bits)
      EXPECT_GT(energyOf(table, kind, bits), energyOf(table, kind, bits - 1))
          << toString(kind) << bits;
    EXPECT_TRUE(table.of({kind, 12})->isEstimate);
  }
  // Of an addition, at a width of the table or not.
  EXPECT_EQ(energyOf(table, OperationKind::Sad, 8), 0.03);
  EXPECT_TRUE(table.of({OperationKind::Sad, 8})->isEstimate);
  EXPECT_EQ(energyOf(table, OperationKind::Compare, 32, true), 0.9);
  EXPECT_EQ(energyOf(table, OperationKind::Shift, 32, true), -1);
}

TEST(EnergyTable, MemoriesOfOtherSizes) {
  const EnergyTable &table = EnergyTable::builtin();
  EXPECT_EQ(table.holding(0).picojoulesPerByte, 1.25);
  EXPECT_EQ(table.holding(100).name, "8 KiB");
  EnergyTable::Memory between = table.holding(16384);
  EXPECT_NEAR(between.picojoulesPerByte, std::sqrt(1.25 * 2.5), 1e-12);
  EXPECT_EQ(between.name, "");
  EXPECT_EQ(between.bytes, 16384);
  EXPECT_EQ(table.holding(INT64_MAX).name, "DRAM");
  EXPECT_EQ(table.named("DRAM")->picojoulesPerByte, 243.75);
  EXPECT_EQ(table.named("dram"), nullptr);
}

TEST(EnergyTable, OfAUser) {
  Result<EnergyTable> table = EnergyTable::parse(
      R"({"description": "mine", "sources": ["measured"],
          "integer": {"sad": {"4": 7}, "compare": {"4": 0, "8": 6}, "add": {"8": 1}, "shift": {"8": 2}, "multiply": {"8": 4}},
          "memory": [{"name": "all", "picojoules_per_byte": 3}]})",
      "mine.json");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->description(), "mine");
  EXPECT_EQ(table->origin(), "mine.json");
  EXPECT_EQ(energyOf(*table, OperationKind::Sad, 4), 7);
  EXPECT_FALSE(table->of({OperationKind::Sad, 4})->isEstimate);
  EXPECT_EQ(energyOf(*table, OperationKind::Sad, 8), 14);
  EXPECT_EQ(energyOf(*table, OperationKind::Compare, 6), 3); // a straight line from zero
  EXPECT_EQ(energyOf(*table, OperationKind::Add, 32, true), -1);
  EXPECT_EQ(table->holding(1 << 30).name, "all");
  EXPECT_EQ(errorOf(changed("", "")), "");
}

TEST(EnergyTable, MistakesAreTold) {
  EXPECT_EQ(
      errorOf("{").rfind("energy table 't.json' is not JSON: parse error at line 1, column 2", 0),
      0u)
      << errorOf("{");
  EXPECT_EQ(errorOf("[]"), "energy table 't.json' is not a JSON object");
  EXPECT_EQ(errorOf(changed("\"memory\"", "\"memories\"")),
            "energy table 't.json': unknown key 'memories'; known are 'description', 'sources', "
            "'integer', 'float', 'memory'; did you mean 'memory'?");
  EXPECT_EQ(errorOf(changed("\"add\": {\"8\": 1}, ", "\"add\": {\"8\": 1, \"8\": 2}, ")),
            "energy table 't.json': 'integer': 'add': '8' is given twice");
  EXPECT_EQ(errorOf(R"({"integer": {}})"), "energy table 't.json' requires 'memory'");
  EXPECT_EQ(errorOf(changed("\"add\": {\"8\": 1}, ", "")),
            "energy table 't.json': 'integer' requires 'add'");
  EXPECT_EQ(errorOf(changed("\"shift\"", "\"shfit\"")),
            "energy table 't.json': 'integer': unknown key 'shfit'; known are 'sad', 'add', "
            "'compare', 'shift', 'multiply'; did you mean 'shift'?");
  EXPECT_EQ(errorOf(changed("{\"8\": 1}", "0.5")),
            "energy table 't.json': 'integer': 'add' requires picojoules by width, such as {\"8\": "
            "0.03}, but got 0.5");
  EXPECT_EQ(errorOf(changed("{\"8\": 1}", "{}")),
            "energy table 't.json': 'integer': 'add' requires picojoules by width, such as {\"8\": "
            "0.03}, but got none");
  for (std::string width : {"x", "0", "129", "8 ", "-8", "08", ""})
    EXPECT_EQ(errorOf(changed("{\"8\": 1}", "{\"" + width + "\": 1}")),
              "energy table 't.json': 'integer': 'add' requires widths in 1..128 bits, but got '" +
                  width + "'");
  for (std::string value : {"-1", "\"1\"", "null", "true"})
    EXPECT_EQ(errorOf(changed("{\"8\": 4}", "{\"8\": " + value + "}")),
              "energy table 't.json': 'integer': 'multiply': '8' requires a number of picojoules "
              "in 0..1e12, but got " +
                  value);
  EXPECT_EQ(errorOf(changed("\"memory\"", "\"float\": {\"add\": {\"32\": 1}}, \"memory\"")),
            "energy table 't.json': 'float' requires 'multiply'");
  EXPECT_EQ(errorOf(changed("\"memory\"", "\"description\": 3, \"memory\"")),
            "energy table 't.json': 'description' requires a string, but got 3");
  EXPECT_EQ(errorOf(changed("\"memory\"", "\"sources\": [3], \"memory\"")),
            "energy table 't.json': 'sources' requires a list of strings");
}

TEST(EnergyTable, MistakesInMemory) {
  std::string where = "energy table 't.json': 'memory'";
  EXPECT_EQ(errorOf(changed("\"bytes\": 10, ", "")),
            where + "[0] requires 'bytes', a whole number above 0, but got none");
  EXPECT_EQ(errorOf(changed("10", "2.5")),
            where + "[0] requires 'bytes', a whole number above 0, but got 2.5");
  EXPECT_EQ(errorOf(changed("\"b\"", "\"b\", \"bytes\": 5")),
            where + "[1] must not have 'bytes': the last memory holds what fits in no other");
  EXPECT_EQ(errorOf(changed("\"b\"", "\"a\"")), where + "[1]: 'name' 'a' is taken");
  EXPECT_EQ(errorOf(changed("\"name\": \"b\", ", "")), where + "[1] requires 'name'");
  EXPECT_EQ(errorOf(changed("\"b\"", "7")), where + "[1]: 'name' requires a string, but got 7");
  EXPECT_EQ(errorOf(changed(": 9", ": []")),
            where + "[1]: 'picojoules_per_byte' requires a number of picojoules in 0..1e12, but "
                    "got an array");
  EXPECT_EQ(errorOf(changed("{\"name\": \"b\", \"picojoules_per_byte\": 9}", "3")),
            where + "[1] requires an object, but got 3");
  EXPECT_EQ(errorOf(changed("\"b\"",
                            "\"c\", \"bytes\": 10, \"picojoules_per_byte\": 1}, {\"name\": \"b\"")),
            where + "[1] requires 'bytes', a whole number above 10, but got 10");
  EXPECT_EQ(
      errorOf(
          R"({"integer": {"add": {"8": 1}, "shift": {"8": 2}, "multiply": {"8": 4}}, "memory": []})"),
      where + " requires a list of memories, smallest first");
  EXPECT_NE(EnergyTable::load("/no/such/file").error().message.find("/no/such/file"),
            std::string::npos);
}
