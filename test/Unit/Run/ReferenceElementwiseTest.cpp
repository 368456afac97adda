// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Data movement and elementwise operations against index arithmetic written out.

#include "tally/Run/Elementwise.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

using namespace tally;
using namespace tally::reference;

namespace {

constexpr int64_t kSizes[] = {2, 3, 4, 5};

/// 0, 1, 2, ... in the shape 2 x 3 x 4 x 5, for elements of 1, 2, 4 and 8 bytes.
template <typename T> Tensor makeCounting() {
  std::vector<T> values(120);
  std::iota(values.begin(), values.end(), T(0));
  return Tensor::of<T>({2, 3, 4, 5}, values);
}

template <typename T> T at(const Tensor &t, int64_t i, int64_t j, int64_t k, int64_t l) {
  return t.data<T>()[((i * t.dim(1) + j) * t.dim(2) + k) * t.dim(3) + l];
}

/// Calls `body(i, j, k, l)` for every element of a tensor of rank 4.
template <typename Body> void forEach(const Tensor &t, Body body) {
  for (int64_t i = 0; i < t.dim(0); ++i)
    for (int64_t j = 0; j < t.dim(1); ++j)
      for (int64_t k = 0; k < t.dim(2); ++k)
        for (int64_t l = 0; l < t.dim(3); ++l)
          body(i, j, k, l);
}

template <typename T> struct Movement : testing::Test {};
using Elements = testing::Types<uint8_t, int16_t, float, int64_t, double>;
TYPED_TEST_SUITE(Movement, Elements);

template <typename T> struct Floats : testing::Test {};
using FloatElements = testing::Types<float, double>;
TYPED_TEST_SUITE(Floats, FloatElements);

} // namespace

TYPED_TEST(Movement, TransposeByEveryPermutation) {
  Tensor x = makeCounting<TypeParam>();
  std::vector<int64_t> perms = {0, 1, 2, 3};
  do {
    Tensor y = transpose(x, perms);
    for (int64_t dim = 0; dim < 4; ++dim)
      ASSERT_EQ(y.dim(dim), kSizes[perms[dim]]);
    forEach(y, [&](int64_t i, int64_t j, int64_t k, int64_t l) {
      int64_t to[] = {i, j, k, l}, from[4];
      for (int64_t dim = 0; dim < 4; ++dim)
        from[perms[dim]] = to[dim];
      ASSERT_EQ(at<TypeParam>(y, i, j, k, l), at<TypeParam>(x, from[0], from[1], from[2], from[3]));
    });
  } while (std::next_permutation(perms.begin(), perms.end()));
}

TYPED_TEST(Movement, Slice) {
  Tensor x = makeCounting<TypeParam>();
  for (const auto &[start, size] : {std::pair<Shape, Shape>{{0, 0, 0, 0}, {2, 3, 4, 5}},
                                    {{1, 2, 3, 4}, {1, 1, 1, 1}},
                                    {{0, 1, 1, 2}, {2, 2, 2, 3}}}) {
    Tensor y = slice(x, start, size);
    ASSERT_EQ(y.shape(), size);
    forEach(y, [&, &s = start](int64_t i, int64_t j, int64_t k, int64_t l) {
      ASSERT_EQ(at<TypeParam>(y, i, j, k, l),
                at<TypeParam>(x, s[0] + i, s[1] + j, s[2] + k, s[3] + l));
    });
  }
}

TYPED_TEST(Movement, Pad) {
  Tensor x = makeCounting<TypeParam>();
  Shape before = {0, 1, 0, 2}, after = {1, 0, 3, 1};
  Tensor y = pad(x, before, after, Tensor::of<TypeParam>({1}, {TypeParam(77)}));
  EXPECT_EQ(y.shape(), (Shape{3, 4, 7, 8}));
  forEach(y, [&](int64_t i, int64_t j, int64_t k, int64_t l) {
    bool inside = i < 2 && j >= 1 && k < 4 && l >= 2 && l < 7;
    ASSERT_EQ(at<TypeParam>(y, i, j, k, l),
              inside ? at<TypeParam>(x, i, j - 1, k, l - 2) : TypeParam(77));
  });
}

