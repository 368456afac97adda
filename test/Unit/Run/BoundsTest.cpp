// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Bounds of layers against all codes of small boxes: they are the extremes, not only beyond them.

#include "tally/Run/Bounds.h"

#include "Run/Integers.h"

#include <cstdlib>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace tally;
using reference::LayerOptions;

namespace {

std::mt19937 random32(11);
int64_t points = 0; ///< of boxes that were visited

int64_t pick(int64_t low, int64_t high) {
  return low + int64_t(random32() % uint64_t(high - low + 1));
}

Tensor makeCodes(ElementType type, Shape shape, const std::function<int64_t()> &next) {
  Tensor tensor(type, std::move(shape));
  dispatch(type, [&](auto tag) {
    auto *data = tensor.data<decltype(tag)>();
    for (int64_t i = 0; i < tensor.size(); ++i)
      data[i] = decltype(tag)(next());
  });
  return tensor;
}

/// Of at most three codes an element; ends of the type included.
Bounds makeBox(ElementType type, const Shape &shape, int64_t lowest, int64_t highest) {
  Tensor low = makeCodes(type, shape, [&] {
    int64_t code = pick(0, 2) ? pick(lowest, highest) : pick(0, 1) ? lowest : highest;
    return std::min(code, highest - 2);
  });
  Tensor high = low;
  dispatch(type, [&](auto tag) {
    using T = decltype(tag);
    T *to = high.data<T>();
    for (int64_t i = 0; i < high.size(); ++i)
      to[i] = T(to[i] + T(pick(0, 2)));
  });
  return {low, high};
}

/// Calls `visit` with every tensor of codes within `box`.
void forEachPoint(const Bounds &box, const std::function<void(const Tensor &)> &visit) {
  std::vector<int64_t> low = integers(box.low), high = integers(box.high), at = low;
  for (;;) {
    size_t next = 0;
    visit(makeCodes(box.low.type(), box.low.shape(), [&] { return at[next++]; }));
    size_t i = 0;
    while (i < at.size() && at[i] == high[i])
      at[i] = low[i], ++i;
    if (i == at.size())
      return;
    ++at[i];
  }
}

/// Whether `bounds` are the smallest and the largest result of `layer` over `box`.
void expectExtremes(const Bounds &box, const Bounds &bounds,
                    const std::function<Tensor(const Tensor &)> &layer, const std::string &what) {
  std::vector<int64_t> least, most;
  forEachPoint(box, [&](const Tensor &point) {
    ++points;
    std::vector<int64_t> results = integers(layer(point));
    if (least.empty())
      least = most = results;
    for (size_t i = 0; i < results.size(); ++i) {
      least[i] = std::min(least[i], results[i]);
      most[i] = std::max(most[i], results[i]);
    }
  });
  EXPECT_EQ(integers(bounds.low), least) << what;
  EXPECT_EQ(integers(bounds.high), most) << what;
}

struct Case {
  Shape input;
  int64_t perGroup, group;
  Window window;
};

// Kernel, pad (top, bottom, left, right), stride, dilation.
const Case kCases[] = {
    {{1, 1, 1, 1}, 2, 1, {}},
    {{2, 1, 2, 1}, 2, 1, {{1, 2}, {0, 0, 0, 1}, {1, 1}, {1, 1}}},
    {{1, 2, 3, 1}, 2, 1, {{2, 2}, {1, 0, 0, 1}, {1, 2}, {1, 1}}},
    {{1, 3, 2, 1}, 1, 1, {{2, 2}, {1, 1, 1, 1}, {1, 1}, {2, 1}}},
    {{1, 1, 3, 2}, 1, 2, {{1, 2}, {0, 0, 1, 0}, {1, 1}, {1, 1}}},
    {{1, 1, 2, 3}, 2, 3, {{1, 1}, {0, 1, 0, 0}, {1, 1}, {1, 1}}},
    {{1, 1, 2, 2}, 1, 1, {{1, 1}, {2, 0, 0, 0}, {1, 1}, {1, 1}}}, // nothing but padding in places
};

struct Codes {
  ElementType type;
  int64_t lowest, highest;
};
const Codes kCodes[] = {{ElementType::U8, 0, 255},
                        {ElementType::I8, -128, 127},
                        {ElementType::U8, 0, 3},
                        {ElementType::I16, -32768, 32767}};

} // namespace

TEST(Bounds, OfConvolutionsAreExtremes) {
  for (const Case &c : kCases)
    for (const Codes &codes : kCodes)
      for (int64_t filterZero : {0, 3}) {
        int64_t zero = pick(codes.lowest, codes.highest), filters = c.perGroup * c.group;
        Bounds box = makeBox(codes.type, c.input, codes.lowest, codes.highest);
        Tensor filter =
            makeCodes(ElementType::I8,
                      {filters, c.window.kernel[0], c.window.kernel[1], c.input[3] / c.group},
                      [] { return pick(-128, 127); });
        Tensor bias = makeCodes(ElementType::I32, {pick(0, 1) ? 1 : filters},
                                [] { return pick(-5000, 5000); });
        LayerOptions options{c.window, c.group, 1};
        expectExtremes(
            box, reference::conv2d(box, filter, bias, zero, filterZero, options),
            [&](const Tensor &x) {
              return reference::conv2d(x, filter, bias, zero, filterZero, options);
            },
            toText(c.input) + " zero point " + std::to_string(zero));
      }
  EXPECT_GT(points, 2000);
}

