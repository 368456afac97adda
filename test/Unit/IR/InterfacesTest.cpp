// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What operations say of themselves; the tally dialect alone brings the answers of upstream's.

#include "tally/IR/Tally.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <map>

using namespace tally;

namespace {

struct Interfaces : testing::Test {
  Interfaces() { context.loadDialect<TallyDialect, mlir::func::FuncDialect>(); }

  /// The operation called `name` in a function of these arguments and lines.
  mlir::Operation *parse(const std::string &name, const std::string &arguments,
                         const std::string &lines) {
    modules.push_back(mlir::parseSourceString<mlir::ModuleOp>(
        "func.func @main(" + arguments + ") {\n" + lines + "\nreturn\n}", &context));
    mlir::Operation *found = nullptr;
    if (modules.back())
      modules.back()->walk([&](mlir::Operation *op) {
        if (op->getName().getStringRef() == name)
          found = op;
      });
    EXPECT_TRUE(found) << name;
    return found;
  }

  mlir::MLIRContext context;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> modules;
};

/// A convolution with a filter that `filter` defines as %w.
std::string convolve(const std::string &input, const std::string &weights,
                     const std::string &filter, const std::string &element, int zero) {
  std::string constant = "tensor<1x" + element + ">";
  return filter + "\n%z = \"tosa.const\"() <{values = dense<" + std::to_string(zero) +
         "> : " + constant + "}> : () -> " + constant +
         "\n%y = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, dilation = array<i64: 1, 2>, pad "
         "= array<i64: 1, 1, 2, 0>, stride = array<i64: 2, 1>} : (tensor<1x5x5x2x" +
         input + ">, tensor<4x3x2x2x" + weights + ">, tensor<4xi32>, " + constant + ", " +
         constant + ") -> tensor<1x3x5x4xi32>";
}

} // namespace

TEST_F(Interfaces, EveryOperationOfTheDialectIsKnown) {
  int known = 0;
  for (mlir::RegisteredOperationName name : context.getRegisteredOperations())
    if (name.getDialectNamespace() == "tally" &&
        name.getStringRef() != KernelOp::getOperationName()) { // not in networks
      ++known;
      EXPECT_TRUE(name.hasInterface<NetworkOpInterface>()) << name.getStringRef().str();
    }
  EXPECT_GE(known, 13);
}

TEST_F(Interfaces, UpstreamOperationsAreKnown) {
  // And whether they move elements, and reduce them.
  const std::map<std::string, std::pair<bool, bool>> expected = {
      {"ml_program.global_load_const", {false, false}},
      {"quant.dcast", {false, false}},
      {"quant.qcast", {false, false}},
      {"tosa.abs", {false, false}},
      {"tosa.add", {false, false}},
      {"tosa.avg_pool2d", {false, true}},
      {"tosa.ceil", {false, false}},
      {"tosa.clamp", {false, false}},
      {"tosa.concat", {true, false}},
      {"tosa.const", {false, false}},
      {"tosa.const_shape", {false, false}},
      {"tosa.conv2d", {false, true}},
      {"tosa.cos", {false, false}},
      {"tosa.depthwise_conv2d", {false, true}},
      {"tosa.erf", {false, false}},
      {"tosa.exp", {false, false}},
      {"tosa.floor", {false, false}},
      {"tosa.identity", {true, false}},
      {"tosa.log", {false, false}},
      {"tosa.matmul", {false, true}},
      {"tosa.max_pool2d", {true, true}},
      {"tosa.maximum", {false, false}},
      {"tosa.minimum", {false, false}},
      {"tosa.mul", {false, false}},
      {"tosa.negate", {false, false}},
      {"tosa.pad", {true, false}},
      {"tosa.pow", {false, false}},
      {"tosa.reciprocal", {false, false}},
      {"tosa.reduce_max", {false, true}},
      {"tosa.reduce_min", {false, true}},
      {"tosa.reduce_sum", {false, true}},
      {"tosa.reshape", {true, false}},
      {"tosa.rsqrt", {false, false}},
      {"tosa.sigmoid", {false, false}},
      {"tosa.sin", {false, false}},
      {"tosa.slice", {true, false}},
      {"tosa.sub", {false, false}},
      {"tosa.tanh", {false, false}},
      {"tosa.transpose", {true, false}}};
  for (auto &[text, answers] : expected) {
    auto name = mlir::RegisteredOperationName::lookup(text, &context);
    ASSERT_TRUE(name) << text;
    EXPECT_TRUE(name->hasInterface<NetworkOpInterface>()) << text;
    EXPECT_EQ(name->hasInterface<DataMovementOpInterface>(), answers.first) << text;
    EXPECT_EQ(name->hasInterface<ReductionOpInterface>(), answers.second) << text;
  }
  for (const char *text : {"tosa.select", "tosa.gather", "func.return"})
    EXPECT_FALSE(
        mlir::RegisteredOperationName::lookup(text, &context)->hasInterface<NetworkOpInterface>())
        << text;
}

