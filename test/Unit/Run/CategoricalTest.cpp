// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Both kinds of slopes against differences of the formulas as they are written, in double.

#include "tally/Run/Categorical.h"

#include "gtest/gtest.h"
#include <random>

using namespace tally::reference;

namespace {

double below(double t) { return 1 / (1 + std::exp(-t)); }

struct Grid {
  int64_t low, high;

  double probability(int64_t level, double x, double a, double sigma) const {
    // S(p) - S(q) = S(p) S(-q) (1 - exp(q - p)): far from x both are 1 but for what matters.
    auto between = [&](double first, double last) {
      double q = (a * (first - 0.5) - x) / sigma, p = (a * (last + 0.5) - x) / sigma;
      return below(p) * below(-q) * -std::expm1(q - p);
    };
    return between(double(level), double(level)) / between(double(low), double(high));
  }
  double mean(double x, double a, double sigma) const {
    double sum = 0;
    for (int64_t level = low; level <= high; ++level)
      sum += a * double(level) * probability(level, x, a, sigma);
    return sum;
  }
  int64_t mode(double x, double a) const {
    return int64_t(std::nearbyint(std::max(std::min(x / a, double(high)), double(low))));
  }
};

/// Of `function` along one of its three arguments.
template <typename Function>
double differ(Function function, double x, double a, double sigma, int argument) {
  double h = 1e-4 * (argument == 0 ? std::max(std::fabs(x), a) : argument == 1 ? a : sigma);
  auto at = [&](double offset) {
    return function(x + (argument == 0 ? offset : 0), a + (argument == 1 ? offset : 0),
                    sigma + (argument == 2 ? offset : 0));
  };
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

} // namespace

TEST(Categorical, SlopesAreDerivatives) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (Grid grid : {Grid{-1, 1}, Grid{-3, 3}, Grid{0, 3}, Grid{0, 7}, Grid{-7, 7}, Grid{-8, 7}})
    for (int i = 0; i < 200; ++i) {
      double a = std::exp(4 * uniform(random) - 2), sigma = a * (0.1 + uniform(random));
      double span = double(grid.high - grid.low) + 2;
      double x = a * (double(grid.low) - 1 + span * uniform(random));
      SCOPED_TRACE(testing::Message() << grid.low << ":" << grid.high << " x " << x << " a " << a
                                      << " sigma " << sigma);
      auto mean = [&](double x, double a, double sigma) { return grid.mean(x, a, sigma); };
      auto smooth = categoricalSlopes<double>(x, a, sigma, grid.low, grid.high, false);
      double found[] = {smooth.input, smooth.scale, smooth.sigma};
      for (int argument = 0; argument < 3; ++argument) {
        double expected = differ(mean, x, a, sigma, argument);
        EXPECT_NEAR(found[argument], expected, 1e-6 * std::max(1.0, std::fabs(expected)));
      }
      int64_t mode = grid.mode(x, a);
      auto likely = [&](double x, double a, double sigma) {
        return grid.probability(mode, x, a, sigma);
      };
      auto literal = categoricalSlopes<double>(x, a, sigma, grid.low, grid.high, true);
      double given[] = {literal.input, literal.scale, literal.sigma};
      for (int argument = 0; argument < 3; ++argument) {
        double expected = a * double(mode) * differ(likely, x, a, sigma, argument);
        expected += argument == 1 ? double(mode) : 0;
        EXPECT_NEAR(given[argument], expected, 1e-6 * std::max(1.0, std::fabs(expected)));
      }
    }
}

