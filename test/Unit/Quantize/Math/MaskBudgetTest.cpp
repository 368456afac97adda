// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Masks under a budget, against all choices.

#include "Quantize/Math/MaskBudget.h"

#include "gtest/gtest.h"
#include <algorithm>
#include <random>

using namespace tally;

namespace {

struct Choice {
  int64_t cost = 0;
  double value = 0;
};

Choice valueOf(const std::vector<MaskedWeights> &layers, const std::vector<int64_t> &kept) {
  Choice choice;
  for (size_t i = 0; i < layers.size(); ++i) {
    double likely = 1;
    for (int64_t k = 0; k < kept[i]; ++k)
      choice.value += double(layers[i].count) * (likely *= layers[i].probabilities[k]);
    choice.cost += layers[i].costs.empty() ? layers[i].count * kept[i] : layers[i].costs[kept[i]];
  }
  return choice;
}

/// Calls `function` with every choice.
template <typename Function>
void forEach(const std::vector<MaskedWeights> &layers, std::vector<int64_t> &kept, size_t layer,
             Function function) {
  if (layer == layers.size())
    return function(valueOf(layers, kept));
  for (kept[layer] = 0; kept[layer] <= int64_t(layers[layer].probabilities.size()); ++kept[layer])
    forEach(layers, kept, layer + 1, function);
  kept[layer] = 0;
}

} // namespace

TEST(MaskBudget, IsTheBestOfAll) {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int round = 0; round < 200; ++round) {
    std::vector<MaskedWeights> layers(1 + random() % 6);
    int64_t all = 0;
    for (MaskedWeights &layer : layers) {
      layer.count = int64_t(1 + random() % 3000);
      for (uint32_t k = 0, masks = 1 + random() % 2; k < masks; ++k)
        layer.probabilities.push_back(uniform(random));
      all += layer.count * int64_t(layer.probabilities.size());
    }
    auto budget = int64_t(double(all) * uniform(random) * 1.1);
    SCOPED_TRACE(testing::Message() << "round " << round << " budget " << budget);
    int64_t most = 0;
    std::vector<int64_t> kept(layers.size());
    forEach(layers, kept, 0, [&](const Choice &choice) {
      if (choice.cost <= budget)
        most = std::max(most, choice.cost);
    });
    double best = 0;
    forEach(layers, kept, 0, [&](const Choice &choice) {
      if (choice.cost <= budget && double(choice.cost) >= 0.98 * double(most))
        best = std::max(best, choice.value);
    });
    Choice found = valueOf(layers, chooseMasks(layers, budget));
    EXPECT_LE(found.cost, budget);
    EXPECT_GE(double(found.cost), 0.98 * double(most));
    EXPECT_NEAR(found.value, best, 1e-9 * best);
  }
}

TEST(MaskBudget, HoldsForManyWeights) {
  std::mt19937 random(5);
  std::vector<MaskedWeights> layers(50);
  int64_t all = 0;
  for (MaskedWeights &layer : layers) {
    layer = {int64_t(1 + random() % 5000000), {0.9, 0.5}};
    all += 2 * layer.count;
  }
  for (int64_t budget : {int64_t(-5), int64_t(0), all / 3, all / 2, all, 2 * all}) {
    Choice found = valueOf(layers, chooseMasks(layers, budget));
    EXPECT_LE(found.cost, std::max<int64_t>(budget, 0));
    EXPECT_GE(double(found.cost), 0.97 * double(std::min(budget, all)));
  }
  EXPECT_TRUE(chooseMasks({}, 10).empty());
}

// Costs of another kind, of which more bits may even be the cheaper ones.
TEST(MaskBudget, OfOtherCosts) {
  std::mt19937 random(6);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int round = 0; round < 200; ++round) {
    std::vector<MaskedWeights> layers(1 + random() % 6);
    int64_t all = 0, least = 0;
    for (MaskedWeights &layer : layers) {
      layer.count = int64_t(1 + random() % 3000);
      layer.probabilities = {uniform(random), uniform(random)};
      layer.costs = {0};
      for (int k = 0; k < 2; ++k)
        layer.costs.push_back(int64_t(random() % 4000) - 500);
      all += *std::max_element(layer.costs.begin(), layer.costs.end());
      least += *std::min_element(layer.costs.begin(), layer.costs.end());
    }
    int64_t budget = least + int64_t(double(all - least) * (1.1 * uniform(random) - 0.05));
    SCOPED_TRACE(testing::Message() << "round " << round << " budget " << budget);
    int64_t most = least;
    std::vector<int64_t> kept(layers.size());
    // What more bits take no more than is not to be spent.
    auto isSensible = [&] {
      for (size_t i = 0; i < layers.size(); ++i)
        for (size_t more = kept[i] + 1; more < layers[i].costs.size(); ++more)
          if (layers[i].costs[more] <= layers[i].costs[kept[i]])
            return false;
      return true;
    };
    forEach(layers, kept, 0, [&](const Choice &choice) {
      if (isSensible() && choice.cost <= budget)
        most = std::max(most, choice.cost);
    });
    double best = 0;
    forEach(layers, kept, 0, [&](const Choice &choice) {
      if (isSensible() && choice.cost <= std::max(budget, least) &&
          double(choice.cost - least) >= 0.98 * double(most - least))
        best = std::max(best, choice.value);
    });
    Choice found = valueOf(layers, chooseMasks(layers, budget));
    EXPECT_LE(found.cost, std::max(budget, least));
    EXPECT_GE(double(found.cost - least), 0.98 * double(most - least));
    EXPECT_NEAR(found.value, best, 1e-9 * best);
  }
}