TEST(Bounds, OfDepthwiseConvolutionsAreExtremes) {
  for (const Case &c : kCases)
    for (int64_t multiplier : {1, 2}) {
      Bounds box = makeBox(ElementType::U8, c.input, 0, 255);
      Tensor filter = makeCodes(ElementType::I8,
                                {c.window.kernel[0], c.window.kernel[1], c.input[3], multiplier},
                                [] { return pick(-128, 127); });
      Tensor bias =
          makeCodes(ElementType::I32, {c.input[3] * multiplier}, [] { return pick(-5000, 5000); });
      LayerOptions options{c.window, 1, 1};
      expectExtremes(
          box, reference::depthwiseConv2d(box, filter, bias, 9, 1, options),
          [&](const Tensor &x) {
            return reference::depthwiseConv2d(x, filter, bias, 9, 1, options);
          },
          toText(c.input));
    }
}

TEST(Bounds, OfAdderLayersAreExtremes) {
  for (const Case &c : kCases)
    for (const Codes &codes : kCodes)
      for (int round = 0; round < 3; ++round) {
        int64_t zero = pick(codes.lowest, codes.highest), filters = c.perGroup * c.group;
        Bounds box = makeBox(codes.type, c.input, codes.lowest, codes.highest);
        // Below, within and beyond the box.
        std::vector<int64_t> low = integers(box.low);
        Tensor filter = makeCodes(
            ElementType::I16,
            {filters, c.window.kernel[0], c.window.kernel[1], c.input[3] / c.group}, [&] {
              return std::clamp<int64_t>(low[random32() % low.size()] + pick(-2, 4), -32768, 32767);
            });
        LayerOptions options{c.window, c.group, 1};
        expectExtremes(
            box, reference::adderConv2d(box, filter, zero, options),
            [&](const Tensor &x) { return reference::adderConv2d(x, filter, zero, options); },
            toText(c.input) + " zero point " + std::to_string(zero));
      }
  EXPECT_GT(points, 2000);
}

// Sums that twice over leave 32 bits are as exact.
TEST(Bounds, OfWideSumsAreExact) {
  const int64_t kMost = std::numeric_limits<int32_t>::max() / 2;
  Tensor low = Tensor::of<int32_t>({1, 1, 1, 2}, {int32_t(-kMost / 2), int32_t(kMost / 2 - 6)});
  Tensor high = Tensor::of<int32_t>({1, 1, 1, 2}, {int32_t(-kMost / 2 + 3), int32_t(kMost / 2)});
  Tensor filter = Tensor::of<int32_t>({1, 1, 1, 2}, {int32_t(kMost / 2), int32_t(-kMost / 2)});
  Bounds adder = reference::adderConv2d({low, high}, filter, 0, {});
  EXPECT_EQ(integers(adder.low), std::vector<int64_t>{-4 * (kMost / 2)});
  EXPECT_EQ(integers(adder.high), std::vector<int64_t>{-4 * (kMost / 2) + 9});
  Tensor two = Tensor::of<int8_t>({1, 1, 1, 2}, {2, -2}), bias = Tensor::of<int32_t>({1}, {1});
  Bounds conv = reference::conv2d({low, high}, two, bias, 0, 0, {});
  EXPECT_EQ(integers(conv.low), std::vector<int64_t>{-4 * (kMost / 2) + 1});
  EXPECT_EQ(integers(conv.high), std::vector<int64_t>{-4 * (kMost / 2) + 19});
}

TEST(Bounds, OfTablesAreExtremes) {
  for (int64_t size : {1, 2, 3, 7, 8, 256}) {
    Tensor table = makeCodes(ElementType::I16, {size}, [] { return pick(-32768, 32767); });
    std::vector<int64_t> entries = integers(table);
    for (int64_t first = 0; first < size; ++first)
      for (int64_t last = first; last < size; ++last) {
        auto code = [](int64_t c) { return Tensor::of<int16_t>({1, 1}, {int16_t(c - 100)}); };
        Bounds bounds = reference::lookUp({code(first), code(last)}, -100, table);
        auto [least, most] =
            std::minmax_element(entries.begin() + first, entries.begin() + last + 1);
        ASSERT_EQ(integers(bounds.low)[0], *least) << size << ": " << first << "-" << last;
        ASSERT_EQ(integers(bounds.high)[0], *most) << size << ": " << first << "-" << last;
      }
  }
}

TEST(Bounds, OfHullsAreOfBoth) {
  Tensor a = Tensor::of<int8_t>({3}, {1, 5, -3}), b = Tensor::of<int8_t>({3}, {2, -7, -3});
  Bounds both = reference::hull(a, b);
  EXPECT_EQ(integers(both.low), (std::vector<int64_t>{1, -7, -3}));
  EXPECT_EQ(integers(both.high), (std::vector<int64_t>{2, 5, -3}));
  EXPECT_TRUE(Bounds(a).isPoint());
  EXPECT_FALSE(both.isPoint());
}
