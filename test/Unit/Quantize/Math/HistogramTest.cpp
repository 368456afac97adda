// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/Histogram.h"

#include "mlir/IR/MLIRContext.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using tally::Histogram;

static std::vector<float> randomValues(int count, float scale, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(count);
  for (float &value : values)
    value = normal(random);
  return values;
}

TEST(Histogram, QuantilesAreCloseToExactOnes) {
  for (float scale : {1e-6f, 0.3f, 7.0f, 1e8f}) {
    std::vector<float> values = randomValues(20000, scale, 1);
    Histogram histogram;
    histogram.add(values);
    std::sort(values.begin(), values.end());
    double range = values.back() - values.front();
    for (double q : {0.0, 0.01, 0.5, 0.9, 0.9995, 1.0}) {
      double exact = values[std::min<size_t>(values.size() - 1, q * values.size())];
      // A bin is at most 1/512 of the range; the extreme tail is sparse.
      double tolerance = q > 0.999 || q < 0.001 ? 0.05 : 0.005;
      EXPECT_NEAR(histogram.quantile(q), exact, tolerance * range) << scale << " " << q;
    }
    EXPECT_EQ(histogram.min(), values.front());
    EXPECT_EQ(histogram.max(), values.back());
  }
}

TEST(Histogram, DoesNotDependOnTheOrder) {
  mlir::MLIRContext context;
  context.loadDialect<tally::TallyDialect>();
  std::vector<float> small = randomValues(1000, 0.01f, 2), large = randomValues(1000, 50.0f, 3);
  std::vector<float> all = small;
  all.insert(all.end(), large.begin(), large.end());

  Histogram together, reversed, merged, other;
  together.add(all);
  reversed.add(large);
  reversed.add(small);
  merged.add(small);
  other.add(large);
  merged.merge(other);
  EXPECT_EQ(together.toAttribute(&context), reversed.toAttribute(&context));
  EXPECT_EQ(together.toAttribute(&context), merged.toAttribute(&context));
  other.merge(Histogram(together.toAttribute(&context)));
  EXPECT_EQ(other.count(), 3000);
}

TEST(Histogram, RepeatsWhatWasSeen) {
  mlir::MLIRContext context;
  context.loadDialect<tally::TallyDialect>();
  Histogram once, twice;
  once.add({-1.0f, 0.5f, 3.0f});
  twice.add({-1.0f, 0.5f, 3.0f});
  twice.add({-1.0f, 0.5f, 3.0f});
  once.repeat(2);
  EXPECT_EQ(once.toAttribute(&context), twice.toAttribute(&context));
}

TEST(Histogram, ClampLosesSquares) {
  Histogram histogram;
  histogram.add({0.0f, 0.0f, 3.0f, -4.0f});
  EXPECT_EQ(histogram.clampLoss(-4, 3), 0.0);
  EXPECT_NEAR(histogram.clampLoss(-4, 2), 1.0 / 25, 5e-3);
  EXPECT_NEAR(histogram.clampLoss(-1, 2), 10.0 / 25, 5e-3);
  EXPECT_EQ(Histogram().clampLoss(0, 0), 0.0);
}

TEST(Histogram, MemoryIsBoundedForExtremeValues) {
  mlir::MLIRContext context;
  context.loadDialect<tally::TallyDialect>();
  Histogram histogram;
  histogram.add({1e-38f, 3e38f, -3e38f, NAN, INFINITY, 0.0f});
  EXPECT_EQ(histogram.count(), 4);
  EXPECT_LE(int64_t(histogram.toAttribute(&context).getBins().size()), Histogram::kMaxBins);
  EXPECT_EQ(histogram.max(), double(3e38f));
}

TEST(Histogram, NothingSeenHasNoQuantile) {
  Histogram histogram;
  histogram.add({NAN});
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.quantile(0.5), 0.0);
}
