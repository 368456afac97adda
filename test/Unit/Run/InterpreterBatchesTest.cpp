// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Several copies of a network at once.

#include "Run/InterpreterFixture.h"

#include <algorithm>

using namespace tally;

/// Three copies of the network at once give what they give one by one.
static void expectEachApart(mlir::func::FuncOp function) {
  ASSERT_TRUE(function);
  auto shapeOf = [](mlir::Type type) {
    return mlir::cast<mlir::RankedTensorType>(type).getShape().vec();
  };
  constexpr int64_t kCopies = 3;
  Shape input = shapeOf(function.getArgumentTypes()[0]), all = input;
  Shape result = shapeOf(function.getResultTypes()[0]);
  all[0] *= kCopies;
  result[0] *= kCopies;
  Tensor images = makeFloats(all);
  auto together = interpret(function, images);
  ASSERT_TRUE(mlir::succeeded(together));
  EXPECT_EQ((*together)[0].shape(), result);
  std::vector<float> apart;
  for (int64_t i = 0; i < kCopies; ++i) {
    Tensor part(ElementType::F32, input);
    std::copy_n(images.data<float>() + i * part.size(), part.size(), part.data<float>());
    auto alone = interpret(function, part);
    ASSERT_TRUE(mlir::succeeded(alone));
    std::vector<float> values = valuesOf((*alone)[0]);
    apart.insert(apart.end(), values.begin(), values.end());
  }
  EXPECT_EQ(valuesOf((*together)[0]), apart);
}

TEST_F(Interpreter, RunsCopiesOfTheNetworkAsOneBatch) {
  auto function = parseBody("tensor<2x3xf32>", R"mlir(
      %p = "tosa.const"() <{values = dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>}> : () -> tensor<1x3xf32>
      %s = tosa.add %x, %p : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
      %d = tosa.const_shape {values = dense<[2, 1, 3]> : tensor<3xindex>} : () -> !tosa.shape<3>
      %y = tosa.reshape %s, %d : (tensor<2x3xf32>, !tosa.shape<3>) -> tensor<2x1x3xf32>)mlir",
                            "tensor<2x1x3xf32>");
  expectEachApart(function);
}

// What takes a batch apart, or gives its leading dimension another meaning, runs on one copy of the
// network after the other.
TEST_F(Interpreter, RunsWhatMixesImagesOnEachCopy) {
  expectEachApart(parseBody(
      "tensor<2x3xf32>",
      "%d = tosa.const_shape {values = dense<[6]> : tensor<1xindex>} : () -> !tosa.shape<1>\n"
      "%y = tosa.reshape %x, %d : (tensor<2x3xf32>, !tosa.shape<1>) -> tensor<6xf32>",
      "tensor<6xf32>"));
  expectEachApart(parseBody(
      "tensor<2x3xf32>",
      "%y = tosa.transpose %x {perms = array<i32: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>",
      "tensor<3x2xf32>"));
  expectEachApart(parseBody("tensor<2x3xf32>",
                            "%y = tosa.concat %x, %x {axis = 0 : i32} : (tensor<2x3xf32>, "
                            "tensor<2x3xf32>) -> tensor<4x3xf32>",
                            "tensor<4x3xf32>"));
  expectEachApart(
      parseBody("tensor<2x3xf32>",
                "%y = tosa.reduce_sum %x {axis = 0 : i32} : (tensor<2x3xf32>) -> tensor<1x3xf32>",
                "tensor<1x3xf32>"));
  expectEachApart(parseBody(
      "tensor<2x3xf32>",
      "%z = \"tosa.const\"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>\n"
      "%d = tosa.const_shape {values = dense<[0, 1, 0, 0]> : tensor<4xindex>} : () -> "
      "!tosa.shape<4>\n"
      "%y = tosa.pad %x, %d, %z : (tensor<2x3xf32>, !tosa.shape<4>, tensor<1xf32>) -> "
      "tensor<3x3xf32>",
      "tensor<3x3xf32>"));
  expectEachApart(parseBody(
      "tensor<2x3xf32>",
      "%b = tosa.const_shape {values = dense<[1, 0]> : tensor<2xindex>} : () -> !tosa.shape<2>\n"
      "%n = tosa.const_shape {values = dense<[1, 3]> : tensor<2xindex>} : () -> !tosa.shape<2>\n"
      "%y = tosa.slice %x, %b, %n : (tensor<2x3xf32>, !tosa.shape<2>, !tosa.shape<2>) -> "
      "tensor<1x3xf32>",
      "tensor<1x3xf32>"));
}

// One image that meets several rows of a constant is not one of as many images.
TEST_F(Interpreter, RunsBroadcastsOfAnImageOnEachCopy) {
  expectEachApart(
      parseBody("tensor<1x3xf32>",
                "%c = \"tosa.const\"() <{values = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : "
                "tensor<2x3xf32>}> : () -> tensor<2x3xf32>\n"
                "%y = tosa.add %x, %c : (tensor<1x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>",
                "tensor<2x3xf32>"));
}

