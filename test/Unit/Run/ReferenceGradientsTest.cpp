// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Gradients.h against finite differences of the layers in double precision, and against its
// formulas, written the other way round: from each output to what it reads.

#include "tally/Run/Gradients.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <limits>
#include <numeric>
#include <random>

using namespace tally;
using namespace tally::reference;

namespace {

struct Case {
  const char *name;
  Shape input;
  int64_t perGroup, group;
  Window window;

  Shape filter() const {
    return {perGroup * group, window.kernel[0], window.kernel[1], input[3] / group};
  }
  Shape output(int64_t channels) const {
    return {input[0], window.outputSize(0, input[1]), window.outputSize(1, input[2]), channels};
  }
  Shape output() const { return output(perGroup * group); }
  LayerOptions options(int threads = 1) const { return {window, group, threads}; }
};

// Kernel, pad (top, bottom, left, right), stride, dilation.
const Case kCases[] = {
    {"one", {1, 1, 1, 1}, 1, 1, {}},
    {"plain", {2, 5, 3, 3}, 5, 1, {{3, 3}, {1, 1, 1, 1}, {1, 1}, {1, 1}}},
    {"strided", {1, 7, 6, 3}, 2, 1, {{3, 2}, {0, 2, 1, 0}, {2, 3}, {1, 1}}},
    {"unread", {1, 6, 8, 2}, 2, 1, {{2, 1}, {0, 0, 0, 0}, {3, 4}, {1, 1}}},
    {"dilated", {1, 6, 7, 2}, 3, 1, {{2, 3}, {1, 1, 2, 2}, {1, 2}, {3, 2}}},
    {"grouped", {3, 4, 4, 6}, 2, 3, {{2, 2}, {1, 0, 0, 1}, {1, 1}, {2, 1}}},
    {"depthwise", {1, 5, 5, 4}, 1, 4, {{3, 3}, {1, 1, 1, 1}, {2, 2}, {1, 1}}},
    {"multiplied", {2, 5, 4, 3}, 2, 3, {{3, 3}, {1, 1, 1, 1}, {1, 1}, {1, 1}}},
    {"padded", {1, 2, 3, 2}, 2, 1, {{1, 2}, {2, 1, 3, 2}, {1, 1}, {1, 1}}},
};

std::mt19937 random32(11);

Tensor makeRandom(const Shape &shape) {
  std::normal_distribution<double> normal;
  Tensor tensor(ElementType::F64, shape);
  std::generate_n(tensor.data<double>(), tensor.size(), [&] { return normal(random32); });
  return tensor;
}

/// Multiples of `step` from `-range` to `range`, plus `offset`.
Tensor makeGrid(const Shape &shape, double step, int range, double offset = 0) {
  Tensor tensor(ElementType::F64, shape);
  std::generate_n(tensor.data<double>(), tensor.size(),
                  [&] { return step * (int(random32() % (2 * range + 1)) - range) + offset; });
  return tensor;
}

Tensor toSingle(const Tensor &tensor) {
  Tensor single(ElementType::F32, tensor.shape());
  std::copy_n(tensor.data<double>(), tensor.size(), single.data<float>());
  return single;
}

double dot(const Tensor &a, const Tensor &b) {
  return std::inner_product(a.data<double>(), a.data<double>() + a.size(), b.data<double>(), 0.0);
}

/// Central differences of `loss` by every element of `at`.
Tensor differentiate(Tensor at, double step, const std::function<double(const Tensor &)> &loss) {
  Tensor result(ElementType::F64, at.shape());
  for (int64_t i = 0; i < at.size(); ++i) {
    double value = at.data<double>()[i];
    at.data<double>()[i] = value + step;
    double above = loss(at);
    at.data<double>()[i] = value - step;
    double below = loss(at);
    at.data<double>()[i] = value;
    result.data<double>()[i] = (above - below) / (2 * step);
  }
  return result;
}

double largestOf(const Tensor &tensor) {
  double largest = 0;
  for (int64_t i = 0; i < tensor.size(); ++i)
    largest = std::max(largest, std::fabs(tensor.data<double>()[i]));
  return largest;
}

/// `got`, of either precision, within `tolerance` of the largest of `expected`.
void expectClose(const Tensor &got, const Tensor &expected, double tolerance) {
  ASSERT_EQ(got.shape(), expected.shape());
  double bound = tolerance * largestOf(expected);
  dispatchFloat(got.type(), [&](auto tag) {
    const auto *values = got.data<decltype(tag)>();
    for (int64_t i = 0; i < got.size(); ++i)
      ASSERT_NEAR(double(values[i]), expected.data<double>()[i], bound) << "element " << i;
  });
}

void expectSameBits(const Tensor &a, const Tensor &b) {
  ASSERT_EQ(a.shape(), b.shape());
  EXPECT_EQ(std::memcmp(a.rawData(), b.rawData(), a.sizeInBytes()), 0);
}

/// The same in single precision, and the same bits for any number of threads.
void expectPrecisions(const std::function<Tensor(bool single, int threads)> &gradient) {
  Tensor expected = gradient(false, 1);
  Tensor single = gradient(true, 1);
  ASSERT_EQ(expected.type(), ElementType::F64);
  ASSERT_EQ(single.type(), ElementType::F32);
  expectClose(single, expected, 1e-5);
  for (int threads : {2, 7}) {
    expectSameBits(gradient(false, threads), expected);
    expectSameBits(gradient(true, threads), single);
  }
}

/// `add(index of g, of x, of w)` for every output and the taps of it inside the input.
void forEachProduct(const Case &c, const std::function<void(int64_t, int64_t, int64_t)> &add) {
  Shape out = c.output(), filter = c.filter();
  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t oh = 0; oh < out[1]; ++oh)
      for (int64_t ow = 0; ow < out[2]; ++ow)
        for (int64_t f = 0; f < out[3]; ++f)
          for (int64_t kh = 0; kh < filter[1]; ++kh)
            for (int64_t kw = 0; kw < filter[2]; ++kw)
              for (int64_t k = 0; k < filter[3]; ++k) {
                int64_t h = oh * c.window.stride[0] + kh * c.window.dilation[0] - c.window.pad[0];
                int64_t w = ow * c.window.stride[1] + kw * c.window.dilation[1] - c.window.pad[2];
                if (h < 0 || h >= c.input[1] || w < 0 || w >= c.input[2])
                  continue;
                add(((n * out[1] + oh) * out[2] + ow) * out[3] + f,
                    ((n * c.input[1] + h) * c.input[2] + w) * c.input[3] +
                        f / c.perGroup * filter[3] + k,
                    ((f * filter[1] + kh) * filter[2] + kw) * filter[3] + k);
              }
}

