// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Logits compared in the last layer against all codes of small boxes.

#include "Measure/LastLayer.h"

#include "tally/Driver/Registration.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"

#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <random>

using namespace tally;

namespace {

struct LastLayerTest : testing::Test {
  LastLayerTest()
      : handler(&context, [this](mlir::Diagnostic &diagnostic) { message += diagnostic.str(); }) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  int64_t pick(int64_t low, int64_t high) {
    return low + int64_t(random() % uint64_t(high - low + 1));
  }
  std::string list(int count, int64_t low, int64_t high) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += (i ? ", " : "[") + std::to_string(pick(low, high));
    return text + "]";
  }

  /// A layer of 4 inputs and 3 logits, and what comes behind it.
  std::string makeNetwork(bool adder, const std::string &requantized) {
    std::string sums = requantized.empty() ? "!s" : "!r";
    std::string layer =
        adder ? R"(%s = tally.adder_conv2d %x, %w pad [0, 0, 0, 1] stride [1, 1] dilation [1, 1]
                     : (tensor<1x1x2x2x!q>, tensor<3x1x3x2x!q>) -> tensor<1x1x1x3x!s>)"
              : R"(%b = "tosa.const"() <{values = dense<)" + list(3, -20, 20) +
                    R"(> : tensor<3xi32>}> : () -> tensor<3xi32>
                   %z = "tosa.const"() <{values = dense<2> : tensor<1xui8>}> : () -> tensor<1xui8>
                   %n = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
                   %s = tosa.conv2d %x, %w, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 1>, stride = array<i64: 1, 1>}
                     : (tensor<1x1x2x2x!q>, tensor<3x1x3x2x!w>, tensor<3xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x1x1x3x!s>)";
    std::string type = adder ? "!q" : "!w";
    return R"(!q = !quant.uniform<u8<0:15>:f32, 0.5:2>
      !w = !quant.uniform<i8:f32, 0.25>
      !s = !quant.uniform<i32<-100000:100000>:f32, )" +
           std::string(adder ? "0.5" : "0.125") + R"(>
      !r = !quant.uniform<i16<-300:300>:f32, 2.0>
      module attributes {tally.stage = #tally.stage<integer>} {
        ml_program.global private @w(dense<)" +
           list(18, adder ? 0 : -9, adder ? 15 : 9) + "> : tensor<18x" + (adder ? "ui8" : "i8") +
           ">) : tensor<18x" + type + R"(>
        func.func @main(%x: tensor<1x1x2x2x!q>) -> tensor<1x3x)" +
           sums + R"(> {
          %flat = ml_program.global_load_const @w : tensor<18x)" +
           type + R"(>
          %ws = tosa.const_shape {values = dense<[3, 1, 3, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
          %w = tosa.reshape %flat, %ws : (tensor<18x)" +
           type + ">, !tosa.shape<4>) -> tensor<3x1x3x2x" + type + ">\n" + layer + "\n" +
           requantized + R"(
          %rs = tosa.const_shape {values = dense<[1, 3]> : tensor<2xindex>} : () -> !tosa.shape<2>
          %y = tosa.reshape )" +
           (requantized.empty() ? "%s" : "%r") + ", %rs : (tensor<1x1x1x3x" + sums +
           ">, !tosa.shape<2>) -> tensor<1x3x" + sums + R"(>
          return %y : tensor<1x3x)" +
           sums + R"(>
        }
      })";
  }

  std::string makeRequantization() {
    return "%r = tally.requantize %s multiplier dense<" + list(3, -40, 160) +
           "> : tensor<3xi32> offset dense<" + list(3, -200, 200) +
           "> : tensor<3xi64> shift dense<" + list(3, 2, 7) + "> : tensor<3xi8> rounding <" +
           (pick(0, 1) ? "half_up" : "floor") + "> : tensor<1x1x1x3x!s> -> tensor<1x1x1x3x!r>";
  }

  struct Count {
    int claimed = 0, holds = 0, byIntervals = 0;
  };

  /// Over the codes of a random box; claims that do not hold are failures.
  Count compare(const std::string &text) {
    Count count;
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << message << text;
    mlir::func::FuncOp entry = *getEntry(*module);
    mlir::FailureOr<NetworkBounds> network = NetworkBounds::create(entry);
    EXPECT_TRUE(mlir::succeeded(network)) << message;
    std::optional<LastLayer> last = LastLayer::find(entry, *network);
    EXPECT_TRUE(last.has_value());
    EXPECT_EQ(last->input(), entry.getArgument(0));
    std::vector<uint8_t> low, high;
    for (int i = 0; i < 4; ++i) {
      low.push_back(uint8_t(pick(0, 14)));
      high.push_back(uint8_t(std::min<int64_t>(15, low[i] + pick(0, 3))));
    }
    auto tensor = [](const std::vector<uint8_t> &codes) { return Tensor::of({1, 1, 2, 2}, codes); };
    Bounds box(tensor(low), tensor(high));
    auto results = network->run({box});
    EXPECT_TRUE(mlir::succeeded(results)) << message;
    auto codes = [](const Tensor &t, int i) {
      return dispatch(t.type(), [&](auto tag) { return int64_t(t.data<decltype(tag)>()[i]); });
    };
    bool above[3][3] = {{true, true, true}, {true, true, true}, {true, true, true}};
    for (std::vector<uint8_t> at = low;;) {
      auto logits = interpret(entry, {tensor(at)});
      EXPECT_TRUE(mlir::succeeded(logits)) << message;
      for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b)
          above[a][b] &= codes(logits->front(), a) > codes(logits->front(), b);
      size_t i = 0;
      while (i < 4 && at[i] == high[i])
        at[i] = low[i], ++i;
      if (i == 4)
        break;
      ++at[i];
    }
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b) {
        if (a == b)
          continue;
        const Bounds &bounds = results->front();
        CodeRange ofA{codes(bounds.low, a), codes(bounds.high, a)};
        CodeRange ofB{codes(bounds.low, b), codes(bounds.high, b)};
        bool claimed = last->isAbove(box, 0, a, ofA, b, ofB);
        EXPECT_TRUE(!claimed || above[a][b]) << a << " " << b << text;
        count.claimed += claimed;
        count.holds += above[a][b];
        count.byIntervals += ofA.min > ofB.max;
      }
    return count;
  }

  Count compareMany(bool adder, bool requantized, int networks) {
    Count all;
    for (int i = 0; i < networks && !HasFailure(); ++i) {
      Count one = compare(makeNetwork(adder, requantized ? makeRequantization() : ""));
      all.claimed += one.claimed;
      all.holds += one.holds;
      all.byIntervals += one.byIntervals;
    }
    EXPECT_GT(all.claimed, 0);
    return all;
  }

  mlir::MLIRContext context;
  std::string message;
  mlir::ScopedDiagnosticHandler handler;
  std::mt19937 random{5};
};

} // namespace

