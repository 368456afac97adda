//===- MultipleChoice.h - one way for each thing, within a budget -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The multiple-choice knapsack problem, by lists of what nothing else beats (Nemhauser and
// Ullmann, 1969; Kellerer, Pferschy and Pisinger, 2004, chapter 11).
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_QUANTIZE_MATH_MULTIPLECHOICE_H
#define TALLY_QUANTIZE_MATH_MULTIPLECHOICE_H

#include "llvm/ADT/ArrayRef.h"
#include <cstddef>
#include <optional>
#include <vector>

namespace tally {

/// One way to do a thing: what it takes, and what is lost by it. Both may be below 0.
struct Choice {
  double cost = 0, loss = 0;
};

/// A way for each thing, with the sums of both.
struct Selection {
  std::vector<size_t> choices; ///< an index for each group
  double cost = 0, loss = 0;
};

/// All selections that no other one beats: costs rise and losses fall from one to the next.
class SelectionFront {
public:
  /// Of one choice of each group, none of which is empty. Partial selections are merged group by
  /// group, those that another one beats left out: exact, unless there are more than
  /// `most` of them. Then of those whose costs lie close together only the one with the least
  /// loss stays: what is left are true selections at their true costs, but maybe not the best.
  static SelectionFront of(llvm::ArrayRef<std::vector<Choice>> groups, size_t most = 1 << 18);

  size_t size() const { return last.size(); }
  bool isExact() const { return exact; }
  double cost(size_t index) const { return last[index].cost; }
  double loss(size_t index) const { return last[index].loss; }
  Selection get(size_t index) const;

  /// The selection with the least loss of those that cost `budget` at most.
  std::optional<size_t> find(double budget) const;

private:
  /// One that nothing beats, of the groups up to one.
  struct Partial {
    double cost, loss;
    uint32_t before; ///< index of the partial selection of the groups before
    uint32_t choice;
  };
  static std::vector<Partial> extend(llvm::ArrayRef<Partial> before, llvm::ArrayRef<Choice> group);
  static void thin(std::vector<Partial> &partials, size_t most);

  /// What `get` follows back, group by group.
  struct Step {
    uint32_t before, choice;
  };
  std::vector<std::vector<Step>> steps;
  std::vector<Partial> last;
  bool exact = true;
};

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_MULTIPLECHOICE_H
