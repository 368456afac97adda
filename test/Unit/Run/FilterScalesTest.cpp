// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Run/FilterScales.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace tally::reference;

namespace {

/// Three filters of 40 weights, then the same in columns: weights that share a scale lie apart.
struct Layout {
  int64_t stride, places;
};
constexpr Layout kRows = {40, 3}, kColumns = {1, 3}, kWhole = {120, 1};

std::vector<float> makeWeights(int seed) {
  std::mt19937 random(seed);
  std::vector<float> weights(120);
  for (float &w : weights) {
    double u = double(random() >> 8) / (1 << 24) * 2 - 1;
    w = float(u * std::fabs(u) * 0.7);
  }
  weights[7] = 0;
  return weights;
}

/// The weights of each place, in double precision.
std::vector<std::vector<double>> split(const std::vector<float> &weights, Layout layout) {
  std::vector<std::vector<double>> parts(layout.places);
  for (size_t i = 0; i < weights.size(); ++i)
    parts[int64_t(i) / layout.stride % layout.places].push_back(weights[i]);
  return parts;
}

double mean(const std::vector<double> &values, const std::function<double(double)> &f) {
  double sum = 0;
  for (double v : values)
    sum += f(v);
  return sum / double(values.size());
}

double magnitude(double v) { return std::fabs(v); }

void expectNear(double got, double wanted) { EXPECT_NEAR(got, wanted, 1e-6 * std::fabs(wanted)); }

} // namespace

TEST(FilterScales, BinaryIsTheMeanMagnitude) {
  for (Layout layout : {kRows, kColumns, kWhole}) {
    std::vector<float> weights = makeWeights(1);
    auto measured =
        measureFilter(WeightScale::Binary, weights.data(), 120, layout.stride, layout.places, 1);
    auto parts = split(weights, layout);
    ASSERT_EQ(measured.scales.size(), parts.size());
    for (size_t place = 0; place < parts.size(); ++place)
      expectNear(measured.scales[place], mean(parts[place], magnitude));
    for (float w : weights)
      EXPECT_EQ(weightLevel(WeightScale::Binary, w, 0.3f, 0, 1), w < 0 ? -1 : 1);
  }
}

TEST(FilterScales, TernaryIsTheMeanAboveAThreshold) {
  for (Layout layout : {kRows, kColumns, kWhole}) {
    std::vector<float> weights = makeWeights(2);
    auto measured =
        measureFilter(WeightScale::Ternary, weights.data(), 120, layout.stride, layout.places, 1);
    auto parts = split(weights, layout);
    for (size_t place = 0; place < parts.size(); ++place) {
      double threshold = 0.7 * mean(parts[place], magnitude);
      std::vector<double> above;
      std::copy_if(parts[place].begin(), parts[place].end(), std::back_inserter(above),
                   [&](double w) { return std::fabs(w) > threshold; });
      ASSERT_LT(above.size(), parts[place].size());
      expectNear(measured.thresholds[place], threshold);
      expectNear(measured.scales[place], mean(above, magnitude));
      for (double w : parts[place])
        EXPECT_EQ(weightLevel(WeightScale::Ternary, float(w), measured.scales[place],
                              measured.thresholds[place], 1),
                  std::fabs(w) <= threshold ? 0
                  : w < 0                   ? -1
                                            : 1);
    }
  }
}

TEST(FilterScales, ClipIsALineInTheMoments) {
  for (int64_t most : {1, 3, 7, 15, 31, 63, 127})
    for (Layout layout : {kRows, kColumns, kWhole}) {
      std::vector<float> weights = makeWeights(3);
      auto measured =
          measureFilter(WeightScale::Clip, weights.data(), 120, layout.stride, layout.places, most);
      auto parts = split(weights, layout);
      auto [c1, c2] = clipCoefficients(most);
      for (size_t place = 0; place < parts.size(); ++place) {
        double e1 = mean(parts[place], magnitude);
        double e2 = mean(parts[place], [](double w) { return w * w; });
        double scale = std::max(c1 * std::sqrt(e2) - c2 * e1, e1) / double(most);
        expectNear(measured.scales[place], scale);
        for (double w : parts[place]) {
          double steps = w / double(measured.scales[place]);
          double level = weightLevel(WeightScale::Clip, float(w), measured.scales[place], 0, most);
          EXPECT_LE(std::fabs(level), double(most));
          if (std::fabs(steps) < double(most))
            EXPECT_LE(std::fabs(level - steps), 0.5 + 1e-4);
          else
            EXPECT_EQ(level, steps < 0 ? -double(most) : double(most));
        }
      }
    }
}