struct Gradients : testing::TestWithParam<Case> {};
struct DepthwiseGradients : Gradients {};

std::vector<Case> listDepthwise() {
  std::vector<Case> cases;
  std::copy_if(std::begin(kCases), std::end(kCases), std::back_inserter(cases),
               [](const Case &c) { return c.group == c.input[3]; });
  return cases;
}

/// Without what windows of padding alone hold, the lowest number of all.
double dotOfMaxima(const Tensor &g, const Tensor &maxima) {
  double sum = 0;
  for (int64_t i = 0; i < g.size(); ++i)
    if (maxima.data<double>()[i] != std::numeric_limits<double>::lowest())
      sum += g.data<double>()[i] * maxima.data<double>()[i];
  return sum;
}

} // namespace

// A convolution is linear in each operand: differences are exact for any step.
TEST_P(Gradients, OfAConvolutionAreItsFiniteDifferences) {
  const Case &c = GetParam();
  Tensor x = makeRandom(c.input), w = makeRandom(c.filter()), g = makeRandom(c.output());
  Tensor bias = makeRandom({c.perGroup * c.group});
  auto loss = [&](const Tensor &input, const Tensor &filter) {
    return dot(g, conv2d(input, filter, bias, 0, 0, c.options()));
  };
  expectClose(conv2dInputGradient(g, w, c.input, c.options()),
              differentiate(x, 0.5, [&](const Tensor &input) { return loss(input, w); }), 1e-12);
  expectClose(conv2dFilterGradient(x, g, c.options()),
              differentiate(w, 0.5, [&](const Tensor &filter) { return loss(x, filter); }), 1e-12);
}

TEST_P(DepthwiseGradients, AreThoseOfTheGroups) {
  const Case &c = GetParam();
  // [KH, KW, C, M] and [C * M, KH, KW, 1].
  Tensor x = makeRandom(c.input), g = makeRandom(c.output());
  Tensor w = makeRandom({c.window.kernel[0], c.window.kernel[1], c.group, c.perGroup});
  Tensor bias = makeRandom({c.perGroup * c.group});
  int64_t taps = c.window.kernel[0] * c.window.kernel[1], filters = c.perGroup * c.group;
  auto regroup = [&](const Tensor &filter) {
    Tensor result(ElementType::F64, c.filter());
    for (int64_t i = 0; i < filter.size(); ++i)
      result.data<double>()[i % filters * taps + i / filters] = filter.data<double>()[i];
    return result;
  };
  auto loss = [&](const Tensor &input, const Tensor &filter) {
    return dot(g, depthwiseConv2d(input, filter, bias, 0, 0, c.options()));
  };
  expectClose(conv2dInputGradient(g, regroup(w), c.input, c.options()),
              differentiate(x, 0.5, [&](const Tensor &input) { return loss(input, w); }), 1e-12);
  expectClose(conv2dFilterGradient(x, g, c.options()),
              regroup(differentiate(w, 0.5, [&](const Tensor &filter) { return loss(x, filter); })),
              1e-12);
}