TEST_F(Interfaces, Movement) {
  auto concat = mlir::cast<DataMovementOpInterface>(
      parse("tosa.concat", "%x: tensor<1x2xf32>, %y: tensor<1x3xf32>",
            "%z = tosa.concat %x, %y {axis = 1 : i32} : (tensor<1x2xf32>, tensor<1x3xf32>) -> "
            "tensor<1x5xf32>"));
  EXPECT_EQ(concat.getMovement(), Movement::Rearrangement);
  EXPECT_EQ(concat.getMoved().size(), 2u);
  EXPECT_EQ(concat.getFiller(), nullptr);
  EXPECT_TRUE(mlir::cast<NetworkOpInterface>(concat.getOperation()).keepsBatch());

  auto pad = mlir::cast<DataMovementOpInterface>(
      parse("tosa.pad", "%x: tensor<1x2xf32>, %f: tensor<1xf32>",
            "%s = tosa.const_shape {values = dense<[0, 0, 1, 1]> : tensor<4xindex>} : () -> "
            "!tosa.shape<4>\n"
            "%z = tosa.pad %x, %s, %f : (tensor<1x2xf32>, !tosa.shape<4>, tensor<1xf32>) -> "
            "tensor<1x4xf32>"));
  EXPECT_EQ(pad.getMovement(), Movement::Rearrangement);
  EXPECT_EQ(pad.getMoved().size(), 1u);
  ASSERT_TRUE(pad.getFiller());
  EXPECT_EQ(pad.getFiller()->getOperandNumber(), 2u);

  mlir::Operation *reshape =
      parse("tosa.reshape", "%x: tensor<1x2xf32>",
            "%s = tosa.const_shape {values = dense<2> : tensor<1xindex>} : () -> !tosa.shape<1>\n"
            "%z = tosa.reshape %x, %s : (tensor<1x2xf32>, !tosa.shape<1>) -> tensor<2xf32>");
  EXPECT_EQ(mlir::cast<DataMovementOpInterface>(reshape).getMovement(), Movement::View);
  EXPECT_EQ(mlir::cast<NetworkOpInterface>(reshape).getShapeOperand()->getOperandNumber(), 1u);

  mlir::Operation *transpose = parse(
      "tosa.transpose", "%x: tensor<1x2xf32>",
      "%z = tosa.transpose %x {perms = array<i32: 1, 0>} : (tensor<1x2xf32>) -> tensor<2x1xf32>");
  EXPECT_EQ(mlir::cast<DataMovementOpInterface>(transpose).getMovement(), Movement::Rearrangement);
  EXPECT_FALSE(mlir::cast<NetworkOpInterface>(transpose).keepsBatch());

  EXPECT_EQ(mlir::cast<DataMovementOpInterface>(parse("tally.observe", "%x: tensor<1x2xf32>",
                                                      "%z = tally.observe %x : tensor<1x2xf32>"))
                .getMovement(),
            Movement::View);
}

