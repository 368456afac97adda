// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Which operations make a layer, and which bytes move, against networks counted by hand.

#include "tally/Cost/NetworkCost.h"
#include "CostNetworks.h"

using namespace tally;
using test::Counts;

namespace {

struct NetworkCosts : test::CostTest {
  NetworkCost count(const std::string &text, MulFree level = MulFree::No) {
    mlir::FailureOr<NetworkCost> network = countNetwork(parse(text), level);
    if (mlir::failed(network))
      llvm::report_fatal_error(llvm::StringRef(message));
    return *network;
  }
};

/// {constants, read, written}
using Bytes = std::array<int64_t, 3>;
Bytes bytesOf(const Traffic &traffic) { return {traffic.weights, traffic.read, traffic.written}; }

std::vector<std::string> namesOf(const NetworkCost &network) {
  std::vector<std::string> names;
  for (const LayerCost &layer : network.layers)
    names.push_back(layer.name);
  return names;
}

} // namespace

// A layer takes a value rounded to 4 bits, and its result is added to that value.
TEST_F(NetworkCosts, ResidualBlock) {
  NetworkCost network = count(test::residualNetwork(1));
  ASSERT_EQ(namesOf(network), (std::vector<std::string>{"layer", "join"}));

  const LayerCost &layer = network.layers[0];
  EXPECT_EQ(layer.operation, "tally.adder_conv2d");
  EXPECT_EQ(layer.operations,
            (Counts{{"shift 8", 8}, {"sad 4", 16}, {"add 5", 16}, {"multiply 32", 8}}));
  // The input in 8 bits and its copy in 4; the sum and its requantization are not stored.
  EXPECT_EQ(bytesOf(layer.packed), (Bytes{2 + 13 + 13, 8 + 4, 4}));
  EXPECT_EQ(bytesOf(layer.stored), (Bytes{4 + 13 + 13, 8 + 8, 8}));
  // In int8 there is no copy.
  EXPECT_EQ(layer.int8Operations, (Counts{{"multiply 8", 16}, {"add 32", 16}, {"multiply 32", 8}}));
  EXPECT_EQ(bytesOf(layer.int8), (Bytes{4 + 13, 8, 0}));
  EXPECT_EQ(layer.accumulatorBits, 5);

  const LayerCost &join = network.layers[1];
  EXPECT_EQ(join.operation, "tosa.add");
  EXPECT_EQ(join.operations,
            (Counts{{"add 11", 8}, {"add 12", 8}, {"shift 12", 8}, {"compare 11", 16}}));
  EXPECT_EQ(join.int8Operations, join.operations);
  EXPECT_EQ(bytesOf(join.packed), (Bytes{26, 8, 8}));
  EXPECT_EQ(bytesOf(join.int8), (Bytes{26, 8, 8}));

  EXPECT_EQ(bytesOf(network.total.packed), (Bytes{54, 20, 12}));
  EXPECT_EQ(network.total.operations.of(OperationKind::Add), 32);
  EXPECT_EQ(network.skippedWeights, 0);
}

TEST_F(NetworkCosts, CountsOneImageOfABatch) {
  NetworkCost one = count(test::residualNetwork(1)), four = count(test::residualNetwork(4));
  ASSERT_EQ(four.layers.size(), one.layers.size());
  for (size_t i = 0; i < one.layers.size(); ++i) {
    EXPECT_EQ(four.layers[i].operations, one.layers[i].operations);
    EXPECT_EQ(four.layers[i].int8Operations, one.layers[i].int8Operations);
    EXPECT_EQ(bytesOf(four.layers[i].packed), bytesOf(one.layers[i].packed));
    EXPECT_EQ(bytesOf(four.layers[i].stored), bytesOf(one.layers[i].stored));
    EXPECT_EQ(bytesOf(four.layers[i].int8), bytesOf(one.layers[i].int8));
  }
}

TEST_F(NetworkCosts, LevelsWithoutMultiplications) {
  NetworkCost network = count(test::residualNetwork(1), MulFree::Compute);
  EXPECT_EQ(network.level, MulFree::Compute);
  // 3 = 4 - 1
  EXPECT_EQ(network.layers[0].operations,
            (Counts{{"shift 8", 8}, {"sad 4", 16}, {"add 5", 16}, {"shift 7", 16}, {"add 7", 8}}));
  EXPECT_EQ(network.total.operations.of(OperationKind::Multiply), 0);
  EXPECT_EQ(network.total.int8Operations.of(OperationKind::Multiply), 24);
}

