//===- Reference.cpp - layers, pooling, tables ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Run/Reference.h"

#include "tally/Run/Elementwise.h"
#include "tally/Support/EachCpu.h"
#include "tally/Support/Parallel.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tally::reference {

//===----------------------------------------------------------------------===//
// Sums of products and of absolute differences
//===----------------------------------------------------------------------===//

namespace {

// One row of terms for all filters: `filter` is `[terms][filters]`, so that the
// innermost loop runs over independent sums and vectorizes. Four terms at a
// time keep each sum in a register for longer.
template <typename T, typename Term>
inline __attribute__((always_inline)) void
accumulate(const T *patch, const T *filter, int64_t terms, int64_t filters, T *sums, Term term) {
  int64_t k = 0;
  for (; k + 4 <= terms; k += 4) {
    T x0 = patch[k], x1 = patch[k + 1], x2 = patch[k + 2], x3 = patch[k + 3];
    const T *w0 = filter + k * filters, *w1 = w0 + filters, *w2 = w1 + filters, *w3 = w2 + filters;
    for (int64_t f = 0; f < filters; ++f)
      sums[f] += (term(x0, w0[f]) + term(x1, w1[f])) + (term(x2, w2[f]) + term(x3, w3[f]));
  }
  for (; k < terms; ++k)
    for (int64_t f = 0; f < filters; ++f)
      sums[f] += term(patch[k], filter[k * filters + f]);
}

TALLY_FOR_EACH_CPU void addDifferences(const float *patch, const float *filter, int64_t terms,
                                       int64_t filters, float *sums) {
  accumulate(patch, filter, terms, filters, sums,
             [](float x, float w) { return -std::fabs(x - w); });
}

TALLY_FOR_EACH_CPU void addDifferences(const double *patch, const double *filter, int64_t terms,
                                       int64_t filters, double *sums) {
  accumulate(patch, filter, terms, filters, sums,
             [](double x, double w) { return -std::fabs(x - w); });
}

TALLY_FOR_EACH_CPU void addDifferences(const int32_t *patch, const int32_t *filter, int64_t terms,
                                       int64_t filters, int32_t *sums) {
  accumulate(patch, filter, terms, filters, sums,
             [](int32_t x, int32_t w) { return -std::abs(x - w); });
}

TALLY_FOR_EACH_CPU void addProducts(const float *patch, const float *filter, int64_t terms,
                                    int64_t filters, float *sums) {
  accumulate(patch, filter, terms, filters, sums, [](float x, float w) { return x * w; });
}

TALLY_FOR_EACH_CPU void addProducts(const double *patch, const double *filter, int64_t terms,
                                    int64_t filters, double *sums) {
  accumulate(patch, filter, terms, filters, sums, [](double x, double w) { return x * w; });
}

TALLY_FOR_EACH_CPU void addProducts(const int32_t *patch, const int32_t *filter, int64_t terms,
                                    int64_t filters, int32_t *sums) {
  accumulate(patch, filter, terms, filters, sums, [](int32_t x, int32_t w) { return x * w; });
}

/// Calls `function` with a value of the type that sums over elements of `type` have.
template <typename Function> Tensor dispatchSums(ElementType type, Function function) {
  return isFloat(type) ? dispatchFloat(type, function) : function(int32_t());
}

/// The elements as `To`, less `zeroPoint`.
template <typename To> std::vector<To> widen(const Tensor &tensor, int64_t zeroPoint = 0) {
  std::vector<To> result(tensor.size());
  dispatch(tensor.type(), [&](auto tag) {
    const auto *data = tensor.data<decltype(tag)>();
    for (int64_t i = 0, e = tensor.size(); i < e; ++i)
      result[i] = To(data[i]) - To(zeroPoint);
  });
  return result;
}

Shape outputShape(const Tensor &input, const Window &window, int64_t channels) {
  return {input.dim(0), window.outputSize(0, input.dim(1)), window.outputSize(1, input.dim(2)),
          channels};
}

/// Calls `body(n, oh, ow)` for every output position; rows in parallel.
template <typename Body> void forEachRow(const Shape &output, int threads, Body body) {
  parallelFor(output[0] * output[1], threads,
              [&](int64_t row) { body(row / output[1], row % output[1]); });
}

/// Copies the inputs under the window at one output position, channels
/// `[first, first + count)`, into `patch`; `padding` outside the input.
template <typename T>
void gather(const T *image, const Shape &input, const Window &window, int64_t oh, int64_t ow,
            int64_t first, int64_t count, T padding, T *patch) {
  for (int64_t kh = 0; kh < window.kernel[0]; ++kh) {
    int64_t h = oh * window.stride[0] + kh * window.dilation[0] - window.padBefore(0);
    for (int64_t kw = 0; kw < window.kernel[1]; ++kw, patch += count) {
      int64_t w = ow * window.stride[1] + kw * window.dilation[1] - window.padBefore(1);
      if (h < 0 || h >= input[1] || w < 0 || w >= input[2])
        std::fill_n(patch, count, padding);
      else
        std::copy_n(image + (h * input[2] + w) * input[3] + first, count, patch);
    }
  }
}

/// `[G, F / G, terms]` to `[G, terms, F / G]`.
template <typename T>
std::vector<T> transposeFilter(const std::vector<T> &filter, int64_t group, int64_t filters,
                               int64_t terms) {
  std::vector<T> result(filter.size());
  int64_t perGroup = filters / group;
  for (int64_t f = 0; f < filters; ++f)
    for (int64_t k = 0; k < terms; ++k)
      result[(f / perGroup * terms + k) * perGroup + f % perGroup] = filter[f * terms + k];
  return result;
}

/// A layer of any group count over `T`, the type of its sums.
template <typename T, typename Accumulate>
Tensor runLayer(const std::vector<T> &input, const Shape &inputShape, const std::vector<T> &filter,
                int64_t filters, const Tensor *bias, T padding, const LayerOptions &options,
                Accumulate add) {
  const Window &window = options.window;
  int64_t channels = inputShape[3] / options.group;
  int64_t perGroup = filters / options.group;
  int64_t terms = window.kernel[0] * window.kernel[1] * channels;
  std::vector<T> transposed = transposeFilter(filter, options.group, filters, terms);
  std::vector<T> start(filters, T(0));
  if (bias) {
    std::vector<T> values = widen<T>(*bias);
    for (int64_t f = 0; f < filters; ++f)
      start[f] = values[values.size() == 1 ? 0 : f];
  }

  Shape shape = {inputShape[0], window.outputSize(0, inputShape[1]),
                 window.outputSize(1, inputShape[2]), filters};
  Tensor output(elementTypeOf<T>(), shape);
  T *out = output.template data<T>();
  forEachRow(shape, options.threads, [&](int64_t n, int64_t oh) {
    const T *image = input.data() + n * inputShape[1] * inputShape[2] * inputShape[3];
    std::vector<T> patch(terms);
    for (int64_t ow = 0; ow < shape[2]; ++ow) {
      T *sums = out + ((n * shape[1] + oh) * shape[2] + ow) * filters;
      std::copy(start.begin(), start.end(), sums);
      for (int64_t g = 0; g < options.group; ++g) {
        gather(image, inputShape, window, oh, ow, g * channels, channels, padding, patch.data());
        add(patch.data(), transposed.data() + g * terms * perGroup, terms, perGroup,
            sums + g * perGroup);
      }
    }
  });
  return output;
}

} // namespace