// Filters and filler that the network computes belong to their image.
TEST_F(Interpreter, RunsComputedFiltersOnEachCopy) {
  expectEachApart(parseBody(
      "tensor<1x1x1x2xf32>",
      "%c = \"tosa.const\"() <{values = dense<[[[[1.0, 2.0]], [[3.0, 4.0]]]]> : "
      "tensor<1x2x1x2xf32>}> : () -> tensor<1x2x1x2xf32>\n"
      "%z = \"tosa.const\"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>\n"
      "%y = tosa.conv2d %c, %x, %z, %z, %z {acc_type = f32, pad = array<i64: 0, 0, 0, 0>, stride "
      "= array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x2x1x2xf32>, "
      "tensor<1x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x1x1xf32>",
      "tensor<1x2x1x1xf32>"));
  expectEachApart(parseBody(
      "tensor<1xf32>",
      "%c = \"tosa.const\"() <{values = dense<[5.0]> : tensor<1xf32>}> : () -> tensor<1xf32>\n"
      "%d = tosa.const_shape {values = dense<[1, 0]> : tensor<2xindex>} : () -> !tosa.shape<2>\n"
      "%y = tosa.pad %c, %d, %x : (tensor<1xf32>, !tosa.shape<2>, tensor<1xf32>) -> tensor<2xf32>",
      "tensor<2xf32>"));
}

// Channels that are the leading dimension are no images.
TEST_F(Interpreter, RunsChannelsInFrontOnEachCopy) {
  expectEachApart(parseBody("tensor<3xf32>",
                            "%s = \"tosa.const\"() <{values = dense<[1.0, 2.0, 3.0]> : "
                            "tensor<3xf32>}> : () -> tensor<3xf32>\n"
                            "%y = tally.channel_affine %x, %s, %s : (tensor<3xf32>, "
                            "tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>",
                            "tensor<3xf32>"));
  expectEachApart(parseBody("tensor<3xf32>",
                            "%y = tally.shuffle_channels %x [2, 0, 1] : tensor<3xf32>",
                            "tensor<3xf32>"));
  expectEachApart(parseBody(
      "tensor<2x1xf32>",
      "%q = quant.qcast %x : tensor<2x1xf32> to tensor<2x1x!quant.uniform<i8:f32:0, {0.5, 0.25}>>\n"
      "%y = quant.dcast %q : tensor<2x1x!quant.uniform<i8:f32:0, {0.5, 0.25}>> to tensor<2x1xf32>",
      "tensor<2x1xf32>"));
}

TEST_F(Interpreter, MultipliesEachImageByConstants) {
  std::string constants =
      "%l = \"tosa.const\"() <{values = dense<[[[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]]]> : "
      "tensor<1x3x2xf32>}> : () -> tensor<1x3x2xf32>\n"
      "%r = \"tosa.const\"() <{values = dense<[[[1.0], [-2.0]]]> : tensor<1x2x1xf32>}> : () -> "
      "tensor<1x2x1xf32>\n"
      "%z = \"tosa.const\"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>\n";
  expectEachApart(parseBody("tensor<1x2x2xf32>",
                            constants + "%y = tosa.matmul %l, %x, %z, %z : (tensor<1x3x2xf32>, "
                                        "tensor<1x2x2xf32>, tensor<1xf32>, tensor<1xf32>) -> "
                                        "tensor<1x3x2xf32>",
                            "tensor<1x3x2xf32>"));
  expectEachApart(parseBody("tensor<1x2x2xf32>",
                            constants + "%y = tosa.matmul %x, %r, %z, %z : (tensor<1x2x2xf32>, "
                                        "tensor<1x2x1xf32>, tensor<1xf32>, tensor<1xf32>) -> "
                                        "tensor<1x2x1xf32>",
                            "tensor<1x2x1xf32>"));
}

TEST_F(Interpreter, ReturnsConstantsForEachCopy) {
  expectEachApart(parseBody("tensor<1x2xf32>",
                            "%y = \"tosa.const\"() <{values = dense<[[1.0, 2.0]]> : "
                            "tensor<1x2xf32>}> : () -> tensor<1x2xf32>",
                            "tensor<1x2xf32>"));
}

TEST_F(Interpreter, RefusesNumbersWithoutDimensionsOfSeveralImages) {
  auto function = parseBody(
      "tensor<1xf32>",
      "%d = tosa.const_shape {values = dense<> : tensor<0xindex>} : () -> !tosa.shape<0>\n"
      "%y = tosa.reshape %x, %d : (tensor<1xf32>, !tosa.shape<0>) -> tensor<f32>",
      "tensor<f32>");
  EXPECT_TRUE(mlir::succeeded(interpret(function, makeFloats({1}))));
  EXPECT_EQ(errorOf(function, makeFloats({2})),
            "has a result without dimensions, so it runs with one copy of the network at a time");
}

TEST_F(Interpreter, RepeatsConstantsOfOneImageOnABatch) {
  auto function = parseBody(
      "tensor<2x3xf32>",
      "%c = \"tosa.const\"() <{values = dense<1.0> : tensor<2x3xf32>}> : () -> tensor<2x3xf32>\n"
      "%y = tosa.add %x, %c : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>",
      "tensor<2x3xf32>");
  Tensor images = makeFloats({4, 3});
  std::vector<float> expected = valuesOf(images);
  for (float &value : expected)
    value += 1;
  auto results = interpret(function, images);
  ASSERT_TRUE(mlir::succeeded(results));
  EXPECT_EQ(valuesOf((*results)[0]), expected);
  auto concat = parseBody(
      "tensor<1x2xf32>",
      "%c = \"tosa.const\"() <{values = dense<9.0> : tensor<1x1xf32>}> : () -> tensor<1x1xf32>\n"
      "%y = tosa.concat %x, %c {axis = 1 : i32} : (tensor<1x2xf32>, tensor<1x1xf32>) -> "
      "tensor<1x3xf32>",
      "tensor<1x3xf32>");
  auto joined = interpret(concat, Tensor::of<float>({2, 2}, {1, 2, 3, 4}));
  ASSERT_TRUE(mlir::succeeded(joined));
  EXPECT_EQ(valuesOf((*joined)[0]), (std::vector<float>{1, 2, 9, 3, 4, 9}));
}
