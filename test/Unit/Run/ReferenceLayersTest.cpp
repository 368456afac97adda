// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The layers of Reference.h against their formulas, written out, over a grid of odd
// shapes, windows, groups, zero points and extreme codes.

#include "tally/Run/Reference.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace tally;
using namespace tally::reference;

namespace {

struct Case {
  Shape input;
  int64_t perGroup, group;
  Window window;
};

// Kernel, pad (top, bottom, left, right), stride, dilation.
const Case kCases[] = {
    {{1, 1, 1, 1}, 1, 1, {}},
    {{2, 5, 3, 3}, 5, 1, {{3, 3}, {1, 1, 1, 1}, {1, 1}, {1, 1}}},
    {{1, 7, 6, 5}, 2, 1, {{3, 2}, {0, 2, 1, 0}, {2, 3}, {1, 1}}},
    {{1, 6, 7, 2}, 3, 1, {{2, 3}, {1, 1, 2, 2}, {1, 2}, {3, 2}}},
    {{3, 4, 4, 6}, 2, 3, {{2, 2}, {1, 0, 0, 1}, {1, 1}, {2, 1}}},
    {{1, 5, 5, 4}, 1, 4, {{3, 3}, {1, 1, 1, 1}, {2, 2}, {1, 1}}},
    {{1, 5, 4, 3}, 2, 3, {{3, 3}, {1, 1, 1, 1}, {1, 1}, {1, 1}}},
    {{2, 2, 2, 17}, 1, 1, {{2, 2}, {0, 0, 0, 0}, {1, 1}, {1, 1}}},
    {{1, 2, 3, 2},
     2,
     1,
     {{1, 2}, {2, 1, 3, 2}, {1, 1}, {1, 1}}}, // windows that see nothing but padding
};
const ElementType kCodeTypes[] = {ElementType::U8, ElementType::I8, ElementType::U16,
                                  ElementType::I16};

std::mt19937 random32(7);

/// Extreme codes as often as others; small reals where `type` is one of floats.
Tensor makeRandom(ElementType type, Shape shape) {
  Tensor tensor(type, std::move(shape));
  dispatch(type, [&](auto tag) {
    using T = decltype(tag);
    T *data = tensor.template data<T>();
    for (int64_t i = 0; i < tensor.size(); ++i)
      if constexpr (std::is_floating_point_v<T>)
        data[i] = T(int32_t(random32())) * T(1e-9f);
      else
        data[i] = random32() % 2   ? T(random32())
                  : random32() % 2 ? std::numeric_limits<T>::min()
                                   : std::numeric_limits<T>::max();
  });
  return tensor;
}

double element(const Tensor &tensor, int64_t index) {
  return dispatch(tensor.type(),
                  [&](auto tag) { return double(tensor.data<decltype(tag)>()[index]); });
}

double at(const Tensor &t, int64_t i, int64_t j, int64_t k, int64_t l) {
  return element(t, ((i * t.dim(1) + j) * t.dim(2) + k) * t.dim(3) + l);
}

/// Calls `tap(kh, kw, inside, h, w)` for the window at one output position.
void forEachTap(const Case &c, int64_t oh, int64_t ow,
                const std::function<void(int64_t, int64_t, bool, int64_t, int64_t)> &tap) {
  const Window &window = c.window;
  for (int64_t kh = 0; kh < window.kernel[0]; ++kh)
    for (int64_t kw = 0; kw < window.kernel[1]; ++kw) {
      int64_t h = oh * window.stride[0] + kh * window.dilation[0] - window.pad[0];
      int64_t w = ow * window.stride[1] + kw * window.dilation[1] - window.pad[2];
      tap(kh, kw, h >= 0 && h < c.input[1] && w >= 0 && w < c.input[2], h, w);
    }
}

/// Compares `got` with `expected(n, oh, ow, channel)`. Doubles hold all sums of codes.
void expectAll(const Tensor &got, const Case &c, int64_t channels,
               const std::function<double(int64_t, int64_t, int64_t, int64_t)> &expected) {
  Shape shape = {c.input[0], c.window.outputSize(0, c.input[1]), c.window.outputSize(1, c.input[2]),
                 channels};
  ASSERT_EQ(got.shape(), shape);
  for (int64_t n = 0; n < shape[0]; ++n)
    for (int64_t oh = 0; oh < shape[1]; ++oh)
      for (int64_t ow = 0; ow < shape[2]; ++ow)
        for (int64_t f = 0; f < channels; ++f) {
          double want = expected(n, oh, ow, f);
          double rounding = got.type() == ElementType::F32   ? 1e-5
                            : got.type() == ElementType::F64 ? 1e-13
                                                             : 0;
          double tolerance = rounding * (1 + std::fabs(want));
          ASSERT_NEAR(at(got, n, oh, ow, f), want, tolerance)
              << n << " " << oh << " " << ow << " " << f << " of case " << &c - kCases;
        }
}

LayerOptions optionsOf(const Case &c, int threads) { return {c.window, c.group, threads}; }

/// Every case and element type, on one thread and on three.
void forEachCase(bool narrowOnly, const std::function<void(const Case &, ElementType, int)> &body) {
  for (const Case &c : kCases)
    for (ElementType type : {ElementType::F32, ElementType::F64, kCodeTypes[0], kCodeTypes[1],
                             kCodeTypes[2], kCodeTypes[3]})
      if (!narrowOnly || sizeOf(type) != 2)
        for (int threads : {1, 3})
          body(c, type, threads);
}

} // namespace