TEST_P(Gradients, OfAConvolutionInBothPrecisions) {
  const Case &c = GetParam();
  Tensor x = makeRandom(c.input), w = makeRandom(c.filter()), g = makeRandom(c.output());
  expectPrecisions([&](bool single, int threads) {
    return single ? conv2dInputGradient(toSingle(g), toSingle(w), c.input, c.options(threads))
                  : conv2dInputGradient(g, w, c.input, c.options(threads));
  });
  expectPrecisions([&](bool single, int threads) {
    return single ? conv2dFilterGradient(toSingle(x), toSingle(g), c.options(threads))
                  : conv2dFilterGradient(x, g, c.options(threads));
  });
}

// No step reaches the place where w = x, so that differences are exact.
TEST_P(Gradients, OfAnAdderLayerBySignAreItsFiniteDifferences) {
  const Case &c = GetParam();
  Tensor x = makeGrid(c.input, 0.25, 8, 0.125), w = makeGrid(c.filter(), 0.25, 8);
  Tensor g = makeRandom(c.output());
  expectClose(adderInputGradient(g, x, w, DifferenceRule::Sign, c.options()),
              differentiate(x, 0.0625,
                            [&](const Tensor &input) {
                              return dot(g, adderConv2d(input, w, 0, c.options()));
                            }),
              1e-12);
}

// On a grid with equal inputs and weights, and with differences of more than 1 and of exactly 1.
TEST_P(Gradients, OfAnAdderLayerAreTheirFormulas) {
  const Case &c = GetParam();
  Tensor x = makeGrid(c.input, 0.25, 8), w = makeGrid(c.filter(), 0.25, 8);
  Tensor g = makeRandom(c.output());
  for (DifferenceRule rule : {DifferenceRule::HardTanh, DifferenceRule::Sign}) {
    Tensor expected(ElementType::F64, c.input);
    forEachProduct(c, [&](int64_t o, int64_t i, int64_t tap) {
      double d = w.data<double>()[tap] - x.data<double>()[i];
      double factor = rule == DifferenceRule::HardTanh ? (d > 1    ? 1
                                                          : d < -1 ? -1
                                                                   : d)
                      : d == 0                         ? 0
                                                       : std::copysign(1.0, d);
      expected.data<double>()[i] += g.data<double>()[o] * factor;
    });
    expectClose(adderInputGradient(g, x, w, rule, c.options()), expected, 1e-13);
    expectPrecisions([&](bool single, int threads) {
      return single ? adderInputGradient(toSingle(g), toSingle(x), toSingle(w), rule,
                                         c.options(threads))
                    : adderInputGradient(g, x, w, rule, c.options(threads));
    });
  }
}

// The largest of distinct numbers keeps its place under a small step. All are negative, so that a
// padded tap would win if it took part.
TEST_P(Gradients, OfAMaximumAreItsFiniteDifferences) {
  const Case &c = GetParam();
  Tensor x(ElementType::F64, c.input), g = makeRandom(c.output(c.input[3]));
  std::iota(x.data<double>(), x.data<double>() + x.size(), -double(x.size()));
  std::shuffle(x.data<double>(), x.data<double>() + x.size(), random32);
  expectClose(maxPool2dGradient(g, x, c.options()),
              differentiate(x, 0.25,
                            [&](const Tensor &input) {
                              return dotOfMaxima(g, maxPool2d(input, c.options()));
                            }),
              1e-12);
}

TEST_P(Gradients, OfAMaximumGoToTheFirstOfEquals) {
  const Case &c = GetParam();
  Tensor x = makeGrid(c.input, 1, 1), g = makeRandom(c.output(c.input[3]));
  Tensor expected(ElementType::F64, c.input);
  Tensor best = maxPool2d(x, c.options());
  // Channel by channel: as if each were a group with one filter.
  Case perChannel = c;
  perChannel.group = c.input[3];
  perChannel.perGroup = 1;
  std::vector<bool> given(g.size());
  int64_t ties = 0;
  forEachProduct(perChannel, [&](int64_t o, int64_t i, int64_t) {
    if (x.data<double>()[i] != best.data<double>()[o])
      return;
    ties += given[o];
    if (!given[o])
      expected.data<double>()[i] += g.data<double>()[o];
    given[o] = true;
  });
  EXPECT_TRUE(ties > 0 || c.window.kernel[0] * c.window.kernel[1] <= 2);
  expectClose(maxPool2dGradient(g, x, c.options()), expected, 0);
  expectPrecisions([&](bool single, int threads) {
    return single ? maxPool2dGradient(toSingle(g), toSingle(x), c.options(threads))
                  : maxPool2dGradient(g, x, c.options(threads));
  });
}

INSTANTIATE_TEST_SUITE_P(Windows, Gradients, testing::ValuesIn(kCases),
                         [](const auto &info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Windows, DepthwiseGradients, testing::ValuesIn(listDepthwise()),
                         [](const auto &info) { return info.param.name; });