// Differences of sums are exact: what holds is claimed.
TEST_F(LastLayerTest, OfSumsIsExact) {
  for (bool adder : {false, true}) {
    Count count = compareMany(adder, false, 150);
    EXPECT_EQ(count.claimed, count.holds) << adder;
    EXPECT_GT(count.claimed, count.byIntervals) << adder;
  }
}

// Behind a requantization of each logit's own, what is claimed holds, and it is most of it.
TEST_F(LastLayerTest, OfRequantizedSumsIsSound) {
  for (bool adder : {false, true}) {
    Count count = compareMany(adder, true, 300);
    EXPECT_GT(count.claimed, count.byIntervals * 9 / 10) << adder;
    EXPECT_GT(2 * count.claimed, count.holds) << adder;
  }
}

TEST_F(LastLayerTest, IsNothingElse) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    !q = !quant.uniform<u8:f32, 0.5>
    func.func @main(%x: tensor<1x2x2x3x!q>) -> tensor<1x1x1x3x!q> {
      %y = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
          : (tensor<1x2x2x3x!q>) -> tensor<1x1x1x3x!q>
      return %y : tensor<1x1x1x3x!q>
    })",
                                                        &context);
  ASSERT_TRUE(module) << message;
  mlir::func::FuncOp entry = *getEntry(*module);
  EXPECT_FALSE(LastLayer::find(entry, *NetworkBounds::create(entry)));
}
