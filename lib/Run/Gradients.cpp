//===- Gradients.cpp - what flows back through layers ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Run/Gradients.h"

#include "tally/Support/Parallel.h"

#include <algorithm>

namespace tally::reference {

namespace {

/// The output position along `dim` whose tap `k` reads input position `i`; -1 where there is none.
int64_t findReader(const Window &window, int dim, int64_t i, int64_t k, int64_t outputSize) {
  int64_t shifted = i + window.padBefore(dim) - k * window.dilation[dim];
  if (shifted < 0 || shifted % window.stride[dim] != 0)
    return -1;
  int64_t o = shifted / window.stride[dim];
  return o < outputSize ? o : -1;
}

/// What tap `k` of output position `o` reads along `dim`: an input position, or one outside.
int64_t positionOf(const Window &window, int dim, int64_t o, int64_t k) {
  return o * window.stride[dim] + k * window.dilation[dim] - window.padBefore(dim);
}

/// `[N, H, W, C]` of `shape`: for each element the sum of `term(g, w, its index)` over the outputs
/// and taps that read it, tap by tap and then filter by filter. Rows in parallel.
template <typename T, typename Term>
Tensor sumOverReaders(const Tensor &gradient, const Tensor &filter, const Shape &shape,
                      const LayerOptions &options, Term term) {
  const Window &window = options.window;
  const Shape &out = gradient.shape();
  int64_t filters = out[3], perGroup = filters / options.group;
  int64_t channels = shape[3] / options.group;
  assert(filter.dim(0) == filters && filter.dim(3) == channels && "the layer's filter");
  Tensor result(gradient.type(), shape);
  const T *g = gradient.data<T>(), *weights = filter.data<T>();
  T *dx = result.data<T>();

  auto addTap = [&](const T *outputs, int64_t tap, int64_t pixel) {
    for (int64_t f = 0; f < filters; ++f) {
      const T *w = weights + (f * window.kernel[0] * window.kernel[1] + tap) * channels;
      int64_t first = pixel * shape[3] + f / perGroup * channels;
      for (int64_t k = 0; k < channels; ++k)
        dx[first + k] += term(outputs[f], w[k], first + k);
    }
  };
  parallelFor(shape[0] * shape[1], options.threads, [&](int64_t row) {
    int64_t n = row / shape[1], h = row % shape[1];
    for (int64_t w = 0; w < shape[2]; ++w)
      for (int64_t kh = 0; kh < window.kernel[0]; ++kh) {
        int64_t oh = findReader(window, 0, h, kh, out[1]);
        for (int64_t kw = 0; oh >= 0 && kw < window.kernel[1]; ++kw) {
          int64_t ow = findReader(window, 1, w, kw, out[2]);
          if (ow >= 0)
            addTap(g + ((n * out[1] + oh) * out[2] + ow) * filters, kh * window.kernel[1] + kw,
                   row * shape[2] + w);
        }
      }
  });
  return result;
}

template <typename T>
Tensor filterGradient(const Tensor &input, const Tensor &gradient, const LayerOptions &options) {
  const Window &window = options.window;
  const Shape &in = input.shape(), &out = gradient.shape();
  int64_t filters = out[3], perGroup = filters / options.group, channels = in[3] / options.group;
  Tensor result(gradient.type(), {filters, window.kernel[0], window.kernel[1], channels});
  const T *x = input.data<T>(), *g = gradient.data<T>();
  T *dw = result.data<T>();
  int64_t taps = window.kernel[0] * window.kernel[1];
  parallelFor(filters * taps, options.threads, [&](int64_t index) {
    int64_t f = index / taps, kh = index % taps / window.kernel[1], kw = index % window.kernel[1];
    T *sums = dw + index * channels;
    for (int64_t n = 0; n < out[0]; ++n)
      for (int64_t oh = 0; oh < out[1]; ++oh) {
        int64_t h = positionOf(window, 0, oh, kh);
        if (h < 0 || h >= in[1])
          continue;
        for (int64_t ow = 0; ow < out[2]; ++ow) {
          int64_t w = positionOf(window, 1, ow, kw);
          if (w < 0 || w >= in[2])
            continue;
          T factor = g[((n * out[1] + oh) * out[2] + ow) * filters + f];
          const T *pixel = x + ((n * in[1] + h) * in[2] + w) * in[3] + f / perGroup * channels;
          for (int64_t k = 0; k < channels; ++k)
            sums[k] += factor * pixel[k];
        }
      }
  });
  return result;
}

template <typename T>
Tensor maxGradient(const Tensor &gradient, const Tensor &input, const LayerOptions &options) {
  const Window &window = options.window;
  const Shape &in = input.shape(), &out = gradient.shape();
  Tensor result(gradient.type(), in);
  const T *x = input.data<T>(), *g = gradient.data<T>();
  T *dx = result.data<T>();
  auto findFirstLargest = [&](int64_t n, int64_t oh, int64_t ow, int64_t c) {
    int64_t found = -1;
    for (int64_t kh = 0; kh < window.kernel[0]; ++kh)
      for (int64_t kw = 0; kw < window.kernel[1]; ++kw) {
        int64_t h = positionOf(window, 0, oh, kh), w = positionOf(window, 1, ow, kw);
        if (h < 0 || h >= in[1] || w < 0 || w >= in[2])
          continue;
        int64_t i = ((n * in[1] + h) * in[2] + w) * in[3] + c;
        if (found < 0 || x[found] < x[i])
          found = i;
      }
    return found;
  };
  // Windows overlap, images do not.
  parallelFor(out[0], options.threads, [&](int64_t n) {
    const T *outputs = g + n * out[1] * out[2] * out[3];
    for (int64_t oh = 0; oh < out[1]; ++oh)
      for (int64_t ow = 0; ow < out[2]; ++ow)
        for (int64_t c = 0; c < out[3]; ++c, ++outputs)
          if (int64_t i = findFirstLargest(n, oh, ow, c); i >= 0)
            dx[i] += *outputs;
  });
  return result;
}

} // namespace

Tensor conv2dInputGradient(const Tensor &gradient, const Tensor &filter, const Shape &input,
                           const LayerOptions &options) {
  return dispatchFloat(gradient.type(), [&](auto tag) {
    using T = decltype(tag);
    return sumOverReaders<T>(gradient, filter, input, options,
                             [](T g, T w, int64_t) { return g * w; });
  });
}

Tensor conv2dFilterGradient(const Tensor &input, const Tensor &gradient,
                            const LayerOptions &options) {
  return dispatchFloat(gradient.type(), [&](auto tag) {
    return filterGradient<decltype(tag)>(input, gradient, options);
  });
}

Tensor adderInputGradient(const Tensor &gradient, const Tensor &input, const Tensor &filter,
                          DifferenceRule rule, const LayerOptions &options) {
  return dispatchFloat(gradient.type(), [&](auto tag) {
    using T = decltype(tag);
    const T *x = input.data<T>();
    auto sum = [&](auto factor) {
      return sumOverReaders<T>(gradient, filter, input.shape(), options,
                               [=](T g, T w, int64_t i) { return g * factor(w - x[i]); });
    };
    if (rule == DifferenceRule::Sign)
      return sum([](T d) { return T(d > 0) - T(d < 0); });
    return sum([](T d) { return std::min(std::max(d, T(-1)), T(1)); });
  });
}

Tensor maxPool2dGradient(const Tensor &gradient, const Tensor &input, const LayerOptions &options) {
  return dispatchFloat(gradient.type(), [&](auto tag) {
    return maxGradient<decltype(tag)>(gradient, input, options);
  });
}

} // namespace tally::reference
