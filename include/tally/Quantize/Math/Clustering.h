//===- Clustering.h - optimal one-dimensional k-means -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_QUANTIZE_MATH_CLUSTERING_H
#define TALLY_QUANTIZE_MATH_CLUSTERING_H

#include "llvm/ADT/ArrayRef.h"
#include <vector>

namespace tally {

/// Splits `values` into at most `clusters` groups with the least sum of squared
/// distances to the group means, by dynamic programming over the sorted values
/// (O(clusters * n^2)). Returns each value's group, numbered by rising mean; no
/// group is empty. Deterministic: equal values share a group, and of two
/// optimal splits the one with smaller groups first is taken.
std::vector<int> clusterOptimally(llvm::ArrayRef<double> values, int clusters);

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_CLUSTERING_H