TEST(ReferenceLayers, AdderConv2d) {
  forEachCase(false, [](const Case &c, ElementType type, int threads) {
    int64_t channels = c.input[3] / c.group, filters = c.perGroup * c.group;
    for (int64_t zero : {0, 3, 127}) {
      if (isFloat(type))
        zero = 0; // padded taps hold the real 0
      Tensor x = makeRandom(type, c.input);
      Tensor w = makeRandom(type, {filters, c.window.kernel[0], c.window.kernel[1], channels});
      expectAll(
          adderConv2d(x, w, zero, optionsOf(c, threads)), c, filters,
          [&](int64_t n, int64_t oh, int64_t ow, int64_t f) {
            double sum = 0;
            forEachTap(c, oh, ow, [&](int64_t kh, int64_t kw, bool inside, int64_t h, int64_t v) {
              for (int64_t k = 0; k < channels; ++k)
                sum -= std::fabs(
                    (inside ? at(x, n, h, v, f / c.perGroup * channels + k) : double(zero)) -
                    at(w, f, kh, kw, k));
            });
            return sum;
          });
    }
  });
}

TEST(ReferenceLayers, Conv2d) {
  forEachCase(true, [](const Case &c, ElementType type, int threads) {
    bool real = isFloat(type);
    int64_t channels = c.input[3] / c.group, filters = c.perGroup * c.group;
    for (auto [zx, zw] : {std::pair(0, 0), std::pair(128, -1), std::pair(-128, 127)}) {
      int64_t inputZero = real ? 0 : zx, filterZero = real ? 0 : zw;
      Tensor x = makeRandom(type, c.input);
      Tensor w = makeRandom(real ? type : ElementType::I8,
                            {filters, c.window.kernel[0], c.window.kernel[1], channels});
      for (int64_t biases : {int64_t(1), filters}) {
        Tensor bias = real ? makeRandom(type, {biases})
                           : Tensor::of<int32_t>({biases}, std::vector<int32_t>(biases, -1000000));
        expectAll(
            conv2d(x, w, bias, inputZero, filterZero, optionsOf(c, threads)), c, filters,
            [&](int64_t n, int64_t oh, int64_t ow, int64_t f) {
              double sum = element(bias, biases == 1 ? 0 : f);
              forEachTap(c, oh, ow, [&](int64_t kh, int64_t kw, bool inside, int64_t h, int64_t v) {
                for (int64_t k = 0; inside && k < channels; ++k)
                  sum += (at(x, n, h, v, f / c.perGroup * channels + k) - double(inputZero)) *
                         (at(w, f, kh, kw, k) - double(filterZero));
              });
              return sum;
            });
      }
    }
  });
}

TEST(ReferenceLayers, DepthwiseConv2d) {
  forEachCase(true, [](const Case &c, ElementType type, int threads) {
    bool real = isFloat(type);
    for (int64_t multiplier : {1, 3}) {
      int64_t filters = c.input[3] * multiplier, zero = real ? 0 : 100;
      Tensor x = makeRandom(type, c.input);
      Tensor w = makeRandom(real ? type : ElementType::I8,
                            {c.window.kernel[0], c.window.kernel[1], c.input[3], multiplier});
      Tensor bias = real ? makeRandom(type, {filters}) : makeRandom(ElementType::I16, {filters});
      LayerOptions options = optionsOf(c, threads);
      options.group = 1; // follows from the filter
      expectAll(depthwiseConv2d(x, w, bias, zero, 0, options), c, filters,
                [&](int64_t n, int64_t oh, int64_t ow, int64_t f) {
                  double sum = element(bias, f);
                  forEachTap(c, oh, ow,
                             [&](int64_t kh, int64_t kw, bool inside, int64_t h, int64_t v) {
                               if (inside)
                                 sum += (at(x, n, h, v, f / multiplier) - double(zero)) *
                                        at(w, kh, kw, f / multiplier, f % multiplier);
                             });
                  return sum;
                });
    }
  });
}

