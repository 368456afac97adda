//===- MultipleChoice.cpp - one way for each thing, within a budget -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/MultipleChoice.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace tally {

/// Each of `before` with each choice, without those that another one beats: at most its cost and
/// at most its loss. Of equals, the first in the order of indices stays.
std::vector<SelectionFront::Partial> SelectionFront::extend(llvm::ArrayRef<Partial> before,
                                                            llvm::ArrayRef<Choice> group) {
  // A sorted list for each choice; the next of all of them is the one with the least cost.
  std::vector<size_t> at(group.size(), 0);
  std::vector<Partial> result;
  while (true) {
    std::optional<Partial> next;
    for (uint32_t choice = 0; choice < group.size(); ++choice) {
      if (at[choice] == before.size())
        continue;
      const Partial &one = before[at[choice]];
      Partial sum = {one.cost + group[choice].cost, one.loss + group[choice].loss,
                     uint32_t(at[choice]), choice};
      if (!next || sum.cost < next->cost || (sum.cost == next->cost && sum.loss < next->loss))
        next = sum;
    }
    if (!next)
      return result;
    ++at[next->choice];
    if (result.empty() || next->loss < result.back().loss)
      result.push_back(*next);
  }
}

/// Keeps the ends, and in each of `most` equal stretches of cost the last, which loses least.
void SelectionFront::thin(std::vector<Partial> &partials, size_t most) {
  double begin = partials.front().cost, width = partials.back().cost - begin;
  auto stretch = [&](const Partial &one) {
    return size_t((one.cost - begin) / width * double(most - 1));
  };
  std::vector<Partial> kept = {partials.front()};
  for (size_t i = 1; i < partials.size(); ++i)
    if (i + 1 == partials.size() || stretch(partials[i]) != stretch(partials[i + 1]))
      kept.push_back(partials[i]);
  partials = std::move(kept);
}

SelectionFront SelectionFront::of(llvm::ArrayRef<std::vector<Choice>> groups, size_t most) {
  assert(most >= 2 && most < UINT32_MAX && "indices are of 32 bits");
  SelectionFront front;
  front.last = {{0, 0, 0, 0}};
  for (const std::vector<Choice> &group : groups) {
    assert(!group.empty() && "requires a choice");
    front.last = extend(front.last, group);
    if (front.last.size() > most) {
      thin(front.last, most);
      front.exact = false;
    }
    std::vector<Step> step;
    step.reserve(front.last.size());
    for (const Partial &one : front.last)
      step.push_back({one.before, one.choice});
    front.steps.push_back(std::move(step));
  }
  return front;
}

Selection SelectionFront::get(size_t index) const {
  Selection selection = {std::vector<size_t>(steps.size()), last[index].cost, last[index].loss};
  for (size_t group = steps.size(), at = index; group-- > 0; at = steps[group][at].before)
    selection.choices[group] = steps[group][at].choice;
  return selection;
}

std::optional<size_t> SelectionFront::find(double budget) const {
  auto above = std::upper_bound(last.begin(), last.end(), budget,
                                [](double most, const Partial &one) { return most < one.cost; });
  if (above == last.begin())
    return std::nullopt;
  return size_t(above - last.begin()) - 1;
}

} // namespace tally