Tensor adderConv2d(const Tensor &input, const Tensor &filter, int64_t zeroPoint,
                   const LayerOptions &options) {
  return dispatchSums(input.type(), [&](auto tag) {
    using T = decltype(tag);
    return runLayer<T>(widen<T>(input), input.shape(), widen<T>(filter), filter.dim(0), nullptr,
                       T(zeroPoint), options,
                       [](const T *patch, const T *w, int64_t terms, int64_t filters, T *sums) {
                         addDifferences(patch, w, terms, filters, sums);
                       });
  });
}

Tensor conv2d(const Tensor &input, const Tensor &filter, const Tensor &bias, int64_t inputZeroPoint,
              int64_t filterZeroPoint, const LayerOptions &options) {
  return dispatchSums(input.type(), [&](auto tag) {
    using T = decltype(tag);
    return runLayer<T>(widen<T>(input, inputZeroPoint), input.shape(),
                       widen<T>(filter, filterZeroPoint), filter.dim(0), &bias, T(0), options,
                       [](const T *patch, const T *w, int64_t terms, int64_t filters, T *sums) {
                         addProducts(patch, w, terms, filters, sums);
                       });
  });
}

Tensor depthwiseConv2d(const Tensor &input, const Tensor &filter, const Tensor &bias,
                       int64_t inputZeroPoint, int64_t filterZeroPoint,
                       const LayerOptions &options) {
  // [KH, KW, C, M] to [C * M, KH, KW, 1]: a convolution with one group a channel.
  int64_t taps = filter.dim(0) * filter.dim(1);
  int64_t filters = filter.dim(2) * filter.dim(3);
  Tensor regrouped(filter.type(), {filters, filter.dim(0), filter.dim(1), 1});
  dispatch(filter.type(), [&](auto tag) {
    using T = decltype(tag);
    const T *from = filter.data<T>();
    T *to = regrouped.data<T>();
    for (int64_t k = 0; k < taps; ++k)
      for (int64_t f = 0; f < filters; ++f)
        to[f * taps + k] = from[k * filters + f];
  });
  LayerOptions grouped = options;
  grouped.group = filter.dim(2);
  return conv2d(input, regrouped, bias, inputZeroPoint, filterZeroPoint, grouped);
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

namespace {

/// Folds the elements under each window, channel by channel: `start`, then
/// `fold(value, element)` for every tap inside the input, then `finish(value, taps)`.
template <typename In, typename Out, typename Fold, typename Finish>
Tensor pool(const Tensor &input, const LayerOptions &options, Out start, Fold fold, Finish finish) {
  const Window &window = options.window;
  const Shape &in = input.shape();
  Shape shape = outputShape(input, window, in[3]);
  Tensor output(elementTypeOf<Out>(), shape);
  const In *data = input.data<In>();
  Out *out = output.template data<Out>();
  forEachRow(shape, options.threads, [&](int64_t n, int64_t oh) {
    for (int64_t ow = 0; ow < shape[2]; ++ow)
      for (int64_t c = 0; c < shape[3]; ++c) {
        Out value = start;
        int64_t taps = 0;
        for (int64_t kh = 0; kh < window.kernel[0]; ++kh)
          for (int64_t kw = 0; kw < window.kernel[1]; ++kw) {
            int64_t h = oh * window.stride[0] + kh * window.dilation[0] - window.padBefore(0);
            int64_t w = ow * window.stride[1] + kw * window.dilation[1] - window.padBefore(1);
            if (h < 0 || h >= in[1] || w < 0 || w >= in[2])
              continue;
            value = fold(value, data[((n * in[1] + h) * in[2] + w) * in[3] + c]);
            ++taps;
          }
        out[((n * shape[1] + oh) * shape[2] + ow) * shape[3] + c] = finish(value, taps);
      }
  });
  return output;
}

} // namespace

Tensor sumPool2d(const Tensor &input, int64_t zeroPoint, const LayerOptions &options) {
  auto keep = [](auto value, int64_t) { return value; };
  return dispatch(input.type(), [&](auto tag) -> Tensor {
    using In = decltype(tag);
    using Out = std::conditional_t<std::is_floating_point_v<In>, In, int32_t>;
    return pool<In, Out>(
        input, options, Out(0), [&](Out sum, In x) { return sum + (Out(x) - Out(zeroPoint)); },
        keep);
  });
}

Tensor boxSum(const Tensor &input, const LayerOptions &options) {
  Tensor perChannel = sumPool2d(input, 0, options);
  Shape shape = perChannel.shape();
  int64_t channels = shape[3];
  shape[3] = 1;
  Tensor output(perChannel.type(), shape);
  dispatch(perChannel.type(), [&](auto tag) {
    using T = decltype(tag);
    const T *from = perChannel.data<T>();
    T *to = output.data<T>();
    for (int64_t i = 0, e = output.size(); i < e; ++i)
      for (int64_t c = 0; c < channels; ++c)
        to[i] += from[i * channels + c];
  });
  return output;
}

Tensor maxPool2d(const Tensor &input, const LayerOptions &options) {
  return dispatch(input.type(), [&](auto tag) -> Tensor {
    using T = decltype(tag);
    return pool<T, T>(
        input, options, std::numeric_limits<T>::lowest(),
        [](T best, T x) { return std::max(best, x); }, [](T best, int64_t) { return best; });
  });
}

Tensor averagePool2d(const Tensor &input, const LayerOptions &options) {
  return dispatchFloat(input.type(), [&](auto tag) {
    using T = decltype(tag);
    return pool<T, T>(
        input, options, T(0), [](T sum, T x) { return sum + x; },
        [](T sum, int64_t taps) { return taps ? sum / T(taps) : T(0); });
  });
}

//===----------------------------------------------------------------------===//
// Products and tables
//===----------------------------------------------------------------------===//

Tensor multiply(const Tensor &a, int64_t zeroA, const Tensor &b, int64_t zeroB) {
  auto widened = [](const Tensor &codes, int64_t zero) {
    return Tensor::of<int32_t>(codes.shape(), widen<int32_t>(codes, zero));
  };
  return zip<int32_t>(widened(a, zeroA), widened(b, zeroB),
                      [](int32_t x, int32_t y) { return x * y; });
}

Tensor lookUp(const Tensor &input, int64_t lowest, const Tensor &table) {
  Tensor output(table.type(), input.shape());
  dispatch(input.type(), [&](auto inTag) {
    dispatch(table.type(), [&](auto outTag) {
      const auto *from = input.data<decltype(inTag)>();
      const auto *entries = table.data<decltype(outTag)>();
      auto *to = output.data<decltype(outTag)>();
      for (int64_t i = 0, e = input.size(); i < e; ++i)
        to[i] = entries[int64_t(from[i]) - lowest];
    });
  });
  return output;
}

} // namespace tally::reference
