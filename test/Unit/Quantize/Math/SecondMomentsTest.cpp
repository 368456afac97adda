// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/SecondMoments.h"

#include "tally/Support/Parallel.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <set>

using namespace tally;

namespace {

std::vector<float> makePatches(int64_t positions, int64_t terms, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> patches(positions * terms);
  for (int64_t p = 0; p < positions; ++p) {
    float common = normal(random);
    for (int64_t k = 0; k < terms; ++k)
      patches[p * terms + k] = 0.7f * common + normal(random) + 0.3f;
  }
  return patches;
}

InputMoments momentsOf(const std::vector<float> &patches, int64_t terms) {
  InputMoments moments(terms);
  moments.add(patches);
  return moments;
}

std::vector<double> entries(const PaddedMatrix &matrix) {
  return std::vector<double>(matrix.row(0), matrix.row(matrix.stride() - 1) + matrix.stride());
}

/// R is upper triangular, R R^T the damped moments, the order by falling diagonal.
void checkFactor(const PaddedMatrix &moments, double damping) {
  auto [order, factor] = factorForRounding(moments, damping);
  int64_t terms = moments.terms();
  auto momentAt = [&, &order = order](int64_t i, int64_t j) {
    return moments.row(order[i])[order[j]];
  };
  EXPECT_EQ(std::set<int>(order.begin(), order.end()).size(), size_t(terms));
  EXPECT_EQ(*std::max_element(order.begin(), order.end()), terms - 1);
  for (int64_t i = 1; i < terms; ++i) {
    ASSERT_GE(momentAt(i - 1, i - 1), momentAt(i, i));
    if (momentAt(i - 1, i - 1) == momentAt(i, i)) {
      ASSERT_LT(order[i - 1], order[i]);
    }
  }
  double trace = 0;
  for (double value : moments.diagonal())
    trace += value;
  double added = trace > 0 ? damping * trace / double(terms) : 1;
  double tolerance = 1e-10 * (trace + added);
  for (int64_t i = 0; i < terms; ++i) {
    EXPECT_GT(factor.row(i)[i], 0);
    for (int64_t j = 0; j < i; ++j)
      ASSERT_EQ(factor.row(i)[j], 0);
    for (int64_t j = 0; j < terms; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < terms; ++k)
        sum += factor.row(i)[k] * factor.row(j)[k];
      ASSERT_NEAR(sum, momentAt(i, j) + (i == j ? added : 0), tolerance) << i << " " << j;
    }
  }
}

} // namespace

TEST(SecondMoments, AgainstTheDefinition) {
  for (auto [positions, terms] : {std::pair(1, 1), std::pair(3, 5), std::pair(300, 8),
                                  std::pair(257, 17), std::pair(40, 141)}) {
    auto patches = makePatches(positions, terms, 1);
    InputMoments moments = momentsOf(patches, terms);
    PaddedMatrix second = moments.secondMoments(), covariance = moments.covariance();
    EXPECT_EQ(moments.positions(), positions);
    EXPECT_EQ(second.terms(), terms);
    std::vector<double> means = moments.mean();
    for (int64_t i = 0; i < terms; ++i) {
      double mean = 0;
      for (int64_t p = 0; p < positions; ++p)
        mean += patches[p * terms + i];
      EXPECT_NEAR(means[i], mean / positions, 1e-12);
      for (int64_t j = 0; j < terms; ++j) {
        double sum = 0;
        for (int64_t p = 0; p < positions; ++p)
          sum += double(patches[p * terms + i]) * patches[p * terms + j];
        ASSERT_NEAR(second.row(i)[j], sum / positions, 1e-12) << i << " " << j;
        ASSERT_NEAR(covariance.row(i)[j], sum / positions - means[i] * means[j], 1e-12);
      }
      EXPECT_EQ(second.diagonal()[i], second.row(i)[i]);
    }
    for (int64_t i = 0; i < second.stride(); ++i) // multiplication reads the padding
      for (int64_t j = 0; j < second.stride(); ++j) {
        if (i >= terms || j >= terms) {
          ASSERT_EQ(second.row(i)[j], 0);
          ASSERT_EQ(covariance.row(i)[j], 0);
        }
      }
  }
}

TEST(SecondMoments, InBatches) {
  auto patches = makePatches(700, 9, 2);
  InputMoments parts(9);
  for (auto [first, count] : {std::pair(0, 1), {1, 255}, {256, 0}, {256, 444}})
    parts.add(llvm::ArrayRef<float>(patches).slice(first * 9, count * 9));
  auto whole = entries(momentsOf(patches, 9).secondMoments()), sum = entries(parts.secondMoments());
  EXPECT_EQ(parts.positions(), 700);
  for (size_t i = 0; i < whole.size(); ++i)
    EXPECT_NEAR(sum[i], whole[i], 1e-12);
}

TEST(SecondMoments, WithoutPositions) {
  InputMoments moments(3);
  EXPECT_EQ(moments.mean(), std::vector<double>(3, 0.0));
  EXPECT_EQ(moments.secondMoments().diagonal(), std::vector<double>(3, 0.0));
  EXPECT_EQ(factorForRounding(moments.secondMoments()).upper.diagonal(),
            std::vector<double>(3, 1.0));
}

TEST(SecondMoments, Factor) {
  for (int64_t terms : {1, 2, 7, 64, 65, 129, 200}) // around the blocks of 64
    for (double damping : {0.01, 1.0}) {
      InputMoments moments = momentsOf(makePatches(2 * terms + 3, terms, 3), terms);
      checkFactor(moments.secondMoments(), damping);
      checkFactor(moments.covariance(), damping);
    }
}

// Fewer positions than terms, and inputs that are never anything but 0.
TEST(SecondMoments, FactorOfSingularMoments) {
  auto patches = makePatches(5, 70, 4);
  for (size_t i = 0; i < patches.size(); ++i)
    if (i % 70 % 3 == 0)
      patches[i] = 0;
  checkFactor(momentsOf(patches, 70).secondMoments(), 0.01);
  checkFactor(momentsOf(patches, 70).covariance(), 0.01);
  std::vector<float> constant(70 * 4, 1.0f);
  checkFactor(momentsOf(constant, 70).secondMoments(), 0.01);
  checkFactor(momentsOf(constant, 70).covariance(), 0.01);
}

// Eight at once compete for the threads that one alone has to itself.
TEST(SecondMoments, DoNotDependOnThreads) {
  auto patches = makePatches(300, 210, 5);
  auto compute = [&] {
    InputMoments moments = momentsOf(patches, 210);
    return std::pair(entries(moments.secondMoments()),
                     entries(factorForRounding(moments.secondMoments()).upper));
  };
  std::vector<decltype(compute())> results(8);
  parallelFor(8, 8, [&](int64_t i) { results[i] = compute(); });
  auto alone = compute();
  for (auto &result : results)
    EXPECT_EQ(result, alone);
}
