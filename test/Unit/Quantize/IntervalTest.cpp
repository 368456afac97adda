// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Ranges of every operation that range analysis knows: the value, and that what the interpreter
// computes lies inside.

#include "Quantize/Interval.h"

#include "tally/Run/Interpreter.h"

#include "mlir/Parser/Parser.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

namespace {

struct Interval : testing::Test {
  Interval() {
    context.loadDialect<TallyDialect, mlir::func::FuncDialect, mlir::ml_program::MLProgramDialect,
                        mlir::tosa::TosaDialect, mlir::quant::QuantDialect>();
  }

  /// The interval of `%y`, computed by `body` from %x (any values), %relu in [0, inf), %unit in
  /// [-1, 2] and %code in [-0.5, 7].
  RealInterval derive(const std::string &body, const std::string &type = "tensor<1x4x4x2xf32>") {
    std::string text = R"mlir(
      !q = !quant.uniform<u8<0:15>:f32, 0.5:1>
      ml_program.global private @w(dense<[[[[1.0, -3.0]]]]> : tensor<1x1x1x2xf32>) : tensor<1x1x1x2xf32>
      func.func @main(%x: tensor<1x4x4x2xf32>) -> )mlir" +
                       type + R"mlir( {
        %relu = tosa.clamp %x {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
        %unit = tosa.clamp %x {min_val = -1.0 : f32, max_val = 2.0 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
        %q = quant.qcast %x : tensor<1x4x4x2xf32> to tensor<1x4x4x2x!q>
        %code = quant.dcast %q : tensor<1x4x4x2x!q> to tensor<1x4x4x2xf32>
        %w = ml_program.global_load_const @w : tensor<1x1x1x2xf32>
        %nine = "tosa.const"() <{values = dense<9.0> : tensor<1xf32>}> : () -> tensor<1xf32>
        %zp = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
        )mlir" + body +
                       "\nreturn %y : " + type + "\n}";
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    if (!module) {
      ADD_FAILURE() << text;
      return {};
    }
    auto function = *module->getOps<mlir::func::FuncOp>().begin();
    RealInterval interval = deriveInterval(function.front().getTerminator()->getOperand(0));

    std::mt19937 random(1);
    std::normal_distribution<float> normal(0, 5);
    Tensor x(ElementType::F32, {1, 4, 4, 2});
    for (int64_t i = 0; i < x.size(); ++i)
      x.data<float>()[i] = normal(random);
    auto results = interpret(function, x);
    EXPECT_TRUE(mlir::succeeded(results));
    for (int64_t i = 0; i < (*results)[0].size(); ++i) {
      EXPECT_GE((*results)[0].data<float>()[i], interval.low);
      EXPECT_LE((*results)[0].data<float>()[i], interval.high);
    }
    return interval;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

void expectEqual(RealInterval got, double low, double high) {
  EXPECT_EQ(got.low, low);
  EXPECT_EQ(got.high, high);
}

const std::string kUnary = " : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>";
const std::string kBinary = " : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>";

} // namespace

TEST_F(Interval, OfClampsAndQuantizers) {
  expectEqual(derive("%y = tosa.identity %x" + kUnary), -INFINITY, INFINITY);
  expectEqual(derive("%y = tosa.identity %relu" + kUnary), 0, INFINITY);
  expectEqual(derive("%y = tosa.identity %unit" + kUnary), -1, 2);
  expectEqual(derive("%y = tosa.identity %code" + kUnary), -0.5, 7);
  // A second clamp narrows the first.
  expectEqual(derive("%y = tosa.clamp %unit {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32}" +
                     kUnary),
              0, 2);
  expectEqual(derive("%y = tosa.clamp %unit {min_val = -8.0 : f32, max_val = 1.0 : f32}" + kUnary),
              -1, 1);
  expectEqual(derive("%y = tosa.clamp %unit {min_val = 3.0 : f32, max_val = 4.0 : f32}" + kUnary),
              3, 3);
}

TEST_F(Interval, OfConstants) {
  expectEqual(derive("%y = tosa.identity %w : (tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>",
                     "tensor<1x1x1x2xf32>"),
              -3, 1);
  expectEqual(
      derive("%y = tosa.identity %nine : (tensor<1xf32>) -> tensor<1xf32>", "tensor<1xf32>"), 9, 9);
}

TEST_F(Interval, PassesThroughMovementAndPooling) {
  expectEqual(derive("%y = tally.observe %unit : tensor<1x4x4x2xf32>"), -1, 2);
  expectEqual(derive("%y = tally.shuffle_channels %unit [1, 0] : tensor<1x4x4x2xf32>"), -1, 2);
  expectEqual(derive("%y = tosa.max_pool2d %unit {kernel = array<i64: 3, 3>, pad = array<i64: 1, "
                     "1, 1, 1>, stride = array<i64: 1, 1>}" +
                     kUnary),
              -1, 2);
  expectEqual(derive("%y = tosa.avg_pool2d %code, %zp, %zp {acc_type = f32, kernel = array<i64: 3, "
                     "3>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : "
                     "(tensor<1x4x4x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x2xf32>"),
              -0.5, 7);
  expectEqual(derive("%y = tosa.transpose %unit {perms = array<i32: 0, 2, 1, 3>}" + kUnary), -1, 2);
  expectEqual(
      derive(
          "%s = tosa.const_shape {values = dense<[1, 32]> : tensor<2xindex>} : () -> "
          "!tosa.shape<2>\n"
          "%y = tosa.reshape %unit, %s : (tensor<1x4x4x2xf32>, !tosa.shape<2>) -> tensor<1x32xf32>",
          "tensor<1x32xf32>"),
      -1, 2);
  expectEqual(derive("%a = tosa.const_shape {values = dense<[0, 1, 1, 1]> : tensor<4xindex>} : () "
                     "-> !tosa.shape<4>\n"
                     "%b = tosa.const_shape {values = dense<[1, 2, 3, 1]> : tensor<4xindex>} : () "
                     "-> !tosa.shape<4>\n"
                     "%y = tosa.slice %unit, %a, %b : (tensor<1x4x4x2xf32>, !tosa.shape<4>, "
                     "!tosa.shape<4>) -> tensor<1x2x3x1xf32>",
                     "tensor<1x2x3x1xf32>"),
              -1, 2);
}

TEST_F(Interval, JoinsWhatMeets) {
  expectEqual(derive("%s = tosa.const_shape {values = dense<[0, 0, 1, 0, 0, 1, 0, 0]> : "
                     "tensor<8xindex>} : () -> !tosa.shape<8>\n"
                     "%y = tosa.pad %unit, %s, %nine : (tensor<1x4x4x2xf32>, !tosa.shape<8>, "
                     "tensor<1xf32>) -> tensor<1x5x5x2xf32>",
                     "tensor<1x5x5x2xf32>"),
              -1, 9);
  expectEqual(
      derive("%y = tosa.concat %unit, %code, %unit {axis = 3 : i32} : (tensor<1x4x4x2xf32>, "
             "tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x6xf32>",
             "tensor<1x4x4x6xf32>"),
      -1, 7);
  expectEqual(derive("%y = tosa.concat %unit, %relu {axis = 1 : i32} : (tensor<1x4x4x2xf32>, "
                     "tensor<1x4x4x2xf32>) -> tensor<1x8x4x2xf32>",
                     "tensor<1x8x4x2xf32>"),
              -1, INFINITY);
}

TEST_F(Interval, OfArithmetic) {
  expectEqual(derive("%y = tosa.add %unit, %code" + kBinary), -1.5, 9);
  expectEqual(derive("%y = tosa.add %unit, %w : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> "
                     "tensor<1x4x4x2xf32>"),
              -4, 3);
  expectEqual(derive("%y = tosa.add %relu, %x" + kBinary), -INFINITY, INFINITY);
  expectEqual(derive("%y = tosa.maximum %unit, %code" + kBinary), -0.5, 7);
  expectEqual(derive("%y = tosa.maximum %x, %relu" + kBinary), 0, INFINITY);
  expectEqual(derive("%y = tosa.sigmoid %x" + kUnary), 0, 1);
  expectEqual(derive("%y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, "
                     "1] : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x1xf32>",
                     "tensor<1x4x4x1xf32>"),
              -INFINITY, 0);
  expectEqual(
      derive(
          "%s = tosa.const_shape {values = dense<[16, 2]> : tensor<2xindex>} : () -> "
          "!tosa.shape<2>\n"
          "%m = tosa.reshape %x, %s : (tensor<1x4x4x2xf32>, !tosa.shape<2>) -> tensor<16x2xf32>\n"
          "%f = \"tosa.const\"() <{values = dense<1.0> : tensor<3x2xf32>}> : () -> "
          "tensor<3x2xf32>\n"
          "%y = tally.adder_linear %m, %f : (tensor<16x2xf32>, tensor<3x2xf32>) -> "
          "tensor<16x3xf32>",
          "tensor<16x3xf32>"),
      -INFINITY, 0);
}

TEST_F(Interval, OfOperationsItDoesNotKnowIsUnbounded) {
  expectEqual(derive("%y = tosa.exp %unit" + kUnary), -INFINITY, INFINITY);
  expectEqual(derive("%y = tosa.sub %unit, %code" + kBinary), -INFINITY, INFINITY);
}

// There are 2^40 paths.
TEST_F(Interval, OfWideGraphsTakesNoTime) {
  std::string body = "%a0 = tosa.add %unit, %unit" + kBinary + "\n";
  for (int i = 1; i < 40; ++i) {
    std::string last = "%a" + std::to_string(i - 1);
    body += "%a" + std::to_string(i) + " = tosa.maximum " + last + ", " + last + kBinary + "\n";
  }
  expectEqual(derive(body + "%y = tosa.identity %a39" + kUnary), -2, 4);
}

// Deeper than a stack.
TEST_F(Interval, OfDeepGraphsIsDerivedToTheEnd) {
  std::string body = "%a0 = tosa.identity %unit" + kUnary + "\n";
  for (int i = 1; i < 20000; ++i)
    body +=
        "%a" + std::to_string(i) + " = tosa.identity %a" + std::to_string(i - 1) + kUnary + "\n";
  expectEqual(derive(body + "%y = tosa.identity %a19999" + kUnary), -1, 2);
}
