//===- LevelAdmm.h - levels by alternating directions -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts the weights of a layer onto levels of any kind by ADMM (Boyd et al., 2011; as Xu et al.,
// 2021, do in training): minimises `E = (x - w)^T M (x - w)` for x = a Q, Q of levels, by turns
//
//   x = argmin E + rho |x - a Q + u|^2    = (M + rho I)^-1 (M w + rho (a Q - u))
//   a, Q = the projection of x + u: Q the nearest levels of (x + u) / a, a = <x + u, Q> / <Q, Q>,
//          and again, until a stays
//   u = u + x - a Q
//
// and keeps the a and Q of least E, the projection of w itself included. Filters are
// `[filters, terms]`. Deterministic on any number of threads.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_QUANTIZE_MATH_LEVELADMM_H
#define TALLY_QUANTIZE_MATH_LEVELADMM_H

#include "tally/Quantize/Math/LevelFit.h"

namespace tally {

struct AdmmOptions {
  double rho = 0.25;    ///< in mean squares of an input
  int steps = 60;       ///< of all three
  int projections = 20; ///< times that a and Q follow each other, at most
  bool powerOfTwo = false;
  bool shared = false; ///< all filters have one scale
};

/// Filters of one scale.
struct ProjectedFilters {
  double scale = 1;
  std::vector<std::vector<int>> levels; ///< by index
  double error = 0;
};

/// The projection alone, of one filter from the scale `start`: `error` is `|w - a Q|^2`.
ProjectedFilters projectOntoLevels(llvm::ArrayRef<float> weights, const LevelGrid &grid,
                                   double start, const AdmmOptions &options = {});

/// All filters. With one scale for all, `error` is that of all together.
std::vector<FittedFilter> fitByAdmm(const PaddedMatrix &moments, llvm::ArrayRef<float> weights,
                                    const LevelGrid &grid, const AdmmOptions &options = {});

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_LEVELADMM_H
