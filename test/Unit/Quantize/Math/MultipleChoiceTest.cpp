// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/MultipleChoice.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <random>

using namespace tally;

using Groups = std::vector<std::vector<Choice>>;

// The least loss of all selections within the budget; infinite where there is none.
static double bestLoss(const Groups &groups, double budget) {
  double best = INFINITY;
  std::function<void(size_t, double, double)> visit = [&](size_t group, double cost, double loss) {
    if (group == groups.size()) {
      if (cost <= budget)
        best = std::min(best, loss);
      return;
    }
    for (const Choice &choice : groups[group])
      visit(group + 1, cost + choice.cost, loss + choice.loss);
  };
  visit(0, 0, 0);
  return best;
}

// What the front says of a selection is what its choices add up to.
static void expectSums(const Groups &groups, const SelectionFront &front) {
  for (size_t i = 0; i < front.size(); ++i) {
    Selection selection = front.get(i);
    ASSERT_EQ(selection.choices.size(), groups.size());
    double cost = 0, loss = 0;
    for (size_t g = 0; g < groups.size(); ++g) {
      cost += groups[g][selection.choices[g]].cost;
      loss += groups[g][selection.choices[g]].loss;
    }
    EXPECT_NEAR(cost, selection.cost, 1e-9);
    EXPECT_NEAR(loss, selection.loss, 1e-9);
    EXPECT_EQ(selection.cost, front.cost(i));
    EXPECT_EQ(selection.loss, front.loss(i));
    if (i > 0) {
      EXPECT_GT(front.cost(i), front.cost(i - 1));
      EXPECT_LT(front.loss(i), front.loss(i - 1));
    }
  }
}

static Groups makeGroups(std::mt19937 &random, size_t count, size_t most, int costs) {
  std::uniform_int_distribution<size_t> size(1, most);
  std::uniform_int_distribution<int> cost(-costs / 4, costs);
  std::uniform_int_distribution<int> loss(-2, 12);
  Groups groups(count);
  for (std::vector<Choice> &group : groups)
    for (size_t i = size(random); i > 0; --i)
      group.push_back({double(cost(random)), double(loss(random)) / 8}); // sums are exact
  return groups;
}

TEST(MultipleChoice, IsTheBestOfAllSelections) {
  std::mt19937 random(3);
  for (int costs : {3, 40, 5000}) // with many equal sums, and with few
    for (size_t count = 0; count <= 6; ++count)
      for (int repeat = 0; repeat < 12; ++repeat) {
        Groups groups = makeGroups(random, count, /*most=*/5, costs);
        SelectionFront front = SelectionFront::of(groups);
        EXPECT_TRUE(front.isExact());
        expectSums(groups, front);
        for (int budget = -costs; budget <= 4 * costs; budget += std::max(1, costs / 10)) {
          std::optional<size_t> found = front.find(budget);
          double best = bestLoss(groups, budget);
          ASSERT_EQ(found.has_value(), std::isfinite(best)) << budget;
          if (found) {
            EXPECT_LE(front.cost(*found), budget);
            EXPECT_EQ(front.loss(*found), best) << budget;
          }
        }
      }
}

// The layers of a ResNet-20 at six widths: what is left of a budget is next to nothing, unless
// all but a few layers are at their widest.
TEST(MultipleChoice, UsesTheBudget) {
  std::vector<double> sizes = {432,  2304, 2304, 2304,  2304,  2304,  2304,  4608,  9216,  9216,
                               9216, 9216, 9216, 18432, 36864, 36864, 36864, 36864, 36864, 640};
  Groups groups;
  for (size_t layer = 0; layer < sizes.size(); ++layer) {
    groups.emplace_back();
    for (int bits : {2, 3, 4, 5, 6, 8})
      groups.back().push_back(
          {std::ceil(sizes[layer] * bits / 8), std::pow(4, -bits) * double(1 + layer * 7 % 5)});
  }
  SelectionFront front = SelectionFront::of(groups);
  EXPECT_TRUE(front.isExact());
  double least = front.cost(0), all = front.cost(front.size() - 1);
  for (double part = 0; part <= 0.9; part += 0.01) {
    double budget = least + part * (all - least);
    EXPECT_LE(front.cost(*front.find(budget)), budget);
    EXPECT_GE(front.cost(*front.find(budget)), 0.98 * budget) << part;
  }
  EXPECT_FALSE(front.find(least - 1));
  EXPECT_EQ(*front.find(least), 0u);
  EXPECT_EQ(*front.find(2 * all), front.size() - 1);
}

// With too many to keep, selections are still true, both ends stay, and losses are near the best.
TEST(MultipleChoice, ThinsWhatIsTooMuch) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> uniform(0, 1);
  Groups groups(40);
  for (std::vector<Choice> &group : groups) {
    double scale = uniform(random);
    for (int bits = 2; bits <= 8; ++bits)
      group.push_back({double(bits) * (0.5 + uniform(random)), scale * std::pow(4, -bits)});
  }
  SelectionFront exact = SelectionFront::of(groups, 1 << 22);
  SelectionFront thinned = SelectionFront::of(groups, 200);
  ASSERT_GT(exact.size(), 1500u);
  EXPECT_TRUE(exact.isExact());
  EXPECT_FALSE(thinned.isExact());
  EXPECT_LE(thinned.size(), 201u);
  expectSums(groups, thinned);
  EXPECT_EQ(thinned.cost(0), exact.cost(0));
  EXPECT_EQ(thinned.loss(thinned.size() - 1), exact.loss(exact.size() - 1));
  for (double budget = exact.cost(0) + 1; budget < exact.cost(exact.size() - 1); budget += 5) {
    double best = exact.loss(*exact.find(budget)), got = thinned.loss(*thinned.find(budget));
    EXPECT_GE(got, best);
    EXPECT_LE(got, 1.15 * best) << budget;
  }
}

TEST(MultipleChoice, OfEqualsTakesTheFirst) {
  SelectionFront front = SelectionFront::of({{{1, 1}, {1, 1}}, {{2, 0}, {2, 0}}});
  ASSERT_EQ(front.size(), 1u);
  EXPECT_EQ(front.get(0).choices, (std::vector<size_t>{0, 0}));
  EXPECT_EQ(SelectionFront::of({}).size(), 1u);
}
