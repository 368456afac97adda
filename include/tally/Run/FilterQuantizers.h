//===- FilterQuantizers.h - scales that filters say themselves --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_RUN_FILTERQUANTIZERS_H
#define TALLY_RUN_FILTERQUANTIZERS_H

#include "tally/IR/FilterQuantizer.h"
#include "tally/Run/FilterScales.h"

#include <vector>

namespace tally {

/// Which weights of a filter share a scale: weight i has scale `i / stride % places`.
struct FilterPlaces {
  int64_t stride = 1, places = 1;

  /// Of a tensor of `shape`, with scales along dimension `axis`; -1 for one scale.
  static FilterPlaces of(mlir::ArrayRef<int64_t> shape, int64_t axis);
};

reference::WeightScale getWeightScale(FilterRule rule);

/// The scales, and thresholds of ternary levels, that `op` has for these weights.
template <typename T>
reference::FilterScales<T> measureScales(FilterQuantizerOp op, mlir::ArrayRef<T> weights);

/// The levels that `op` puts these weights on, in steps of their scales.
std::vector<float> chooseLevels(FilterQuantizerOp op, mlir::ArrayRef<float> weights);

} // namespace tally

#endif // TALLY_RUN_FILTERQUANTIZERS_H
