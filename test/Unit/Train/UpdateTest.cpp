// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What a step makes of attention, of masks and of scales that span their weights, against formulas
// in double.

#include "tally/Train/Update.h"
#include "tally/Driver/Registration.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace tally;

namespace {

struct UpdateTest : testing::Test {
  UpdateTest() {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  mlir::MLIRContext context;
};

using Numbers = std::vector<double>;

Numbers softmax(const Numbers &logits) {
  Numbers shares;
  double sum = 0;
  for (double logit : logits)
    sum += shares.emplace_back(std::exp(logit));
  for (double &share : shares)
    share /= sum;
  return shares;
}

/// alpha / T of step `step` becomes that of the next one.
Numbers attend(Numbers p, Numbers g, const Numbers &costs, const TrainPlan &plan, double rate,
               int64_t step, int64_t steps) {
  const Attention &a = plan.attention;
  Numbers shares = softmax(p);
  double mean = 0;
  for (size_t k = 0; k < p.size(); ++k)
    mean += shares[k] * costs[k];
  for (size_t k = 0; k < p.size(); ++k)
    g[k] += a.penalty * shares[k] * (costs[k] - mean);
  double until = a.until * double(steps);
  auto temperature = [&](int64_t s) {
    return a.start * std::pow(a.end / a.start, std::min(1.0, double(s) / until));
  };
  double now = step == 0 ? 1 : temperature(step), sum = 0, square = 0;
  Numbers alpha;
  for (size_t k = 0; k < p.size(); ++k)
    sum += alpha.emplace_back(p[k] * now - rate * a.rate * g[k] / now);
  for (double one : alpha)
    square += std::pow(one - sum / double(p.size()), 2) / double(p.size());
  for (double &one : alpha)
    one /= std::sqrt(square) * temperature(step + 1);
  return alpha;
}

TEST_F(UpdateTest, AttentionAndSpans) {
  for (Optimizer optimizer : {Optimizer::Sgd, Optimizer::Adam}) {
    TrainPlan plan;
    plan.optimizer = optimizer;
    plan.attention = {3, 0.05, 0.4, 2, 0.7};
    constexpr double kRate = 0.125;
    constexpr int64_t kSteps = 50;
    using Slot = CompiledStep::Slot;
    Slot attention{"w.attention", {3}, ParameterClass::Attention};
    attention.costs = {1, 4, 16};
    Slot weights{"w", {2, 3}, ParameterClass::Weight};
    Slot span{"w.step", {2}, ParameterClass::Span};
    span.of = "w";
    span.outermost = 7;
    span.axis = 0;
    Slot whole = span;
    whole.name = "w.other.step";
    whole.shape = {1};
    whole.axis = -1;
    // Scales stand in front of what they follow.
    std::vector<Slot> slots = {span, attention, weights, whole};
    std::vector<Tensor> parameters = {
        Tensor::of<float>({2}, {1, 1}), Tensor::of<float>({3}, {1.5f, 1.0f, -0.5f}),
        Tensor::of<float>({2, 3}, {0.5f, -2, 1, 0.25f, 0.125f, -0.75f}),
        Tensor::of<float>({1}, {1})};
    std::vector<Tensor> gradients = {
        Tensor::of<float>({2}, {9, 9}), Tensor::of<float>({3}, {0.3f, -0.6f, 0.1f}),
        Tensor::of<float>({2, 3}, {1, 1, -1, 0, 2, 3}), Tensor::of<float>({1}, {9})};
    auto update = Update::create(&context, plan, slots, parameters, CpuTarget::host());
    ASSERT_TRUE(mlir::succeeded(update));
    std::vector<Tensor> moments = update->makeMoments();
    Numbers expected = {1.5, 1.0, -0.5};
    for (int64_t step : {0, 1, 2, 30}) {
      update->run(parameters, moments, gradients, kRate, step, kSteps);
      expected = attend(expected, {0.3, -0.6, 0.1}, attention.costs, plan, kRate, step, kSteps);
      double largest =
          std::fabs(*std::max_element(expected.begin(), expected.end(), [](double a, double b) {
            return std::fabs(a) < std::fabs(b);
          }));
      for (size_t k = 0; k < 3; ++k) {
        EXPECT_NEAR(parameters[1].data<float>()[k], expected[k], 2e-6 * largest) << step;
        expected[k] = double(parameters[1].data<float>()[k]);
      }
      const float *w = parameters[2].data<float>();
      float top[] = {0, 0};
      for (int i = 0; i < 6; ++i)
        top[i / 3] = std::max(top[i / 3], std::fabs(w[i]));
      EXPECT_FLOAT_EQ(parameters[0].data<float>()[0], top[0] / 7);
      EXPECT_FLOAT_EQ(parameters[0].data<float>()[1], top[1] / 7);
      EXPECT_FLOAT_EQ(parameters[3].data<float>()[0], std::max(top[0], top[1]) / 7);
    }
  }
}

double probability(double logit) {
  return 1 / (1 + std::exp(-logit + 2.0 / 3 * std::log(0.1 / 1.1)));
}

double expectBits(const Numbers &logits) {
  double bits = 2, likely = 1;
  for (double logit : logits)
    bits += likely *= probability(logit);
  return bits;
}

// Logits of bits: natural gradients, and what brings their mean to what it should be.
TEST_F(UpdateTest, Masks) {
  for (Optimizer optimizer : {Optimizer::Sgd, Optimizer::Adam}) {
    TrainPlan plan;
    plan.optimizer = optimizer;
    plan.bits = {2.5, 3, 7, 0.7};
    using Slot = CompiledStep::Slot;
    Slot one{"v.masks", {2}, ParameterClass::Masks}, other{"w.masks", {1}, ParameterClass::Masks};
    one.weights = 300;
    other.weights = 100;
    std::vector<Tensor> parameters = {Tensor::of<float>({2}, {2, -1}),
                                      Tensor::of<float>({1}, {5.5f})};
    const std::vector<Numbers> gradients = {{0.2, -0.1}, {-4}};
    auto update = Update::create(&context, plan, {one, other}, parameters, CpuTarget::host());
    ASSERT_TRUE(mlir::succeeded(update));
    std::vector<Tensor> moments = update->makeMoments();
    std::vector<Numbers> logits = {{2, -1}, {5.5}};
    update->run(parameters, moments,
                {Tensor::of<float>({2}, {0.2f, -0.1f}), Tensor::of<float>({1}, {-4})}, 0.125, 0, 9);
    double excess = 0.75 * expectBits(logits[0]) + 0.25 * expectBits(logits[1]) - 2.5;
    for (size_t slot = 0; slot < 2; ++slot)
      for (size_t k = 0; k < logits[slot].size(); ++k) {
        constexpr double kStep = 1e-6;
        Numbers up = logits[slot], down = up;
        up[k] += kStep;
        down[k] -= kStep;
        double along = (expectBits(up) - expectBits(down)) / (2 * kStep);
        double share = slot == 0 ? 0.75 : 0.25, p = probability(logits[slot][k]);
        double force = gradients[slot][k] + 3 * share * excess * along;
        double moved = logits[slot][k] - 0.125 * 7 * force / std::max(p * (1 - p), 0.01);
        double expected = std::max(-6.0, std::min(6.0, moved));
        EXPECT_NEAR(parameters[slot].data<float>()[k], expected, 2e-6 * 6);
      }
    EXPECT_EQ(parameters[1].data<float>()[0], 6);
  }
}

// Fractional bits: the layer's gradient, with what bits cost, evened in length; within what codes
// hold, and not far below what leaves weights nothing.
TEST_F(UpdateTest, Fractions) {
  for (bool perWeight : {false, true}) {
    TrainPlan plan;
    plan.momentum = 0.5;
    plan.ebops = {2, 0.5, 4};
    using Slot = CompiledStep::Slot;
    Slot weights{"w", {2, 3}, ParameterClass::Weight};
    Slot fraction{"w.fraction", perWeight ? Shape{2, 3} : Shape{2}, ParameterClass::Fraction};
    fraction.of = "w";
    fraction.outermost = 7;
    fraction.axis = 0;
    fraction.bitProducts = 300;
    Slot other = fraction;
    other.name = "w.other.fraction";
    other.bitProducts = 900;
    const std::vector<float> w = {0.5f, -2, 1, 0.25f, 0.125f, 0};
    // The last ones leave weights nothing: they cost nothing.
    const std::vector<float> channels = {1, -1.5f}, each = {1, 0, 1.25f, 2, 3, 3};
    const std::vector<float> start = perWeight ? each : channels;
    const std::vector<float> g = perWeight ? std::vector<float>{0.1f, -0.2f, 0.3f, 0, 0.05f, 0}
                                           : std::vector<float>{0.3f, -0.1f};
    auto count = int64_t(start.size());
    auto tensor = [&](const std::vector<float> &data) {
      return Tensor::of<float>(fraction.shape, data);
    };
    std::vector<Tensor> parameters = {tensor(start), Tensor::of<float>({2, 3}, w), tensor(start)};
    std::vector<Tensor> gradients = {tensor(g), Tensor::of<float>({2, 3}, {1, 1, -1, 0, 2, 3}),
                                     tensor(g)};
    auto update =
        Update::create(&context, plan, {fraction, weights, other}, parameters, CpuTarget::host());
    ASSERT_TRUE(mlir::succeeded(update));
    std::vector<Tensor> moments = update->makeMoments();
    // Of 40 steps the cost rises in 20: after 5 of them it is a quarter.
    update->run(parameters, moments, gradients, 0.125, 5, 40);
    for (auto [slot, share] : {std::pair(0, 0.25), std::pair(2, 0.75)}) {
      Numbers d;
      double square = 0;
      for (int64_t i = 0; i < count; ++i) {
        double reach = perWeight ? std::fabs(w[i]) : i == 0 ? 2 : 0.25;
        bool hasBits = reach > 0 && std::log2(reach) + double(start[i]) + 1 > 0;
        d.push_back(double(g[i]) + (hasBits ? 2 * 0.25 * share / double(count) : 0));
        square += d.back() * d.back();
      }
      for (int64_t i = 0; i < count; ++i) {
        double moved =
            double(start[i]) - 0.125 * 4 * std::sqrt(double(count)) * d[i] / std::sqrt(square);
        double digits = std::log2((perWeight ? i / 3 : i) == 0 ? 2.0 : 0.25);
        double expected = std::max(std::min(moved, std::log2(7.0) - digits - 0.5), -3 - digits);
        EXPECT_NEAR(parameters[slot].data<float>()[i], expected, 1e-5) << slot << " " << i;
      }
    }
  }
}

/// What is spent in expectation where a mask counts as `steps`.
double expectSteps(const Numbers &logits, const Numbers &steps) {
  double bits = 2, likely = 1;
  for (size_t k = 0; k < logits.size(); ++k)
    bits += steps[k] * (likely *= probability(logits[k]));
  return bits;
}

// A budget of another kind: masks count as what they add to it.
TEST_F(UpdateTest, MasksOfOtherCosts) {
  TrainPlan plan;
  plan.bits = {2.75, 3, 7, 0.7};
  using Slot = CompiledStep::Slot;
  Slot one{"v.masks", {2}, ParameterClass::Masks}, other{"w.masks", {2}, ParameterClass::Masks};
  one.weights = 300;
  other.weights = 100;
  const std::vector<Numbers> steps = {{0.25, 1.5}, {3, -0.5}}, gradients = {{0.2, -0.1}, {0.4, 0}};
  one.steps = steps[0];
  other.steps = steps[1];
  std::vector<Tensor> parameters = {Tensor::of<float>({2}, {2, -1}),
                                    Tensor::of<float>({2}, {0.5f, 1})};
  auto update = Update::create(&context, plan, {one, other}, parameters, CpuTarget::host());
  ASSERT_TRUE(mlir::succeeded(update));
  std::vector<Tensor> moments = update->makeMoments();
  const std::vector<Numbers> logits = {{2, -1}, {0.5, 1}};
  update->run(parameters, moments,
              {Tensor::of<float>({2}, {0.2f, -0.1f}), Tensor::of<float>({2}, {0.4f, 0})}, 0.125, 0,
              9);
  double excess =
      0.75 * expectSteps(logits[0], steps[0]) + 0.25 * expectSteps(logits[1], steps[1]) - 2.75;
  for (size_t slot = 0; slot < 2; ++slot)
    for (size_t k = 0; k < 2; ++k) {
      constexpr double kStep = 1e-6;
      Numbers up = logits[slot], down = up;
      up[k] += kStep;
      down[k] -= kStep;
      double along = (expectSteps(up, steps[slot]) - expectSteps(down, steps[slot])) / (2 * kStep);
      double share = slot == 0 ? 0.75 : 0.25, p = probability(logits[slot][k]);
      double force = gradients[slot][k] + 3 * share * excess * along;
      double moved = logits[slot][k] - 0.125 * 7 * force / std::max(p * (1 - p), 0.01);
      EXPECT_NEAR(parameters[slot].data<float>()[k], std::max(-6.0, std::min(6.0, moved)),
                  2e-6 * 6);
    }
}

// Equal logits stay: there is no deviation to divide by.
TEST_F(UpdateTest, EqualAttentionIsFinite) {
  CompiledStep::Slot attention{"w.attention", {2}, ParameterClass::Attention};
  attention.costs = {1, 4};
  std::vector<Tensor> parameters = {Tensor::of<float>({2}, {0.5f, 0.5f})};
  auto update = Update::create(&context, TrainPlan(), {attention}, parameters, CpuTarget::host());
  ASSERT_TRUE(mlir::succeeded(update));
  std::vector<Tensor> moments = update->makeMoments();
  update->run(parameters, moments, {Tensor::of<float>({2}, {0, 0})}, 0.1, 0, 10);
  EXPECT_TRUE(std::isfinite(parameters[0].data<float>()[0]));
  EXPECT_EQ(parameters[0].data<float>()[0], parameters[0].data<float>()[1]);
}

} // namespace