// All of one magnitude: the line may be below it, but the clip is not.
TEST(FilterScales, ClipOfEqualMagnitudes) {
  std::vector<float> weights = {0.5f, -0.5f, 0.5f, 0.5f};
  for (int64_t most : {1, 7, 127}) {
    auto measured = measureFilter(WeightScale::Clip, weights.data(), 4, 4, 1, most);
    EXPECT_GE(measured.scales[0] * float(most), 0.5f * 0.9999f);
  }
}

TEST(FilterScales, ZerosAndNoNumbers) {
  std::vector<float> zeros(8, 0.0f);
  for (WeightScale rule : {WeightScale::Binary, WeightScale::Ternary, WeightScale::Clip}) {
    EXPECT_EQ(measureFilter(rule, zeros.data(), 8, 8, 1, 1).scales[0], float(kLeastWeightScale));
    float none = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(weightLevel(rule, none, 1.0f, 0.5, 1)));
    std::vector<float> broken = {1, none, 2, 3};
    auto measured = measureFilter(rule, broken.data(), 4, 4, 1, 1);
    EXPECT_EQ(std::isnan(measured.scales[0]), rule != WeightScale::Ternary);
  }
}

//===----------------------------------------------------------------------===//
// SAWB's lines
//===----------------------------------------------------------------------===//

namespace {

/// The right half of a symmetric density.
struct Density {
  std::vector<double> at, share;
  double end;

  Density(const std::function<double(double)> &f, double end) : end(end) {
    constexpr int kPoints = 20000;
    double sum = 0;
    for (int i = 0; i < kPoints; ++i) {
      at.push_back((i + 0.5) * end / kPoints);
      sum += share.emplace_back(f(at.back()));
    }
    for (double &s : share)
      s /= sum;
  }

  double expect(const std::function<double(double)> &f) const {
    double sum = 0;
    for (size_t i = 0; i < at.size(); ++i)
      sum += share[i] * f(at[i]);
    return sum;
  }

  double error(double clip, int64_t most) const {
    double step = clip / double(most), sum = 0;
    for (size_t i = 0; i < at.size(); ++i) {
      double rest = at[i] - std::min(std::nearbyint(at[i] / step), double(most)) * step;
      sum += share[i] * rest * rest;
    }
    return sum;
  }

  /// The clip of the least squared error: a scan, then a golden section.
  double findClip(int64_t most) const {
    constexpr int kTries = 100;
    auto place = [&](int i) { return end * (0.01 + 1.01 * i / kTries); };
    int best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i <= kTries; ++i)
      if (double e = error(place(i), most); e < least) {
        least = e;
        best = i;
      }
    double low = place(std::max(best - 1, 0)), high = place(std::min(best + 1, kTries));
    for (int i = 0; i < 20; ++i) {
      double a = high - 0.618034 * (high - low), b = low + 0.618034 * (high - low);
      (error(a, most) < error(b, most) ? high : low) = error(a, most) < error(b, most) ? b : a;
    }
    return (low + high) / 2;
  }
};

} // namespace

// The table is the least-squares line through the best clips of six densities.
TEST(FilterScales, ClipsFitSixDensities) {
  const double pi = std::acos(-1.0);
  const std::vector<Density> densities = {
      {[](double x) { return std::exp(-x * x / 2); }, 9},
      {[](double) { return 1.0; }, 1},
      {[](double x) { return std::exp(-x); }, 40},
      {[](double x) { return std::exp(-x) / ((1 + std::exp(-x)) * (1 + std::exp(-x))); }, 40},
      {[](double x) { return 1 - x; }, 1},
      {[](double x) { return std::exp(std::cos(x)); }, pi}};
  for (int64_t most : {1, 3, 7, 15, 31, 63, 127}) {
    std::vector<double> x, y;
    for (const Density &density : densities) {
      double e1 = density.expect([](double v) { return v; });
      double e2 = density.expect([](double v) { return v * v; });
      x.push_back(std::sqrt(e2) / e1);
      y.push_back(density.findClip(most) / e1);
    }
    double mx = mean(x, [](double v) { return v; }), my = mean(y, [](double v) { return v; });
    double xy = 0, xx = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      xy += (x[i] - mx) * (y[i] - my);
      xx += (x[i] - mx) * (x[i] - mx);
    }
    auto [squares, magnitudes] = clipCoefficients(most);
    EXPECT_NEAR(squares, xy / xx, 0.003 * squares) << most;
    EXPECT_NEAR(magnitudes, xy / xx * mx - my, 0.003 * magnitudes) << most;
  }
}
