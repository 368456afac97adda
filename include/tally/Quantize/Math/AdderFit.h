//===- AdderFit.h - how well an adder layer on codes fits -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mathematics of fitting one quantized adder layer to its float original, on
// samples of its input and output. Deterministic: results do not depend on the
// number of threads or on the machine's vector width.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_QUANTIZE_MATH_ADDERFIT_H
#define TALLY_QUANTIZE_MATH_ADDERFIT_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace tally {

/// Unsigned codes of at most 8 bits: `real = (code - zeroPoint) * step`.
struct CodeGrid {
  double step = 1;
  int zeroPoint = 0;
  int levels = 255; ///< largest code

  /// Nearest code, halves up, saturated.
  uint8_t encode(double real) const;
  std::vector<uint8_t> encode(llvm::ArrayRef<float> reals) const;
  double decode(int code) const { return (code - zeroPoint) * step; }
};

/// `sum over k of |x[p, k] - w[f, k]|` for x `[positions, terms]`, w `[filters, terms]`;
/// result `[positions, filters]`.
std::vector<int32_t> sumDifferences(llvm::ArrayRef<uint8_t> x, llvm::ArrayRef<uint8_t> w,
                                    int64_t terms);

/// The scale-search criterion: the variance of the output error relative to the
/// output's variance, averaged over channels. `target` is the float layer's
/// output `-sum |x - w|`, `[positions, filters]`.
double relativeErrorVariance(llvm::ArrayRef<float> patches, llvm::ArrayRef<float> weights,
                             llvm::ArrayRef<float> target, int64_t terms, const CodeGrid &grid);

/// The factor on the interval that minimises `error(factor)`: a coarse geometric
/// grid 0.35 * 1.15^i, then three refinements around the best.
double searchFactor(llvm::function_ref<double(double)> error);

/// How much each sample of one filter's output matters, and by how much it is wrong.
struct WeightedErrors {
  std::vector<float> weight, error;
};

/// Chooses the codes of one filter by coordinate descent: one code at a time moves by
/// one if that lowers the weighted variance of the output error, for at most
/// `passes` sweeps. `columns` are the input codes `[terms, positions]`, positions a
/// multiple of 16; `errors` (target plus step times the present sums, any mean) is
/// updated. Returns how many codes changed.
int64_t optimizeRounding(llvm::ArrayRef<uint8_t> columns, llvm::MutableArrayRef<uint8_t> codes,
                         WeightedErrors &errors, const CodeGrid &grid, int passes);

/// `target ~ scale * value + bias` by weighted least squares, `scale` limited to 0.5..1.5;
/// with `onlyMean` the scale is 1.
struct AffineFit {
  double scale = 1, bias = 0;
};
AffineFit fitAffine(llvm::ArrayRef<float> value, llvm::ArrayRef<float> target,
                    llvm::ArrayRef<float> weight, bool onlyMean);

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_ADDERFIT_H
