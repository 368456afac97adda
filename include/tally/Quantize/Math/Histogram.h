//===- Histogram.h - bounded memory of what was seen ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The streaming histogram behind #tally.sketch.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_QUANTIZE_MATH_HISTOGRAM_H
#define TALLY_QUANTIZE_MATH_HISTOGRAM_H

#include "tally/IR/Tally.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <vector>

namespace tally {

/// Counts values in at most `kMaxBins` bins of one power-of-two width, which
/// doubles whenever the range outgrows the bins. Merging is exact and the result
/// does not depend on the order of values or of merges.
class Histogram {
public:
  static constexpr int64_t kMaxBins = 1024;

  Histogram() = default;
  explicit Histogram(SketchAttr sketch);

  /// Values that are not finite are not counted.
  void add(llvm::ArrayRef<float> values);
  void merge(const Histogram &other);
  /// As if each value had been added `times` times.
  void repeat(int64_t times);

  int64_t count() const { return total; }
  double min() const { return lowest; }
  double max() const { return highest; }

  /// The value below which a fraction `q` in 0..1 of all counted values lies,
  /// linear within a bin and never outside [min, max]. 0 where nothing was counted.
  double quantile(double q) const;

  /// The mean of `value(x)` over all counted x, each taken in the middle of its bin.
  double mean(llvm::function_ref<double(double)> value) const;

  /// The share, 0..1, of the sum of all squares that is lost where values are clamped to
  /// [low, high]. Each is taken at the edge of its bin that is next to 0, so that zeros are zeros.
  double clampLoss(double low, double high) const;

  SketchAttr toAttribute(mlir::MLIRContext *context) const;

private:
  void coverBins(int64_t firstBin, int64_t lastBin);
  void coarsen();

  int64_t total = 0;
  double lowest = 0, highest = 0;
  int exponent = kFinestExponent;
  int64_t first = 0;
  std::vector<int64_t> bins;

  static constexpr int kFinestExponent = -30;
};

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_HISTOGRAM_H