TEST_F(Interfaces, Reductions) {
  auto conv = mlir::cast<ReductionOpInterface>(
      parse("tosa.conv2d", "%x: tensor<1x5x5x2xi8>, %w: tensor<4x3x2x2xi8>, %b: tensor<4xi32>",
            convolve("i8", "i8", "", "i8", 0)));
  EXPECT_EQ(conv.getReduction(), Reduction::Products);
  EXPECT_EQ(conv.getNumTerms(), 3 * 2 * 2);
  EXPECT_EQ(conv.getWeightOperand()->getOperandNumber(), 1u);
  ASSERT_TRUE(conv.getWindow());
  EXPECT_EQ(conv.getWindow()->kernel, (std::array<int64_t, 2>{3, 2}));
  EXPECT_EQ(conv.getWindow()->pad, (std::array<int64_t, 4>{1, 1, 2, 0}));
  EXPECT_EQ(conv.getWindow()->stride, (std::array<int64_t, 2>{2, 1}));
  EXPECT_EQ(conv.getWindow()->dilation, (std::array<int64_t, 2>{1, 2}));

  auto depthwise = mlir::cast<ReductionOpInterface>(parse(
      "tosa.depthwise_conv2d",
      "%x: tensor<1x5x5x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<4xf32>, %z: tensor<1xf32>",
      "%y = tosa.depthwise_conv2d %x, %w, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, "
      "pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x5x5x2xf32>, "
      "tensor<3x2x2x2xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x4x4xf32>"));
  EXPECT_EQ(depthwise.getNumTerms(), 3 * 2);
  EXPECT_EQ(depthwise.getWindow()->kernel, (std::array<int64_t, 2>{3, 2}));

  auto adder = mlir::cast<ReductionOpInterface>(parse(
      "tally.adder_linear", "%x: tensor<2x5xf32>, %w: tensor<3x5xf32>",
      "%y = tally.adder_linear %x, %w : (tensor<2x5xf32>, tensor<3x5xf32>) -> tensor<2x3xf32>"));
  EXPECT_EQ(adder.getReduction(), Reduction::Differences);
  EXPECT_EQ(adder.getNumTerms(), 5);
  EXPECT_FALSE(adder.getWindow());

  auto box = mlir::cast<ReductionOpInterface>(
      parse("tally.box_sum", "%x: tensor<1x5x5x2xf32>",
            "%y = tally.box_sum %x kernel [3, 2] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : "
            "(tensor<1x5x5x2xf32>) -> tensor<1x3x4x1xf32>"));
  EXPECT_EQ(box.getReduction(), Reduction::Sum);
  EXPECT_EQ(box.getNumTerms(), 3 * 2 * 2);
  EXPECT_EQ(box.getWeightOperand(), nullptr);
  EXPECT_EQ(box.getWindow()->kernel, (std::array<int64_t, 2>{3, 2}));

  mlir::Operation *largest =
      parse("tosa.reduce_max", "%x: tensor<2x5xf32>",
            "%y = tosa.reduce_max %x {axis = 0 : i32} : (tensor<2x5xf32>) -> tensor<1x5xf32>");
  EXPECT_EQ(mlir::cast<ReductionOpInterface>(largest).getReduction(), Reduction::Extremum);
  EXPECT_EQ(mlir::cast<ReductionOpInterface>(largest).getNumTerms(), 2);
  EXPECT_FALSE(mlir::cast<NetworkOpInterface>(largest).keepsBatch());
}

// Products with powers of two are shifts on codes, where the filter's code of zero is 0.
TEST_F(Interfaces, WhereConvolutionsMultiply) {
  std::string codes = "%x: tensor<1x5x5x2xi8>, %b: tensor<4xi32>, "
                      "%p: tensor<4x3x2x2x!tally.pot<s4, 0.5>>";
  std::string quantized = "!quant.uniform<i8<-64:64>:f32, 0.5>";
  std::string decode =
      "%w = tally.decode %p : tensor<4x3x2x2x!tally.pot<s4, 0.5>> -> tensor<4x3x2x2x" + quantized +
      ">";
  auto multiplies = [&](mlir::Operation *op) {
    return mlir::cast<NetworkOpInterface>(op).getMultiplies();
  };
  EXPECT_EQ(multiplies(parse("tosa.conv2d", codes, convolve("i8", quantized, decode, "i8", 0))),
            Multiplies::Nowhere);
  EXPECT_EQ(multiplies(parse("tosa.conv2d", codes, convolve("i8", quantized, decode, "i8", 1))),
            Multiplies::InSums);
  EXPECT_EQ(multiplies(parse("tosa.conv2d", codes + ", %w: tensor<4x3x2x2xi8>",
                             convolve("i8", "i8", "", "i8", 0))),
            Multiplies::InSums);
}

// Signless integers compare as signed ones, so unsigned codes need a comparison of their own.
TEST_F(Interfaces, WhatActsOnStorage) {
  auto acts = [&](const std::string &op, const std::string &element) {
    std::string type = "tensor<1x2x" + element + ">";
    return mlir::cast<NetworkOpInterface>(
               parse("tosa." + op, "%x: " + type,
                     "%y = tosa." + op + " %x, %x : (" + type + ", " + type + ") -> " + type))
        .actsOnStorage();
  };
  EXPECT_TRUE(acts("add", "!quant.uniform<u8:f32, 0.5>"));
  EXPECT_TRUE(acts("maximum", "!quant.uniform<i8:f32, 0.5>"));
  EXPECT_TRUE(acts("maximum", "f32"));
  EXPECT_FALSE(acts("maximum", "!quant.uniform<u8:f32, 0.5>"));
}