/// Masked probabilities as they are written; of masks the difference that they make.
TEST(Categorical, MaskedSlopesAreDerivatives) {
  std::mt19937 random(6);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (bool endpoints : {false, true})
    for (int64_t largest : {3, 7})
      for (int i = 0; i < 200; ++i) {
        Grid grid{-largest, largest};
        int64_t count = maskOf(largest, endpoints) + 1;
        ASSERT_EQ(count, endpoints ? largest - 1 : largest == 3 ? 1 : 2);
        std::vector<double> masks;
        for (int64_t k = 0; k < count; ++k)
          masks.push_back(std::max(0.0, std::min(1.0, 1.4 * uniform(random) - 0.2)));
        double a = std::exp(4 * uniform(random) - 2), sigma = a * (0.15 + uniform(random));
        double x = a * double(2 * largest + 2) * (uniform(random) - 0.5);
        auto weigh = [&](int64_t level, const std::vector<double> &of) {
          int64_t mask = maskOf(level, endpoints);
          return mask < 0 ? 1 : of[mask];
        };
        auto share = [&](int64_t wanted, double x, double a, double sigma,
                         const std::vector<double> &of) {
          double all = 0;
          for (int64_t level = -largest; level <= largest; ++level)
            all += weigh(level, of) * grid.probability(level, x, a, sigma);
          return weigh(wanted, of) * grid.probability(wanted, x, a, sigma) / all;
        };
        auto mean = [&](double x, double a, double sigma, const std::vector<double> &of) {
          double sum = 0;
          for (int64_t level = -largest; level <= largest; ++level)
            sum += a * double(level) * share(level, x, a, sigma, of);
          return sum;
        };
        int64_t mode = -largest;
        for (int64_t level = -largest; level <= largest; ++level)
          if (share(level, x, a, sigma, masks) > share(mode, x, a, sigma, masks))
            mode = level;
        LevelWeights<double> weights{masks.data(), endpoints};
        EXPECT_EQ(mostProbable<double>(x, a, sigma, -largest, largest, weights), mode);
        for (int64_t k = 0; k < count; ++k) {
          auto smooth =
              categoricalSlopes<double>(x, a, sigma, -largest, largest, false, weights, k);
          auto literal =
              categoricalSlopes<double>(x, a, sigma, -largest, largest, true, weights, k);
          auto along = [&](auto function, int argument) {
            if (argument < 3)
              return differ([&](double x, double a, double s) { return function(x, a, s, masks); },
                            x, a, sigma, argument);
            std::vector<double> with = masks, without = masks;
            with[k] = 1;
            without[k] = 0;
            return function(x, a, sigma, with) - function(x, a, sigma, without);
          };
          double found[] = {smooth.input, smooth.scale, smooth.sigma, smooth.mask};
          double given[] = {literal.input, literal.scale, literal.sigma, literal.mask};
          for (int argument = 0; argument < 4; ++argument) {
            double expected = along(mean, argument);
            EXPECT_NEAR(found[argument], expected, 1e-6 * std::max(1.0, std::fabs(expected)));
            expected =
                a * double(mode) *
                along([&](double x, double a, double s,
                          const std::vector<double> &of) { return share(mode, x, a, s, of); },
                      argument);
            expected += argument == 1 ? double(mode) : 0;
            EXPECT_NEAR(given[argument], expected, 1e-6 * std::max(1.0, std::fabs(expected)));
          }
        }
      }
}

/// Far from the grid, and where sigma is small, there are numbers still; single precision has them.
TEST(Categorical, StaysFinite) {
  for (float x : {-1e30f, -1000.f, -3.f, 0.f, 0.5f, 3.f, 1000.f, 1e30f})
    for (float sigma : {1e-6f, 1e-3f, 0.3f, 10.f, 1e6f})
      for (bool literal : {false, true}) {
        auto slopes = categoricalSlopes<float>(x, 1, sigma, -3, 3, literal);
        EXPECT_TRUE(std::isfinite(slopes.input)) << x << " " << sigma;
        EXPECT_TRUE(std::isfinite(slopes.scale)) << x << " " << sigma;
        EXPECT_TRUE(std::isfinite(slopes.sigma)) << x << " " << sigma;
        if (std::fabs(x) > 100) {
          EXPECT_NEAR(slopes.input, 0, 1e-6);
        }
      }
}

/// The same where every level is masked that can be: of those that are left the nearest is taken.
TEST(Categorical, StaysFiniteWithMasks) {
  const float masks[] = {0, 0};
  const LevelWeights<float> weights{masks, false};
  for (float x : {-1e30f, -1000.f, -7.4f, -3.f, 0.f, 5.f, 7.f, 1000.f, 1e30f})
    for (float sigma : {1e-30f, 1e-6f, 1e-3f, 0.3f})
      for (bool literal : {false, true})
        for (int64_t mask : {0, 1}) {
          auto slopes = categoricalSlopes<float>(x, 1, sigma, -7, 7, literal, weights, mask);
          for (float slope : {slopes.input, slopes.scale, slopes.sigma, slopes.mask})
            EXPECT_TRUE(std::isfinite(slope)) << x << " " << sigma;
          int64_t nearest = x < 0 ? -1 : x > 0 ? 1 : 0;
          EXPECT_EQ(mostProbable<float>(x, 1, sigma, -7, 7, weights), nearest) << x << " " << sigma;
        }
}
