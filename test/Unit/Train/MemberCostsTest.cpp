// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What members of attention cost, against the formula in double.

#include "tally/Train/MemberCosts.h"
#include "tally/Driver/Registration.h"

#include "mlir/Parser/Parser.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace tally;

namespace {

// A convolution 3x3 from 4 to 8 channels whose inputs and weights are mixed, and one 1x1 to 3
// channels that reads the same inputs.
const char *const kNetwork = R"(
ml_program.global private @w(dense<0.5> : tensor<8x3x3x4xf32>) : tensor<8x3x3x4xf32>
ml_program.global private @v(dense<0.5> : tensor<3x1x1x4xf32>) : tensor<3x1x1x4xf32>
ml_program.global private @s(dense<0.5> : tensor<1xf32>) : tensor<1xf32>
ml_program.global private @w.attention(dense<0.0> : tensor<5xf32>) : tensor<5xf32>
ml_program.global private @x.attention(dense<0.0> : tensor<2xf32>) : tensor<2xf32>
func.func @main(%x: tensor<2x6x6x4xf32>) -> (tensor<2x6x6x8xf32>, tensor<2x6x6x3xf32>) {
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %s = ml_program.global_load_const @s : tensor<1xf32>
  %xa = ml_program.global_load_const @x.attention : tensor<2xf32>
  %x4 = tally.learned_quantizer %x by %s to !quant.uniform<u8<0:15>:f32, 1.0> : tensor<2x6x6x4xf32>, tensor<1xf32>
  %x8 = tally.learned_quantizer %x by %s to !quant.uniform<u8:f32, 1.0> : tensor<2x6x6x4xf32>, tensor<1xf32>
  %xm = tally.mixture %x4, %x8 by %xa : tensor<2xf32>, tensor<2x6x6x4xf32>, tensor<2x6x6x4xf32> -> tensor<2x6x6x4xf32>
  %w = ml_program.global_load_const @w : tensor<8x3x3x4xf32>
  %wa = ml_program.global_load_const @w.attention : tensor<5xf32>
  %w2 = tally.learned_quantizer %w by %s to !quant.uniform<i8<-1:1>:f32, 1.0> : tensor<8x3x3x4xf32>, tensor<1xf32>
  %w8 = tally.learned_quantizer %w by %s to !quant.uniform<i8<-127:127>:f32, 1.0> : tensor<8x3x3x4xf32>, tensor<1xf32>
  %wp = tally.learned_quantizer %w by %s to !tally.pot<s4, 1.0> : tensor<8x3x3x4xf32>, tensor<1xf32>
  %wt = tally.filter_quantizer %w to !tally.pot<s2, 1.0> : tensor<8x3x3x4xf32>
  %wq = tally.learned_quantizer %w by %s to !tally.pot<additive s4, 1.0> : tensor<8x3x3x4xf32>, tensor<1xf32>
  %wm = tally.mixture %w2, %w8, %wp, %wt, %wq by %wa : tensor<5xf32>, tensor<8x3x3x4xf32>, tensor<8x3x3x4xf32>, tensor<8x3x3x4xf32>, tensor<8x3x3x4xf32>, tensor<8x3x3x4xf32> -> tensor<8x3x3x4xf32>
  %y = tosa.conv2d %xm, %wm, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>, tally.name = "conv"}
      : (tensor<2x6x6x4xf32>, tensor<8x3x3x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x6x6x8xf32>
  %v = ml_program.global_load_const @v : tensor<3x1x1x4xf32>
  %v4 = tally.learned_quantizer %v by %s to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<3x1x1x4xf32>, tensor<1xf32>
  %z = tosa.conv2d %xm, %v4, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "beside"}
      : (tensor<2x6x6x4xf32>, tensor<3x1x1x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x6x6x3xf32>
  return %y, %z : tensor<2x6x6x8xf32>, tensor<2x6x6x3xf32>
})";

struct MemberCosts : testing::Test {
  MemberCosts() {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  mlir::MLIRContext context;
};

/// The built-in table: a power of the width from 8 to 32 bits, below 8 proportional to `below`
/// widths.
double energy(double at8, double at32, int bits, int below) {
  if (bits <= 8)
    return at8 * std::pow(bits / 8.0, below);
  return at8 * std::pow(bits / 8.0, std::log(at32 / at8) / std::log(4.0));
}
double add(int bits) { return energy(0.03, 0.1, bits, 1); }
double shift(int bits) { return energy(0.024, 0.13, bits, 1); }
double multiply(int bits) { return energy(0.2, 3.1, bits, 2); }

} // namespace

TEST_F(MemberCosts, OfWeightsAndInputs) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(kNetwork, &context);
  ASSERT_TRUE(bool(module));
  auto costs = measureMemberCosts(*module, EnergyTable::builtin());
  ASSERT_TRUE(mlir::succeeded(costs));
  ASSERT_EQ(costs->size(), 2u);
  // 36 terms of inputs 0..15: 540 (11 bits with a sign) times the largest level.
  const std::vector<double> ofWeights = {
      multiply(4) + add(11),     // -1..1
      multiply(8) + add(18),     // -127..127: 68,580
      shift(10) + add(17),       // up to 64, six places: 960 and 34,560
      shift(4) + add(11),        // -1, 0, 1
      2 * (shift(7) + add(14))}; // 8 + 2 at most, three places: 120 and 5,400
  const std::vector<double> &weights = costs->at("w.attention");
  double least = *std::min_element(ofWeights.begin(), ofWeights.end());
  ASSERT_EQ(weights.size(), ofWeights.size());
  for (size_t k = 0; k < weights.size(); ++k)
    EXPECT_NEAR(weights[k], ofWeights[k] / least, 1e-6 * weights[k]) << k;
  // Both layers, each with its own weights, for one of two images.
  double first = 6 * 6 * 8 * 36, second = 6 * 6 * 3 * 4;
  double few = first * (multiply(4) + add(11)) + second * (multiply(4) + add(10));
  double many = first * (multiply(8) + add(15)) + second * (multiply(8) + add(14));
  const std::vector<double> &inputs = costs->at("x.attention");
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(inputs[0], 1);
  EXPECT_NEAR(inputs[1], many / few, 1e-6 * many / few);
}

// Without a quantizer in front of a layer nothing says what its products cost.
TEST_F(MemberCosts, RequireQuantizers) {
  std::string text = kNetwork, mixed = "tosa.conv2d %xm, %wm";
  text.replace(text.find(mixed), mixed.size(), "tosa.conv2d %x, %wm");
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  ASSERT_TRUE(bool(module));
  std::string said;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    said += diagnostic.str();
    return mlir::success();
  });
  EXPECT_TRUE(mlir::failed(measureMemberCosts(*module, EnergyTable::builtin())));
  EXPECT_NE(said.find("'conv' has no quantizer that says what it costs"), std::string::npos)
      << said;
}
