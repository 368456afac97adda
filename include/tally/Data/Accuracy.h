//===- Accuracy.h - how good and how close results are ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counters that take one image or one array at a time and can be merged, so
// that threads count on their own. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_DATA_ACCURACY_H
#define TALLY_DATA_ACCURACY_H

#include "tally/Data/Tensor.h"

#include <algorithm>
#include <cstdint>

namespace tally {

/// The number of classes before class `label` in the order of falling logits.
/// Equal logits are ordered by index, lowest first; NaN comes after all
/// numbers. `classes` if there is no class `label`.
template <typename T> int64_t rankOfLabel(const T *logits, int64_t classes, int64_t label) {
  if (label < 0 || label >= classes)
    return classes;
  auto above = [](T a, T b) { return a > b || (a == a && b != b); };
  int64_t rank = 0;
  for (int64_t i = 0; i < classes; ++i)
    rank += above(logits[i], logits[label]) || (i < label && !above(logits[label], logits[i]));
  return rank;
}

/// The class of rank 0: the largest logit, the lowest index among equals.
template <typename T> int64_t argmax(const T *logits, int64_t classes) {
  int64_t best = 0;
  for (int64_t i = 1; i < classes; ++i)
    if (logits[i] > logits[best] || (logits[i] == logits[i] && logits[best] != logits[best]))
      best = i;
  return best;
}

/// Counts images whose label is among the first and the first five classes.
/// The tie rule of `rankOfLabel` makes every backend count the same.
class Accuracy {
public:
  template <typename T> void add(const T *logits, int64_t classes, int64_t label) {
    int64_t rank = rankOfLabel(logits, classes, label);
    ++count;
    first += rank < std::min<int64_t>(classes, 1);
    firstFive += rank < std::min<int64_t>(classes, 5);
  }
  /// Row `row` of logits `[N, ..., classes]` of any element type.
  void add(const Tensor &logits, int64_t row, int64_t label);
  void merge(const Accuracy &other);

  int64_t images() const { return count; }
  int64_t top1Count() const { return first; }
  int64_t top5Count() const { return firstFive; }
  /// Fractions; 0 without images.
  double top1() const { return count ? double(first) / double(count) : 0; }
  double top5() const { return count ? double(firstFive) / double(count) : 0; }

private:
  int64_t count = 0, first = 0, firstFive = 0;
};

/// How far an array `x` is from a reference array `r`. Sums are doubles;
/// merging in a fixed order gives the same bits every time.
class Comparison {
public:
  void add(const float *reference, const float *x, int64_t size);
  /// Two F32 tensors of one size.
  void add(const Tensor &reference, const Tensor &x);
  void merge(const Comparison &other);

  int64_t size() const { return count; }
  /// Signal-to-quantization-noise ratio `10 log10(sum r^2 / sum (r - x)^2)` in
  /// dB: +infinity without noise, -infinity with noise but no signal.
  double sqnr() const;
  /// `sum r x / sqrt(sum r^2 sum x^2)`: 1 for two zero arrays, 0 for one.
  double cosine() const;
  /// `max |r - x|`; NaN if any difference is.
  double maxAbsDifference() const { return largest; }
  /// `sqrt(mean (r - x)^2)`; 0 without elements.
  double rmse() const;
  /// `mean |r - x|`; 0 without elements.
  double meanAbsDifference() const { return count ? absolute / double(count) : 0; }

private:
  int64_t count = 0;
  double signal = 0, noise = 0, power = 0, product = 0, largest = 0, absolute = 0;
};

} // namespace tally

#endif // TALLY_DATA_ACCURACY_H
