//===- Elementwise.h - reference of data movement ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What TOSA's elementwise and data-movement operations compute, on any element
// type. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_RUN_ELEMENTWISE_H
#define TALLY_RUN_ELEMENTWISE_H

#include "tally/Data/Tensor.h"

#include <algorithm>
#include <vector>

namespace tally::reference {

/// Calls `body(index of the element, multi-index)` in row-major order.
template <typename Body> void forEachIndex(const Shape &shape, Body body) {
  Shape index(shape.size(), 0);
  for (int64_t i = 0, e = numElements(shape); i < e; ++i) {
    body(i, index);
    for (int64_t dim = int64_t(shape.size()) - 1; dim >= 0; --dim) {
      if (++index[dim] < shape[dim])
        break;
      index[dim] = 0;
    }
  }
}

/// Row-major strides, in elements.
inline Shape stridesOf(const Shape &shape) {
  Shape strides(shape.size(), 1);
  for (int64_t dim = int64_t(shape.size()) - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * shape[dim + 1];
  return strides;
}

/// Where a tensor of `shape` holds what it broadcasts to `index`, of the same rank.
inline int64_t broadcastIndex(const Shape &shape, const Shape &index) {
  int64_t at = 0;
  for (size_t dim = 0; dim < shape.size(); ++dim)
    at = at * shape[dim] + (shape[dim] == 1 ? 0 : index[dim]);
  return at;
}

/// The numpy broadcast of two shapes of one rank.
inline Shape broadcastShape(const Shape &a, const Shape &b) {
  Shape result(a.size());
  for (size_t dim = 0; dim < a.size(); ++dim)
    result[dim] = a[dim] == 1 ? b[dim] : a[dim];
  return result;
}

/// `function` on every element, in type `T`.
template <typename T, typename Function> Tensor map(const Tensor &input, Function function) {
  Tensor output(input.type(), input.shape());
  const T *from = input.data<T>();
  T *to = output.data<T>();
  for (int64_t i = 0, e = input.size(); i < e; ++i)
    to[i] = function(from[i]);
  return output;
}

/// `function` on the broadcast of two tensors of one rank and element type.
template <typename T, typename Function>
Tensor zip(const Tensor &a, const Tensor &b, Function function) {
  Shape shape = broadcastShape(a.shape(), b.shape());
  Tensor output(a.type(), shape);
  const T *x = a.data<T>(), *y = b.data<T>();
  T *to = output.data<T>();
  if (a.shape() == b.shape()) {
    for (int64_t i = 0, e = output.size(); i < e; ++i)
      to[i] = function(x[i], y[i]);
    return output;
  }
  Shape strideA = stridesOf(a.shape()), strideB = stridesOf(b.shape());
  forEachIndex(shape, [&](int64_t i, const Shape &index) {
    int64_t ia = 0, ib = 0;
    for (size_t dim = 0; dim < shape.size(); ++dim) {
      ia += a.dim(dim) == 1 ? 0 : index[dim] * strideA[dim];
      ib += b.dim(dim) == 1 ? 0 : index[dim] * strideB[dim];
    }
    to[i] = function(x[ia], y[ib]);
  });
  return output;
}

/// `output[i] = input[perms applied to i]`: dimension d of the output is dimension
/// `perms[d]` of the input.
Tensor transpose(const Tensor &input, const std::vector<int64_t> &perms);

/// Elements `start .. start + size` along every dimension.
Tensor slice(const Tensor &input, const Shape &start, const Shape &size);

/// Adds `before[d]` and `after[d]` elements equal to the only element of `value`.
Tensor pad(const Tensor &input, const Shape &before, const Shape &after, const Tensor &value);

/// Joins tensors along `axis`.
Tensor concat(const std::vector<Tensor> &inputs, int64_t axis);

/// `output[..., c] = input[..., permutation[c]]`.
Tensor shuffleChannels(const Tensor &input, const std::vector<int64_t> &permutation);

/// `output[..., i, ...] = input[..., indices[i], ...]` along `axis`.
Tensor take(const Tensor &input, const std::vector<int64_t> &indices, int64_t axis);

/// Folds `axis` to size 1, in type `T`.
template <typename T, typename Function>
Tensor reduce(const Tensor &input, int64_t axis, T start, Function function) {
  Shape shape = input.shape();
  shape[axis] = 1;
  Tensor output(input.type(), shape);
  std::fill_n(output.data<T>(), output.size(), start);
  Shape strides = stridesOf(shape);
  const T *from = input.data<T>();
  T *to = output.data<T>();
  forEachIndex(input.shape(), [&](int64_t i, const Shape &index) {
    int64_t o = 0;
    for (size_t dim = 0; dim < shape.size(); ++dim)
      o += int64_t(dim) == axis ? 0 : index[dim] * strides[dim];
    to[o] = function(to[o], from[i]);
  });
  return output;
}

/// `[N, H, C] x [N, C, W]`, of floats.
Tensor matmul(const Tensor &a, const Tensor &b);

} // namespace tally::reference

#endif // TALLY_RUN_ELEMENTWISE_H
