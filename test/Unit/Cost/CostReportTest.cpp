// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Energies of a network against a sum by hand, and what the report says of them.

#include "tally/Cost/CostReport.h"
#include "CostNetworks.h"

#include <nlohmann/json.hpp>
#include <sstream>

using namespace tally;
using nlohmann::json;

namespace {

/// As many picojoules as an operation has bits, for a multiplication their square; one for
/// a byte of the first 64, else two.
EnergyTable oneForABit() {
  return *EnergyTable::parse(R"({"description": "one for a bit",
      "integer": {"add": {"8": 8}, "shift": {"8": 8}, "multiply": {"8": 64}},
      "memory": [{"name": "near", "bytes": 64, "picojoules_per_byte": 1}, {"name": "far", "picojoules_per_byte": 2}]})",
                             "bits.json");
}

struct CostReports : test::CostTest {
  Result<CostReport> report(const std::string &text, const EnergyTable &table,
                            const std::string &memory = "") {
    mlir::FailureOr<NetworkCost> network = countNetwork(parse(text));
    if (mlir::failed(network))
      llvm::report_fatal_error(llvm::StringRef(message));
    return makeCostReport(*network, table, memory);
  }
};

std::vector<std::string> linesOf(const std::string &text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

} // namespace

TEST_F(CostReports, EnergyByHand) {
  Result<CostReport> made = report(test::residualNetwork(1), oneForABit());
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->layers.size(), 2u);
  // Differences, sums, the copy's shift, one multiplication an element; 28 + 16 bytes.
  const EnergyPair &layer = made->layers[0];
  EXPECT_DOUBLE_EQ(layer.here.operations, 16 * 4 + 16 * 5 + 8 * 8 + 8 * 32 * 32);
  EXPECT_DOUBLE_EQ(layer.here.memory, 44);
  EXPECT_DOUBLE_EQ(layer.int8.operations, 16 * 64 + 16 * 32 + 8 * 32 * 32);
  EXPECT_DOUBLE_EQ(layer.int8.memory, 17 + 8);
  EXPECT_DOUBLE_EQ(layer.ratio(), 9753.0 / 8444);
  const EnergyPair &join = made->layers[1];
  EXPECT_DOUBLE_EQ(join.here.operations, 8 * 11 + 8 * 12 + 8 * 12 + 16 * 11);
  EXPECT_DOUBLE_EQ(join.here.memory, 42);
  EXPECT_DOUBLE_EQ(join.ratio(), 1);
  EXPECT_DOUBLE_EQ(made->total.here.total(), 8444 + 498);
  EXPECT_DOUBLE_EQ(made->total.int8.total(), 9753 + 498);
}

TEST_F(CostReports, MemoryBySizeOrByName) {
  Result<CostReport> made = report(test::residualNetwork(1), oneForABit());
  EXPECT_EQ(made->memory.weights.bytes, 54);
  EXPECT_EQ(made->memory.activations.bytes, 16); // of one layer
  EXPECT_EQ(made->int8Memory.weights.bytes, 43);
  EXPECT_EQ(made->int8Memory.activations.bytes, 16);
  Result<CostReport> far = report(test::residualNetwork(1), oneForABit(), "far");
  ASSERT_TRUE(far);
  EXPECT_DOUBLE_EQ(far->total.here.memory, 2 * made->total.here.memory);
  EXPECT_DOUBLE_EQ(far->total.int8.memory, 2 * made->total.int8.memory);
  EXPECT_DOUBLE_EQ(far->total.here.operations, made->total.here.operations);
  EXPECT_EQ(report(test::residualNetwork(1), oneForABit(), "Far").error().message,
            "energy table 'bits.json' has no memory 'Far'; it has 'near', 'far'");
}

TEST_F(CostReports, FloatsNeedATableOfFloats) {
  std::string text = R"(
    func.func @main(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
      %y = tosa.add %x, %x : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>
      return %y : tensor<1x3xf32>
    })";
  EXPECT_EQ(
      report(text, oneForABit()).error().message,
      "energy table 'bits.json' requires 'float', because the network computes in floating point");
  Result<CostReport> made = report(text, EnergyTable::builtin());
  ASSERT_TRUE(made);
  EXPECT_DOUBLE_EQ(made->total.here.operations, 3 * 0.9);
  EXPECT_DOUBLE_EQ(made->total.here.memory, (12 + 12) * 1.25);
  EXPECT_DOUBLE_EQ(made->total.int8.operations, 3 * 0.1);
}