TEST(ReferenceLayers, SumPool2dAndBoxSum) {
  forEachCase(false, [](const Case &c, ElementType type, int threads) {
    Tensor x = makeRandom(type, c.input);
    for (int64_t zero : {0, 5, -128}) {
      if (isFloat(type))
        zero = 0;
      auto sumOf = [&](int64_t n, int64_t oh, int64_t ow, int64_t channel) {
        double sum = 0;
        forEachTap(c, oh, ow, [&](int64_t, int64_t, bool inside, int64_t h, int64_t v) {
          sum += inside ? at(x, n, h, v, channel) - double(zero) : 0;
        });
        return sum;
      };
      expectAll(sumPool2d(x, zero, optionsOf(c, threads)), c, c.input[3], sumOf);
      if (zero == 0)
        expectAll(boxSum(x, optionsOf(c, threads)), c, 1,
                  [&](int64_t n, int64_t oh, int64_t ow, int64_t) {
                    double sum = 0;
                    for (int64_t k = 0; k < c.input[3]; ++k)
                      sum += sumOf(n, oh, ow, k);
                    return sum;
                  });
    }
  });
}

TEST(ReferenceLayers, MaxPool2d) {
  forEachCase(false, [](const Case &c, ElementType type, int threads) {
    Tensor x = makeRandom(type, c.input);
    Tensor pooled = maxPool2d(x, optionsOf(c, threads));
    EXPECT_EQ(pooled.type(), type);
    expectAll(pooled, c, c.input[3], [&](int64_t n, int64_t oh, int64_t ow, int64_t channel) {
      double best = dispatch(
          type, [](auto tag) { return double(std::numeric_limits<decltype(tag)>::lowest()); });
      forEachTap(c, oh, ow, [&](int64_t, int64_t, bool inside, int64_t h, int64_t v) {
        best = inside ? std::max(best, at(x, n, h, v, channel)) : best;
      });
      return best;
    });
  });
}

TEST(ReferenceLayers, AveragePool2dCountsTheInputOnly) {
  for (const Case &c : kCases) {
    for (ElementType type : {ElementType::F32, ElementType::F64}) {
      Tensor x = makeRandom(type, c.input);
      Tensor pooled = averagePool2d(x, optionsOf(c, 2));
      EXPECT_EQ(pooled.type(), type);
      expectAll(pooled, c, c.input[3], [&](int64_t n, int64_t oh, int64_t ow, int64_t channel) {
        double sum = 0, count = 0;
        forEachTap(c, oh, ow, [&](int64_t, int64_t, bool inside, int64_t h, int64_t v) {
          sum += inside ? at(x, n, h, v, channel) : 0;
          count += inside;
        });
        return count > 0 ? sum / count : 0;
      });
    }
  }
}

// The extremes of codes of 8 and 16 bits, of which some products need all of 32 bits.
TEST(Products, BroadcastAndKeepTheirBits) {
  Tensor a = Tensor::of<int16_t>({1, 2, 1, 3}, {-32768, 0, 32767, 5, -1, 3});
  Tensor b = Tensor::of<uint8_t>({1, 1, 2, 1}, {0, 255});
  Tensor c = multiply(a, 1, b, 200);
  EXPECT_EQ(c.shape(), (Shape{1, 2, 2, 3}));
  ASSERT_EQ(c.type(), ElementType::I32);
  int64_t at = 0;
  for (int row : {0, 1})
    for (int factor : {-200, 55})
      for (int column : {0, 1, 2})
        EXPECT_EQ(c.data<int32_t>()[at++], (a.data<int16_t>()[3 * row + column] - 1) * factor);
}

TEST(Tables, StartAtTheLowestCode) {
  Tensor codes = Tensor::of<int8_t>({1, 4}, {-3, 2, 0, -3});
  Tensor table = Tensor::of<int32_t>({6}, {1 << 30, -7, 5, 9, 11, -(1 << 30)});
  Tensor result = lookUp(codes, -3, table);
  ASSERT_EQ(result.type(), ElementType::I32);
  EXPECT_EQ(result.shape(), codes.shape());
  const int32_t expected[] = {1 << 30, -(1 << 30), 9, 1 << 30};
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(result.data<int32_t>()[i], expected[i]);
}
