// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Divergence.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace tally;

static Tensor makeTensor(Shape shape, std::vector<float> values) {
  Tensor tensor(ElementType::F32, std::move(shape));
  std::copy(values.begin(), values.end(), tensor.data<float>());
  return tensor;
}

TEST(Divergence, IsThatOfSoftmax) {
  Tensor p = makeTensor({2, 2}, {0, std::log(3.0f), 5, 5});
  Tensor q = makeTensor({2, 2}, {7, 7, 1, 1 + std::log(3.0f)});
  // 1/4 and 3/4 against halves; halves against 1/4 and 3/4.
  double first = 0.25 * std::log(0.5) + 0.75 * std::log(1.5);
  double second = 0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3);
  EXPECT_NEAR(getDivergence(p, q), (first + second) / 2, 1e-6);
  EXPECT_EQ(getDivergence(p, p), 0);
}

TEST(Divergence, DoesNotChangeWhereAllLogitsMove) {
  Tensor p = makeTensor({1, 3}, {1, 2, -1}), q = makeTensor({1, 3}, {101, 102, 99});
  EXPECT_NEAR(getDivergence(p, q), 0, 1e-9);
  EXPECT_TRUE(
      std::isfinite(getDivergence(makeTensor({1, 2}, {1e30f, 0}), makeTensor({1, 2}, {0, 1e3f}))));
}

TEST(Divergence, TakesDistributionsAsTheyAre) {
  Tensor p = makeTensor({1, 4}, {0.5f, 0.25f, 0.25f, 0}),
         q = makeTensor({1, 4}, {0.25f, 0.5f, 0.25f, 0});
  EXPECT_NEAR(getDivergence(p, q), 0.25 * std::log(2.0), 1e-6);
  // One that rounding left without a class.
  double none = getDivergence(p, makeTensor({1, 4}, {0, 0.75f, 0.25f, 0}));
  EXPECT_TRUE(std::isfinite(none));
  EXPECT_GT(none, 1);
}

TEST(Divergence, IsInfiniteWhereNumbersAreNot) {
  Tensor p = makeTensor({1, 2}, {0, 1});
  EXPECT_TRUE(std::isinf(getDivergence(p, makeTensor({1, 2}, {0, NAN}))));
  EXPECT_TRUE(std::isinf(getDivergence(p, makeTensor({1, 2}, {0, INFINITY}))));
}