TEST_F(CostReports, Text) {
  std::string text = test::residualNetwork(1);
  std::string name(100, 'x');
  text.replace(text.find("\"layer\""), 7, "\"" + name + ".layer\"");
  Result<CostReport> made = report(text, oneForABit());
  std::vector<std::string> lines = linesOf(toText(*made));
  for (const std::string &line : lines)
    EXPECT_LE(line.size(), 120u) << line;
  ASSERT_GT(lines.size(), 4u);
  EXPECT_EQ(lines[0], "flash        56 bytes of constants");
  EXPECT_EQ(lines[1].substr(0, 37), "operations   88 an image: sad 16, add");
  EXPECT_EQ(lines[3].substr(0, 37), "layer                       bits     ");
  EXPECT_EQ(lines[4].substr(0, 37), "..xxxxxxxxxxxxxxxxxxx.layer 4x4>5    ");
  EXPECT_EQ(lines[5].substr(0, 37), "join                                 ");
  EXPECT_EQ(lines[6].substr(0, 37), "total                                ");
  EXPECT_NE(lines[4].find(" 8.44 nJ  9.75 nJ  1.16"), std::string::npos) << lines[4];
  EXPECT_NE(lines[6].find(" 8.94 nJ  10.3 nJ  1.15"), std::string::npos) << lines[6];
  std::string all = toText(*made);
  EXPECT_NE(all.find("multiply          32                8 1024.0000*    8.19 nJ\n"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("'bits.json': one for a bit; * estimated"), std::string::npos) << all;
}

TEST_F(CostReports, NamesOfAnyBytes) {
  std::string text = test::residualNetwork(1), name;
  for (int i = 0; i < 30; ++i)
    name += "\\C3\\A9"; // two bytes each
  text.replace(text.find("\"layer\""), 7, "\"" + name + "\"");
  text.replace(text.find("\"join\""), 6, "\"\\FFjoin\"");
  Result<CostReport> made = report(text, oneForABit());
  EXPECT_EQ(linesOf(toText(*made))[4].substr(0, 4), "..\xC3\xA9");
  json document = json::parse(toJson(*made, "net.mlir"));
  EXPECT_EQ(document["layers"][1]["name"], "\\xFFjoin"); // what is no character
}

TEST_F(CostReports, Json) {
  Result<CostReport> made = report(test::residualNetwork(1), oneForABit());
  json document = json::parse(toJson(*made, "net.mlir"));
  EXPECT_EQ(document["network"], "net.mlir");
  EXPECT_EQ(document["mul_free"], "no");
  EXPECT_EQ(document["energy_table"]["memory"][1]["name"], "far");
  EXPECT_EQ(document["memory"]["constants"]["bytes"], 54);
  ASSERT_EQ(document["layers"].size(), 2u);
  const json &layer = document["layers"][0];
  EXPECT_EQ(layer["name"], "layer");
  EXPECT_EQ(layer["operation"], "tally.adder_conv2d");
  EXPECT_EQ(layer["accumulator_bits"], 5);
  EXPECT_EQ(layer["weights"], 4);
  EXPECT_EQ(layer["zero_weights"], 0);
  EXPECT_EQ(layer["counts"]["sad"], 16);
  EXPECT_EQ(layer["operations"][0], json({{"kind", "sad"},
                                          {"bits", 4},
                                          {"float", false},
                                          {"count", 16},
                                          {"picojoules_each", 4.0},
                                          {"estimate", true}}));
  EXPECT_EQ(layer["bytes"],
            json({{"constants", 28}, {"activations_read", 12}, {"activations_written", 4}}));
  EXPECT_EQ(layer["stored_bytes"]["constants"], 30);
  EXPECT_EQ(layer["picojoules"]["total"], 8444);
  EXPECT_EQ(layer["int8"]["picojoules"]["total"], 9753);
  EXPECT_EQ(layer["int8"]["counts"]["multiply"], 24);
  EXPECT_NEAR(layer["int8_ratio"], 9753.0 / 8444, 1e-12);
  EXPECT_FALSE(document["layers"][1].contains("weights"));
  EXPECT_EQ(document["total"]["picojoules"]["total"], 8942);
  // Totals are the sums of the layers.
  for (const char *kind : {"sad", "add", "compare", "shift", "multiply"}) {
    int64_t sum = 0;
    for (const json &row : document["layers"])
      sum += row["counts"][kind].get<int64_t>();
    EXPECT_EQ(document["total"]["counts"][kind], sum) << kind;
  }
}
