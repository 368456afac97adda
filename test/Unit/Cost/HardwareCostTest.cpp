// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/HardwareCost.h"

#include <gtest/gtest.h>

using namespace tally;

// Booth is measured in two accumulators, the others in one; `product` is larger than Booth.
static const char *const kFigures = R"({"tools": {}, "units": {
  "a": {"unit": ["booth", 8, 8, 24, 1], "transistors": 2800, "xc7_luts": 60},
  "b": {"unit": ["booth", 8, 8, 32, 1], "transistors": 3120, "xc7_luts": 68},
  "c": {"unit": ["product", 8, 8, 24, 1], "transistors": 3300, "xc7_luts": 130},
  "d": {"unit": ["booth", 4, 4, 24, 1], "transistors": 1300, "xc7_luts": 33},
  "e": {"unit": ["sad", 4, 4, 24, 1], "transistors": 650, "xc7_luts": 9},
  "f": {"unit": ["sad", 8, 8, 24, 8], "transistors": 6000, "xc7_luts": 150},
  "g": {"unit": ["pot", 8, 4, 24, 1], "transistors": 1500}}})";

static UnitCosts costs() { return *UnitCosts::parse(kFigures, "figures"); }

TEST(HardwareCost, SmallestUnitThatIsWideEnough) {
  std::optional<CircuitSize> size = costs().of("uniform", 8, 8, 24);
  ASSERT_TRUE(size);
  EXPECT_EQ(size->lookUpTables, 60);
  EXPECT_EQ(size->transistors, 2800);
  EXPECT_FALSE(size->isEstimate);
  // Of fewer bits: the smallest that is wide enough, and no better than an estimate.
  size = costs().of("uniform", 4, 3, 24);
  ASSERT_TRUE(size);
  EXPECT_EQ(size->lookUpTables, 33);
  EXPECT_TRUE(size->isEstimate);
  EXPECT_FALSE(costs().of("uniform", 9, 8, 24));
}

TEST(HardwareCost, UnitsThatAreNotWhollyMeasuredHaveNoSize) {
  EXPECT_FALSE(costs().of("sad", 8, 8, 24)); // eight lanes are no measure of one
  EXPECT_FALSE(costs().of("pot", 8, 4, 24)); // no look-up tables
  EXPECT_FALSE(costs().of("apot", 8, 4, 24));
}

TEST(HardwareCost, AccumulatorsOnALine) {
  EXPECT_EQ(costs().of("uniform", 8, 8, 28)->transistors, 2960);
  EXPECT_EQ(costs().of("uniform", 8, 8, 20)->lookUpTables, 56);
  EXPECT_EQ(costs().of("uniform", 8, 8, 40)->transistors, 3440);
  EXPECT_TRUE(costs().of("uniform", 8, 8, 28)->isEstimate);
  EXPECT_FALSE(costs().of("uniform", 8, 8, 32)->isEstimate);
  // One point: 40 transistors a bit, as Booth's other width.
  EXPECT_EQ(costs().of("sad", 4, 4, 12)->transistors, 650 - 12 * 40);
}

static LayerCost layerOf(OperationKind kind, int64_t products, int bits, int accumulatorBits) {
  LayerCost layer;
  layer.name = "layer";
  layer.products = products;
  layer.product = {kind, bits};
  layer.inputBits = layer.weightBits = bits;
  layer.accumulatorBits = accumulatorBits;
  return layer;
}

TEST(HardwareCost, LanesAndCycles) {
  NetworkCost network;
  network.layers = {layerOf(OperationKind::Sad, 1001, 4, 24),
                    layerOf(OperationKind::Multiply, 80, 8, 24), LayerCost(),
                    layerOf(OperationKind::Sad, 100, 8, 24)};
  HardwareCost hardware = countHardware(network, 10, costs());
  ASSERT_EQ(hardware.layers.size(), 4u);
  EXPECT_EQ(hardware.layers[0].unit, "sad");
  EXPECT_EQ(hardware.layers[0].cycles, 101);
  EXPECT_EQ(hardware.layers[0].here->lookUpTables, 90);
  EXPECT_EQ(hardware.layers[0].int8->lookUpTables, 680);
  EXPECT_EQ(hardware.layers[1].unit, "uniform");
  EXPECT_EQ(hardware.layers[1].here->lookUpTables, 600);
  EXPECT_EQ(hardware.layers[2].unit, "");
  EXPECT_FALSE(hardware.layers[2].int8);
  // What was not measured is no part of the total, on neither side.
  EXPECT_FALSE(hardware.layers[3].here);
  EXPECT_EQ(hardware.notMeasured, 1);
  EXPECT_EQ(hardware.total.cycles, 109);
  EXPECT_EQ(hardware.total.here->lookUpTables, 690);
  EXPECT_EQ(hardware.total.int8->lookUpTables, 1360);
}

TEST(HardwareCost, SumsOfPowersAreAnotherUnit) {
  NetworkCost network;
  network.layers = {layerOf(OperationKind::Shift, 8, 4, 24),
                    layerOf(OperationKind::Shift, 8, 4, 24)};
  network.layers[1].isAdditive = true;
  HardwareCost hardware = countHardware(network, 1);
  EXPECT_EQ(hardware.layers[0].unit, "pot");
  EXPECT_EQ(hardware.layers[1].unit, "apot");
  EXPECT_TRUE(hardware.layers[0].here);
  EXPECT_TRUE(hardware.layers[1].here);
}

// What the study promised, held by the figures that the product carries.
TEST(HardwareCost, BuiltinFiguresOfAbsoluteDifferences) {
  const UnitCosts &builtin = UnitCosts::builtin();
  for (auto [bits, most] : {std::pair(8, 0.34), {4, 0.50}}) {
    std::optional<CircuitSize> sad = builtin.of("sad", bits, bits, 24);
    std::optional<CircuitSize> uniform = builtin.of("uniform", bits, bits, 24);
    ASSERT_TRUE(sad && uniform) << bits;
    EXPECT_LE(sad->transistors, most * uniform->transistors) << bits;
    EXPECT_LE(sad->lookUpTables, most * uniform->lookUpTables) << bits;
  }
}

TEST(HardwareCost, FiguresWithMistakes) {
  auto message = [](const char *text) { return UnitCosts::parse(text, "F").error().message; };
  EXPECT_EQ(message("{}"), "figures of units 'F' requires 'units'");
  EXPECT_EQ(message(R"({"units": {"a": {"unit": ["booth", 8, 8, 24]}}})"),
            "figures of units 'F': 'a' requires 'unit' with a name and four numbers");
  EXPECT_EQ(message(R"({"units": {"a": {"unit": ["booth", 8, 8, 24, 1], "xc7_luts": "x"}}})"),
            "figures of units 'F': 'a': 'xc7_luts' requires a number, but got \"x\"");
}
