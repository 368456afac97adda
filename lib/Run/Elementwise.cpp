//===- Elementwise.cpp - reference of the data-movement operations --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Run/Elementwise.h"

#include <cstring>

namespace tally::reference {

Tensor transpose(const Tensor &input, const std::vector<int64_t> &perms) {
  Shape shape(perms.size());
  Shape strides = stridesOf(input.shape());
  for (size_t dim = 0; dim < perms.size(); ++dim)
    shape[dim] = input.dim(perms[dim]);
  Tensor output(input.type(), shape);
  int64_t bytes = sizeOf(input.type());
  const char *from = input.rawData();
  char *to = output.rawData();
  forEachIndex(shape, [&](int64_t i, const Shape &index) {
    int64_t offset = 0;
    for (size_t dim = 0; dim < perms.size(); ++dim)
      offset += index[dim] * strides[perms[dim]];
    std::memcpy(to + i * bytes, from + offset * bytes, bytes);
  });
  return output;
}

Tensor slice(const Tensor &input, const Shape &start, const Shape &size) {
  Tensor output(input.type(), size);
  Shape strides = stridesOf(input.shape());
  int64_t bytes = sizeOf(input.type());
  const char *from = input.rawData();
  char *to = output.rawData();
  forEachIndex(size, [&](int64_t i, const Shape &index) {
    int64_t offset = 0;
    for (size_t dim = 0; dim < size.size(); ++dim)
      offset += (start[dim] + index[dim]) * strides[dim];
    std::memcpy(to + i * bytes, from + offset * bytes, bytes);
  });
  return output;
}

Tensor pad(const Tensor &input, const Shape &before, const Shape &after, const Tensor &value) {
  Shape shape = input.shape();
  for (size_t dim = 0; dim < shape.size(); ++dim)
    shape[dim] += before[dim] + after[dim];
  Tensor output(input.type(), shape);
  Shape strides = stridesOf(input.shape());
  int64_t bytes = sizeOf(input.type());
  const char *from = input.rawData();
  char *to = output.rawData();
  forEachIndex(shape, [&](int64_t i, const Shape &index) {
    int64_t offset = 0;
    bool inside = true;
    for (size_t dim = 0; dim < shape.size(); ++dim) {
      int64_t position = index[dim] - before[dim];
      inside &= position >= 0 && position < input.dim(dim);
      offset += position * strides[dim];
    }
    std::memcpy(to + i * bytes, inside ? from + offset * bytes : value.rawData(), bytes);
  });
  return output;
}

Tensor concat(const std::vector<Tensor> &inputs, int64_t axis) {
  Shape shape = inputs.front().shape();
  shape[axis] = 0;
  for (const Tensor &input : inputs)
    shape[axis] += input.dim(axis);
  Tensor output(inputs.front().type(), shape);
  int64_t outer = 1;
  for (int64_t dim = 0; dim < axis; ++dim)
    outer *= shape[dim];
  char *to = output.rawData();
  for (int64_t i = 0; i < outer; ++i)
    for (const Tensor &input : inputs) {
      int64_t bytes = input.sizeInBytes() / std::max<int64_t>(outer, 1);
      std::memcpy(to, input.rawData() + i * bytes, bytes);
      to += bytes;
    }
  return output;
}

Tensor shuffleChannels(const Tensor &input, const std::vector<int64_t> &permutation) {
  Tensor output(input.type(), input.shape());
  int64_t bytes = sizeOf(input.type()), channels = permutation.size();
  const char *from = input.rawData();
  char *to = output.rawData();
  for (int64_t i = 0, e = input.size(); i < e; i += channels)
    for (int64_t c = 0; c < channels; ++c)
      std::memcpy(to + (i + c) * bytes, from + (i + permutation[c]) * bytes, bytes);
  return output;
}

Tensor take(const Tensor &input, const std::vector<int64_t> &indices, int64_t axis) {
  Shape shape = input.shape();
  int64_t inner = sizeOf(input.type()), outer = 1, size = shape[axis], count = indices.size();
  for (int64_t dim = 0; dim < int64_t(shape.size()); ++dim)
    (dim < axis ? outer : inner) *= dim == axis ? 1 : shape[dim];
  shape[axis] = count;
  Tensor output(input.type(), shape);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < count; ++i)
      std::memcpy(output.rawData() + (o * count + i) * inner,
                  input.rawData() + (o * size + indices[i]) * inner, inner);
  return output;
}

template <typename T> static Tensor multiplyMatrices(const Tensor &a, const Tensor &b) {
  assert(a.dim(0) == b.dim(0) && a.dim(2) == b.dim(1) && "matrices that can be multiplied");
  int64_t batch = a.dim(0), rows = a.dim(1), terms = a.dim(2), columns = b.dim(2);
  Tensor output(a.type(), {batch, rows, columns});
  const T *x = a.data<T>(), *y = b.data<T>();
  T *to = output.data<T>();
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t k = 0; k < terms; ++k)
        for (int64_t c = 0; c < columns; ++c)
          to[(n * rows + r) * columns + c] +=
              x[(n * rows + r) * terms + k] * y[(n * terms + k) * columns + c];
  return output;
}

Tensor matmul(const Tensor &a, const Tensor &b) {
  return dispatchFloat(a.type(), [&](auto tag) { return multiplyMatrices<decltype(tag)>(a, b); });
}

} // namespace tally::reference
