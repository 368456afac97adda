//===- LevelFit.h - levels for the filters of one layer ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts the weights of an ordinary (multiply-accumulate) layer onto levels so that its output
// changes least: `E = (w - q)^T M (w - q)`, M from SecondMoments.h. Rounding every weight to
// its nearest level ignores that inputs vary together; here the error of each weight is made
// good by those behind it (optimal brain quantization: Frantar et al., 2022), on levels of
// any kind. Filters are `[filters, terms]` with the terms in the order of the patches; levels
// are told by index.
//
// Deterministic: results do not depend on the number of threads.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_QUANTIZE_MATH_LEVELFIT_H
#define TALLY_QUANTIZE_MATH_LEVELFIT_H

#include "tally/Quantize/Math/LevelGrid.h"
#include "tally/Quantize/Math/SecondMoments.h"

namespace tally {

/// One filter on levels: `q_k = scale * grid[levels[k]]`.
struct FittedFilter {
  double scale = 1;
  std::vector<int> levels;
  double error = 0; ///< E, without damping
};

/// Each weight by itself.
FittedFilter roundToNearest(const PaddedMatrix &moments, llvm::ArrayRef<float> weights,
                            const LevelGrid &grid, double scale);

/// Rounds one weight after another in the factor's order, each to the level nearest to what
/// makes good the errors of those before: `w_k + (sum over j < k of R_jk (w_j - q_j)) / R_kk`.
/// `factor` is that of `moments`; one scale a filter. Weights of dead inputs take their
/// nearest level.
std::vector<FittedFilter> roundWithCompensation(const PaddedMatrix &moments,
                                                const RoundingFactor &factor,
                                                llvm::ArrayRef<float> weights,
                                                llvm::ArrayRef<double> scales,
                                                const LevelGrid &grid);

/// Coordinate descent: moves one weight at a time to its best level given all others, for
/// at most `sweeps` over the filter or until nothing helps. Returns how many moves it made;
/// the error never rises.
int64_t descend(const PaddedMatrix &moments, llvm::ArrayRef<float> weights, const LevelGrid &grid,
                FittedFilter &filter, int sweeps);

struct LevelFitOptions {
  /// The scales tried: multiples of the one that searchScale finds.
  std::vector<double> factors = {0.75, 0.82, 0.88, 0.94, 1, 1.06, 1.14, 1.22};
  /// Times that the scale is corrected by least squares and the weights are rounded again.
  int refits = 2;
  int sweeps = 4; ///< of coordinate descent
  /// Scales are powers of two: the best for the weights, its half and its double are tried.
  bool powerOfTwo = false;
  /// All filters have one scale.
  bool shared = false;
};

/// Scales and levels for all filters of a layer (or of one group of a layer): starts from the
/// scales that suit the weights, input by input weighted, rounds with compensation at each
/// factor, keeps the least error, then descends and refits.
std::vector<FittedFilter> fitFilters(const PaddedMatrix &moments, const RoundingFactor &factor,
                                     llvm::ArrayRef<float> weights, const LevelGrid &grid,
                                     const LevelFitOptions &options = {});

/// What to add to a filter's bias so that the mean output stays: `sum mean_k (w_k - q_k)`.
double biasCorrection(llvm::ArrayRef<double> mean, llvm::ArrayRef<float> weights,
                      const LevelGrid &grid, const FittedFilter &filter);

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_LEVELFIT_H
