//===- LevelGrid.h - rounding weights to a list of levels -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Uniform grids, powers of two and additive powers of two are all lists of levels here: a
// weight becomes `scale * level`. With integer levels the scale is the unit of the weights'
// integers; with levels divided by the largest it is their alpha.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_QUANTIZE_MATH_LEVELGRID_H
#define TALLY_QUANTIZE_MATH_LEVELGRID_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace tally {

/// The levels that one weight can take, told by their index in rising order.
class LevelGrid {
public:
  /// At least one level, rising, finite, not just 0.
  explicit LevelGrid(std::vector<double> rising);
  explicit LevelGrid(llvm::ArrayRef<int64_t> rising)
      : LevelGrid(std::vector<double>(rising.begin(), rising.end())) {}

  int size() const { return int(levels.size()); }
  double operator[](int index) const { return levels[index]; }
  double largestMagnitude() const;

  /// Index of the level nearest to `value`; halfway between two, of the one away from zero.
  int nearest(double value) const;
  /// `value` rounds to level i exactly if `thresholds()[i - 1] <= value < thresholds()[i]`.
  llvm::ArrayRef<double> thresholds() const { return lowerBounds; }

private:
  std::vector<double> levels, lowerBounds;
};

/// What a scale is to keep small: `sum m e^2`, or `sum m e^4` of the errors `e = w - scale *
/// level`, which clips less of what lies far out.
enum class ErrorRule { Squared, Fourth };

/// A scale, and the error of the weights rounded with it.
struct ScaleFit {
  double scale = 1, error = 0;
};

/// The scale that minimises `sum m_k (w_k - q_k)^2`, or to the fourth power, where every weight
/// takes its nearest level: a geometric grid from 0.05 to 1.6 times the scale at which the largest
/// weight meets the largest level, each scale also corrected by least squares for the levels it
/// leads to, then three refinements around the best. With `powerOfTwo` the best power of two.
///
/// `weights` are those of one filter, or of several that share the scale, one after another.
/// `moments` are the mean squares of the inputs, the same for every filter; none for all 1.
/// Weights of dead inputs (moment 0) have no say, unless all inputs are dead. Scale 1 where
/// the weights that count are 0.
ScaleFit searchScale(llvm::ArrayRef<float> weights, llvm::ArrayRef<double> moments,
                     const LevelGrid &grid, bool powerOfTwo = false,
                     ErrorRule rule = ErrorRule::Squared);

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_LEVELGRID_H