// Each filter reads its part of the input; both use one parameter, which counts once.
TEST_F(NetworkCosts, PartsOfATensorAndSharedParameters) {
  NetworkCost network = count(R"(
    ml_program.global private @w(dense<1.0> : tensor<3x1x1x2xf32>) : tensor<3x1x1x2xf32>
    func.func @main(%x: tensor<1x2x2x4xf32>) -> tensor<1x2x2x6xf32> {
      %w = ml_program.global_load_const @w : tensor<3x1x1x2xf32>
      %size = tosa.const_shape {values = dense<[1, 2, 2, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
      %first = tosa.const_shape {values = dense<[0, 0, 0, 0]> : tensor<4xindex>} : () -> !tosa.shape<4>
      %second = tosa.const_shape {values = dense<[0, 0, 0, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
      %x0 = tosa.slice %x, %first, %size : (tensor<1x2x2x4xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x2x2x2xf32>
      %x1 = tosa.slice %x, %second, %size : (tensor<1x2x2x4xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x2x2x2xf32>
      %a = tally.adder_conv2d %x0, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "a"} : (tensor<1x2x2x2xf32>, tensor<3x1x1x2xf32>) -> tensor<1x2x2x3xf32>
      %b = tally.adder_conv2d %x1, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "b"} : (tensor<1x2x2x2xf32>, tensor<3x1x1x2xf32>) -> tensor<1x2x2x3xf32>
      %y = tosa.concat %a, %b {axis = 3 : i32, tally.name = "both"} : (tensor<1x2x2x3xf32>, tensor<1x2x2x3xf32>) -> tensor<1x2x2x6xf32>
      return %y : tensor<1x2x2x6xf32>
    })");
  ASSERT_EQ(namesOf(network), (std::vector<std::string>{"a", "b", "both"}));
  EXPECT_EQ(bytesOf(network.layers[0].packed), (Bytes{24, 32, 0}));
  EXPECT_EQ(bytesOf(network.layers[1].packed), (Bytes{0, 32, 0}));
  EXPECT_EQ(bytesOf(network.layers[2].packed), (Bytes{0, 0, 96}));
  EXPECT_EQ(bytesOf(network.total.int8), (Bytes{6, 16, 24}));
  EXPECT_EQ(network.total.operations, (Counts{{"sad f32", 48}, {"add f32", 48}}));
}

// A value that two layers take is written once and read twice, under another shape too.
TEST_F(NetworkCosts, ValuesTakenTwice) {
  NetworkCost network = count(R"(
    func.func @main(%x: tensor<1x4x4x1xf32>) -> (tensor<1x2x2x1xf32>, tensor<1x16xf32>) {
      %low = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
      %flat = tosa.const_shape {values = dense<[1, 16]> : tensor<2xindex>} : () -> !tosa.shape<2>
      %c = tosa.clamp %x {min_val = 0.0 : f32, max_val = 6.0 : f32, tally.name = "clamp"} : (tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
      %p = tosa.max_pool2d %c {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>, tally.name = "pool"} : (tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32>
      %r = tosa.reshape %c, %flat : (tensor<1x4x4x1xf32>, !tosa.shape<2>) -> tensor<1x16xf32>
      %t = tosa.tanh %r {tally.name = "tanh"} : (tensor<1x16xf32>) -> tensor<1x16xf32>
      return %p, %t : tensor<1x2x2x1xf32>, tensor<1x16xf32>
    })");
  ASSERT_EQ(network.layers.size(), 3u);
  EXPECT_EQ(network.layers[0].name, "clamp");
  EXPECT_EQ(bytesOf(network.layers[0].packed), (Bytes{0, 64, 64}));
  EXPECT_EQ(network.layers[1].name, "pool");
  EXPECT_EQ(bytesOf(network.layers[1].packed), (Bytes{0, 64, 16}));
  EXPECT_EQ(bytesOf(network.layers[2].packed), (Bytes{0, 64, 64}));
  EXPECT_EQ(network.layers[2].notCounted, (std::vector<std::string>{"tosa.tanh"}));
  EXPECT_TRUE(network.layers[0].notCounted.empty());
}

// What one operation takes twice need not be kept. Operations with several results are named.
TEST_F(NetworkCosts, TwiceInOneOperation) {
  NetworkCost network = count(R"(
    func.func private @other(%x: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>)
    func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
      %c = tosa.clamp %x {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x4xf32>) -> tensor<1x4xf32>
      %s = tosa.add %c, %c {tally.name = "twice"} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
      %o:2 = func.call @other(%s) : (tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>)
      return %o#0 : tensor<1x4xf32>
    })");
  EXPECT_EQ(bytesOf(network.total.packed), (Bytes{0, 16, 16}));
  ASSERT_EQ(network.layers.size(), 1u);
  EXPECT_EQ(network.layers[0].notCounted, (std::vector<std::string>{"func.call"}));
}

// A float layer with batch normalisation is one row; its factors are those of a
// requantization in int8.
TEST_F(NetworkCosts, FloatLayer) {
  NetworkCost network = count(R"(
    ml_program.global private @w(dense<1.0> : tensor<3x1x1x2xf32>) : tensor<3x1x1x2xf32>
    ml_program.global private @p(dense<1.0> : tensor<3xf32>) : tensor<3xf32>
    ml_program.global private @q(dense<1.0> : tensor<3xf32>) : tensor<3xf32>
    func.func @main(%x: tensor<1x1x1x2xf32>) -> tensor<1x1x1x3xf32> {
      %w = ml_program.global_load_const @w : tensor<3x1x1x2xf32>
      %p = ml_program.global_load_const @p : tensor<3xf32>
      %q = ml_program.global_load_const @q : tensor<3xf32>
      %a = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "layer"} : (tensor<1x1x1x2xf32>, tensor<3x1x1x2xf32>) -> tensor<1x1x1x3xf32>
      %b = tally.batch_norm %a, %p, %q, %p, %q {epsilon = 0.0 : f32, tally.name = "norm"} : tensor<1x1x1x3xf32>, tensor<3xf32>
      %c = tosa.clamp %b {min_val = 0.0 : f32, max_val = 6.0 : f32, tally.name = "relu"} : (tensor<1x1x1x3xf32>) -> tensor<1x1x1x3xf32>
      return %c : tensor<1x1x1x3xf32>
    })");
  ASSERT_EQ(namesOf(network), (std::vector<std::string>{"layer"}));
  const LayerCost &layer = network.layers[0];
  EXPECT_EQ(layer.operations,
            (Counts{{"sad f32", 6}, {"add f32", 6 + 3}, {"multiply f32", 3}, {"compare f32", 6}}));
  EXPECT_EQ(layer.int8Operations, (Counts{{"multiply 8", 6},
                                          {"add 32", 6},
                                          {"multiply 32", 3},
                                          {"add 64", 3},
                                          {"shift 64", 3},
                                          {"compare 64", 6}}));
  EXPECT_EQ(bytesOf(layer.packed), (Bytes{24 + 12 + 12, 8, 12}));
  EXPECT_EQ(bytesOf(layer.int8), (Bytes{6 + 3 * 13, 2, 3}));
  EXPECT_EQ(layer.accumulatorBits, 32);
}

TEST_F(NetworkCosts, WhatHasNoCostIsRefused) {
  for (auto [text, expected] :
       {std::pair("func.func @main(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {"
                  "  %y = tosa.tanh %x {tally.name = \"t\"} : (tensor<?x4xf32>) -> tensor<?x4xf32> "
                  "return %y : tensor<?x4xf32> }",
                  "'t' has a shape that is known only at run time; its cost is not known"),
        {"func.func @main(%x: tensor<2xindex>) -> tensor<2xindex> {"
         "  %y = arith.addi %x, %x : tensor<2xindex> return %y : tensor<2xindex> }",
         "'arith.addi' has elements of type 'index'; their cost is not known"},
        {"func.func private @main(%x: tensor<2xf32>) -> tensor<2xf32>",
         "requires one public function, which is the network, but has none"}}) {
    message.clear();
    EXPECT_TRUE(mlir::failed(countNetwork(parse(text))));
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  }
}
