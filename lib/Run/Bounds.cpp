//===- Bounds.cpp - the reference on intervals ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Run/Bounds.h"

#include "tally/Run/Elementwise.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <tuple>

namespace tally::reference {

//===----------------------------------------------------------------------===//
// Tensors of integers
//===----------------------------------------------------------------------===//

namespace {

using Integers = std::vector<int64_t>;

Integers read(const Tensor &tensor, int64_t zeroPoint = 0) {
  Integers values(tensor.size());
  dispatch(tensor.type(), [&](auto tag) {
    const auto *data = tensor.data<decltype(tag)>();
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = int64_t(data[i]) - zeroPoint;
  });
  return values;
}

int64_t largest(const Integers &values) {
  int64_t most = 0;
  for (int64_t value : values)
    most = std::max(most, std::abs(value));
  return most;
}

/// What sums of at most `most` are computed in: the reference adds 32-bit integers, or doubles,
/// which hold every integer up to 2^53.
ElementType sumsFor(double most) {
  assert(most < 9007199254740992.0 && "sums of codes are shorter");
  return most <= double(std::numeric_limits<int32_t>::max()) ? ElementType::I32 : ElementType::F64;
}

Tensor make(ElementType type, const Shape &shape, const Integers &values) {
  Tensor tensor(type, shape);
  dispatch(type, [&](auto tag) {
    auto *data = tensor.data<decltype(tag)>();
    for (size_t i = 0; i < values.size(); ++i)
      data[i] = decltype(tag)(values[i]);
  });
  return tensor;
}

/// `function(l, u)` of every element, in `type`.
template <typename Function>
Tensor combine(ElementType type, const Bounds &box, Function function) {
  Tensor result(type, box.low.shape());
  dispatch(box.low.type(), [&](auto from) {
    dispatch(type, [&](auto to) {
      using T = decltype(to);
      const auto *low = box.low.data<decltype(from)>(), *high = box.high.data<decltype(from)>();
      T *out = result.data<T>();
      for (int64_t i = 0, e = result.size(); i < e; ++i)
        out[i] = T(function(int64_t(low[i]), int64_t(high[i])));
    });
  });
  return result;
}

/// The largest `function(l, u)`, or 0.
template <typename Function> int64_t largestOf(const Bounds &box, Function function) {
  int64_t most = 0;
  dispatch(box.low.type(), [&](auto tag) {
    const auto *low = box.low.data<decltype(tag)>(), *high = box.high.data<decltype(tag)>();
    for (int64_t i = 0, e = box.low.size(); i < e; ++i)
      most = std::max(most, function(int64_t(low[i]), int64_t(high[i])));
  });
  return most;
}

/// `sum |w|` of the filter where it is largest.
int64_t largestNorm(const Integers &filter, int64_t filters) {
  int64_t terms = int64_t(filter.size()) / filters, most = 0;
  for (int64_t f = 0; f < filters; ++f) {
    int64_t sum = 0;
    for (int64_t k = 0; k < terms; ++k)
      sum += std::abs(filter[f * terms + k]);
    most = std::max(most, sum);
  }
  return most;
}

/// Halves of what `ends(data of sums..., i)` makes of several tensors of sums.
template <typename Function, typename... Sums>
Bounds halve(Function ends, const Tensor &first, const Sums &...others) {
  Bounds bounds(Tensor(ElementType::I64, first.shape()), Tensor(ElementType::I64, first.shape()));
  int64_t *low = bounds.low.data<int64_t>(), *high = bounds.high.data<int64_t>();
  dispatch(first.type(), [&](auto tag) {
    using T = decltype(tag);
    auto halveAll = [&](const T *a, auto *...rest) {
      for (int64_t i = 0, e = first.size(); i < e; ++i) {
        auto [twiceLow, twiceHigh] = ends(i, a, rest...);
        assert(twiceLow % 2 == 0 && twiceHigh % 2 == 0 && "twice the sums");
        low[i] = twiceLow / 2;
        high[i] = twiceHigh / 2;
      }
    };
    halveAll(first.data<T>(), others.template data<T>()...);
  });
  return bounds;
}

int64_t sumOf(int64_t l, int64_t u) { return l + u; }
int64_t widthOf(int64_t l, int64_t u) { return u - l; }

} // namespace

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

Bounds conv2d(const Bounds &input, const Tensor &filter, const Tensor &bias, int64_t inputZeroPoint,
              int64_t filterZeroPoint, const LayerOptions &options) {
  Integers weights = read(filter, filterZeroPoint), sizes = weights, added = read(bias);
  for (int64_t &weight : sizes)
    weight = std::abs(weight);
  auto twiceMiddle = [&](int64_t l, int64_t u) { return l + u - 2 * inputZeroPoint; };
  // No part of what is added up exceeds this.
  int64_t ofInput = largestOf(input, [&](int64_t l, int64_t u) {
    return 2 * std::max(std::abs(l - inputZeroPoint), std::abs(u - inputZeroPoint));
  });
  double norm = double(largestNorm(weights, filter.dim(0)));
  ElementType type = sumsFor(std::max({norm * double(ofInput), norm, double(ofInput)}));
  Tensor none = make(type, {1}, {0});
  Tensor middle = conv2d(combine(type, input, twiceMiddle), make(type, filter.shape(), weights),
                         none, 0, 0, options);
  Tensor reach =
      conv2d(combine(type, input, widthOf), make(type, filter.shape(), sizes), none, 0, 0, options);
  int64_t filters = filter.dim(0);
  return halve(
      [&](int64_t i, const auto *m, const auto *r) {
        int64_t centre = int64_t(m[i]) + 2 * added[added.size() == 1 ? 0 : i % filters];
        return std::pair(centre - int64_t(r[i]), centre + int64_t(r[i]));
      },
      middle, reach);
}

Bounds depthwiseConv2d(const Bounds &input, const Tensor &filter, const Tensor &bias,
                       int64_t inputZeroPoint, int64_t filterZeroPoint,
                       const LayerOptions &options) {
  // [KH, KW, C, M] to [C * M, KH, KW, 1], as the layer itself does.
  int64_t filters = filter.dim(2) * filter.dim(3);
  Tensor regrouped = transpose(filter.reshaped({filter.dim(0), filter.dim(1), filters}), {2, 0, 1});
  LayerOptions grouped = options;
  grouped.group = filter.dim(2);
  return conv2d(input, regrouped.reshaped({filters, filter.dim(0), filter.dim(1), 1}), bias,
                inputZeroPoint, filterZeroPoint, grouped);
}

Bounds adderConv2d(const Bounds &input, const Tensor &filter, int64_t zeroPoint,
                   const LayerOptions &options) {
  Integers weights = read(filter), twiceWeights = weights;
  for (int64_t &weight : twiceWeights)
    weight *= 2;
  int64_t filters = filter.dim(0), terms = filter.size() / filters;
  int64_t ofInput =
      largestOf(input, [](int64_t l, int64_t u) { return std::max(std::abs(l), std::abs(u)); });
  double most = double(std::max(ofInput, std::abs(zeroPoint))) + double(largest(weights));
  ElementType type = sumsFor(2 * most * double(terms));
  auto differences = [&](auto ends, const Integers &from, int64_t zero) {
    return adderConv2d(combine(type, input, ends), make(type, filter.shape(), from), zero, options);
  };
  Tensor atLow = differences([](int64_t l, int64_t) { return l; }, weights, zeroPoint);
  Tensor atHigh = differences([](int64_t, int64_t u) { return u; }, weights, zeroPoint);
  Tensor atMiddle = differences(sumOf, twiceWeights, 2 * zeroPoint);
  // Padded taps have no width.
  Shape ones = {options.group, filter.dim(1), filter.dim(2), filter.dim(3)};
  Tensor reach =
      conv2d(combine(type, input, widthOf), make(type, ones, Integers(numElements(ones), 1)),
             make(type, {1}, {0}), 0, 0, options);
  int64_t perGroup = filters / options.group;
  return halve(
      [&](int64_t i, const auto *m, const auto *l, const auto *u, const auto *r) {
        int64_t width = int64_t(r[i / perGroup]);
        return std::pair(int64_t(m[i]) - width, int64_t(l[i]) + int64_t(u[i]) + width);
      },
      atMiddle, atLow, atHigh, reach);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Bounds hull(const Tensor &a, const Tensor &b) { return hull(Bounds(a), Bounds(b)); }

Bounds hull(const Bounds &a, const Bounds &b) {
  return dispatch(a.low.type(), [&](auto tag) -> Bounds {
    using T = decltype(tag);
    return {zip<T>(a.low, b.low, [](T x, T y) { return std::min(x, y); }),
            zip<T>(a.high, b.high, [](T x, T y) { return std::max(x, y); })};
  });
}

namespace {

/// Smallest and largest entry of any part of a table: row k has those of 2^k entries from each on.
class Extremes {
public:
  explicit Extremes(const Integers &table) : lowest{table}, highest{table} {
    for (size_t step = 1; 2 * step <= table.size(); step *= 2) {
      const Integers &low = lowest.back(), &high = highest.back();
      Integers nextLow, nextHigh;
      for (size_t i = 0; i + step < low.size(); ++i) {
        nextLow.push_back(std::min(low[i], low[i + step]));
        nextHigh.push_back(std::max(high[i], high[i + step]));
      }
      lowest.push_back(std::move(nextLow));
      highest.push_back(std::move(nextHigh));
    }
  }

  std::pair<int64_t, int64_t> between(int64_t first, int64_t last) const {
    size_t row = 0;
    while ((int64_t(2) << row) <= last - first + 1)
      ++row;
    int64_t second = last + 1 - (int64_t(1) << row);
    return {std::min(lowest[row][first], lowest[row][second]),
            std::max(highest[row][first], highest[row][second])};
  }

private:
  std::vector<Integers> lowest, highest;
};

} // namespace

Bounds lookUp(const Bounds &input, int64_t lowest, const Tensor &table) {
  Extremes extremes(read(table));
  Integers low = read(input.low, lowest), high = read(input.high, lowest);
  for (size_t i = 0; i < low.size(); ++i)
    std::tie(low[i], high[i]) = extremes.between(low[i], high[i]);
  return {make(table.type(), input.low.shape(), low), make(table.type(), input.low.shape(), high)};
}

} // namespace tally::reference
