// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Accuracy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace tally;

static constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
static constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(RankOfLabel, TiesGoToTheLowestIndex) {
  std::vector<int32_t> logits = {5, 7, 7, -1, 7};
  std::vector<int64_t> ranks = {3, 0, 1, 4, 2};
  for (int64_t label = 0; label < 5; ++label)
    EXPECT_EQ(rankOfLabel(logits.data(), 5, label), ranks[label]);
  EXPECT_EQ(argmax(logits.data(), 5), 1);
}

TEST(RankOfLabel, NaNComesLast) {
  std::vector<float> logits = {kNan, -kInf, kNan, 1};
  std::vector<int64_t> ranks = {2, 1, 3, 0};
  for (int64_t label = 0; label < 4; ++label)
    EXPECT_EQ(rankOfLabel(logits.data(), 4, label), ranks[label]);
  EXPECT_EQ(argmax(logits.data(), 4), 3);
  std::vector<float> none = {kNan, kNan};
  EXPECT_EQ(argmax(none.data(), 2), 0);
}

TEST(RankOfLabel, MatchesAStableSort) {
  std::mt19937 random(1);
  for (int repeat = 0; repeat < 300; ++repeat) {
    int64_t classes = 1 + random() % 12;
    std::vector<int64_t> logits(classes), order(classes);
    for (int64_t &logit : logits)
      logit = int64_t(random() % 5) - 2;
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return logits[a] > logits[b]; });
    for (int64_t rank = 0; rank < classes; ++rank)
      EXPECT_EQ(rankOfLabel(logits.data(), classes, order[rank]), rank);
    EXPECT_EQ(argmax(logits.data(), classes), order[0]);
  }
}

TEST(Accuracy, CountsAndMerges) {
  std::vector<float> logits = {6, 5, 4, 3, 2, 1, 0};
  Accuracy all, part[2];
  EXPECT_EQ(all.top1(), 0);
  for (int64_t label = 0; label < 7; ++label) {
    all.add(logits.data(), 7, label);
    part[label % 2].add(logits.data(), 7, label);
  }
  EXPECT_EQ(all.images(), 7);
  EXPECT_EQ(all.top1Count(), 1);
  EXPECT_EQ(all.top5Count(), 5);
  EXPECT_DOUBLE_EQ(all.top1(), 1.0 / 7);
  EXPECT_DOUBLE_EQ(all.top5(), 5.0 / 7);
  part[0].merge(part[1]);
  EXPECT_EQ(part[0].images(), 7);
  EXPECT_EQ(part[0].top1Count(), 1);
  EXPECT_EQ(part[0].top5Count(), 5);
}

TEST(Accuracy, LabelsBeyondTheClassesAreWrong) {
  std::vector<float> logits = {1, 2};
  Accuracy accuracy;
  accuracy.add(logits.data(), 2, 2);
  accuracy.add(logits.data(), 2, -1);
  EXPECT_EQ(accuracy.top5Count(), 0);
  accuracy.add(logits.data(), 2, 0);
  EXPECT_EQ(accuracy.top1Count(), 0);
  EXPECT_EQ(accuracy.top5Count(), 1);
}

TEST(Accuracy, TakesTensorsOfAnyType) {
  for (int t = 0; t <= int(ElementType::F64); ++t) {
    Tensor logits(ElementType(t), {2, 1, 3});
    dispatch(logits.type(), [&](auto tag) {
      auto *data = logits.data<decltype(tag)>();
      data[1] = 9; // row 0: class 1
      data[5] = 9; // row 1: class 2
    });
    Accuracy accuracy;
    accuracy.add(logits, 0, 1);
    accuracy.add(logits, 1, 1);
    EXPECT_EQ(accuracy.images(), 2);
    EXPECT_EQ(accuracy.top1Count(), 1);
  }
}

TEST(Comparison, MatchesTheFormulas) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  std::vector<float> r(1001), x(1001);
  long double rr = 0, xx = 0, rx = 0, noise = 0;
  double largest = 0;
  for (size_t i = 0; i < r.size(); ++i) {
    r[i] = normal(random);
    x[i] = r[i] + 0.1f * normal(random);
    long double a = r[i], b = x[i];
    rr += a * a, xx += b * b, rx += a * b, noise += (a - b) * (a - b);
    largest = std::max(largest, double(std::fabs(a - b)));
  }
  Comparison all, part[3];
  all.add(Tensor::of(Shape{1001}, r), Tensor::of(Shape{7, 143}, x));
  for (int64_t i = 0; i < 7; ++i)
    part[i % 3].add(r.data() + 143 * i, x.data() + 143 * i, 143);
  part[0].merge(part[1]);
  part[0].merge(part[2]);
  for (const Comparison &comparison : {all, part[0]}) {
    EXPECT_EQ(comparison.size(), 1001);
    EXPECT_NEAR(comparison.sqnr(), 10 * std::log10(rr / noise), 1e-9);
    EXPECT_NEAR(comparison.cosine(), rx / std::sqrt(rr * xx), 1e-12);
    EXPECT_EQ(comparison.maxAbsDifference(), largest);
    EXPECT_NEAR(comparison.rmse(), std::sqrt(noise / 1001), 1e-12);
  }
}

TEST(Comparison, HasValuesAtTheExtremes) {
  std::vector<float> zero = {0, 0}, one = {1, 0}, bad = {0, kNan};
  auto compare = [](const std::vector<float> &r, const std::vector<float> &x) {
    Comparison comparison;
    comparison.add(r.data(), x.data(), r.size());
    return comparison;
  };
  EXPECT_EQ(compare(one, one).sqnr(), kInf);
  EXPECT_EQ(compare(zero, zero).sqnr(), kInf);
  EXPECT_EQ(compare(zero, one).sqnr(), -kInf);
  EXPECT_EQ(compare(one, zero).sqnr(), 0);
  EXPECT_EQ(compare(zero, zero).cosine(), 1);
  EXPECT_EQ(compare(zero, one).cosine(), 0);
  EXPECT_EQ(Comparison().rmse(), 0);
  Comparison nan = compare(one, bad);
  nan.merge(compare(one, one));
  EXPECT_TRUE(std::isnan(nan.maxAbsDifference()));
  EXPECT_TRUE(std::isnan(nan.sqnr()));
}