TYPED_TEST(Movement, ConcatAlongEveryAxis) {
  Tensor x = makeCounting<TypeParam>();
  for (int64_t axis = 0; axis < 4; ++axis) {
    // Three parts of sizes 1, all and 1 along the axis.
    Shape size = x.shape(), last(4, 0);
    size[axis] = 1;
    last[axis] = kSizes[axis] - 1;
    Tensor first = slice(x, Shape(4, 0), size), end = slice(x, last, size);
    Tensor y = concat({end, x, first}, axis);
    ASSERT_EQ(y.dim(axis), kSizes[axis] + 2);
    forEach(y, [&](int64_t i, int64_t j, int64_t k, int64_t l) {
      int64_t from[] = {i, j, k, l};
      int64_t position = from[axis];
      from[axis] = position == 0 ? kSizes[axis] - 1 : position <= kSizes[axis] ? position - 1 : 0;
      ASSERT_EQ(at<TypeParam>(y, i, j, k, l), at<TypeParam>(x, from[0], from[1], from[2], from[3]));
    });
  }
}

TYPED_TEST(Movement, ShuffleChannels) {
  Tensor x = makeCounting<TypeParam>();
  std::vector<int64_t> permutation = {3, 0, 4, 1, 2};
  Tensor y = shuffleChannels(x, permutation);
  forEach(y, [&](int64_t i, int64_t j, int64_t k, int64_t l) {
    ASSERT_EQ(at<TypeParam>(y, i, j, k, l), at<TypeParam>(x, i, j, k, permutation[l]));
  });
}

TYPED_TEST(Movement, TakeAlongEachDimension) {
  Tensor x = makeCounting<TypeParam>();
  std::vector<int64_t> indices = {1, 0, 1, 1};
  for (int64_t axis = 0; axis < 4; ++axis) {
    if (kSizes[axis] < 2)
      continue;
    Tensor y = take(x, indices, axis);
    ASSERT_EQ(y.dim(axis), 4);
    forEach(y, [&](int64_t i, int64_t j, int64_t k, int64_t l) {
      int64_t from[] = {i, j, k, l};
      from[axis] = indices[from[axis]];
      ASSERT_EQ(at<TypeParam>(y, i, j, k, l), at<TypeParam>(x, from[0], from[1], from[2], from[3]));
    });
  }
}

TEST(Elementwise, ZipBroadcastsBothWays) {
  Tensor a = Tensor::of<int32_t>({2, 1, 3}, {0, 1, 2, 3, 4, 5});
  Tensor b = Tensor::of<int32_t>({1, 2, 1}, {10, 20});
  auto minus = [](int32_t x, int32_t y) { return x - y; };
  Tensor ab = zip<int32_t>(a, b, minus), ba = zip<int32_t>(b, a, minus);
  EXPECT_EQ(ab.shape(), (Shape{2, 2, 3}));
  const int32_t expected[] = {-10, -9, -8, -20, -19, -18, -7, -6, -5, -17, -16, -15};
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(ab.data<int32_t>()[i], expected[i]);
    EXPECT_EQ(ba.data<int32_t>()[i], -expected[i]);
  }
}

TYPED_TEST(Floats, ReduceAlongEveryAxis) {
  using T = TypeParam;
  // Thirds of numbers, of which single precision has fewer digits.
  Tensor x = map<T>(makeCounting<T>(), [](T v) { return v / 3; });
  for (int64_t axis = 0; axis < 4; ++axis) {
    Tensor sums = reduce<T>(x, axis, 100, [](T a, T b) { return a + b; });
    ASSERT_EQ(sums.dim(axis), 1);
    forEach(sums, [&](int64_t i, int64_t j, int64_t k, int64_t l) {
      T expected = 100;
      for (int64_t step = 0; step < kSizes[axis]; ++step)
        expected += at<T>(x, i + (axis == 0 ? step : 0), j + (axis == 1 ? step : 0),
                          k + (axis == 2 ? step : 0), l + (axis == 3 ? step : 0));
      ASSERT_EQ(at<T>(sums, i, j, k, l), expected);
    });
  }
}

TYPED_TEST(Floats, Matmul) {
  using T = TypeParam;
  Tensor a = Tensor::of<T>({2, 1, 2}, {1, 2, 3, 4});
  Tensor b = Tensor::of<T>({2, 2, 3}, {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60});
  Tensor c = matmul(a, b);
  EXPECT_EQ(c.shape(), (Shape{2, 1, 3}));
  const T expected[] = {9, 12, 15, 190, 260, 330};
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(c.data<T>()[i], expected[i]);
}
