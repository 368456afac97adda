//===- SecondMoments.h - how a layer's inputs vary together -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For a layer that computes `y = sum over k of w_k x_k`, weights that are off by e make the
// output err by `E[(e . x)^2] = e^T M e` in the mean square, M being the matrix of the inputs'
// second moments; where the bias takes the mean error away, by the same with their
// covariance. All filters share M; groups of filters with inputs of their own each have one.
//
// Deterministic: results do not depend on the number of threads.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_QUANTIZE_MATH_SECONDMOMENTS_H
#define TALLY_QUANTIZE_MATH_SECONDMOMENTS_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace tally {

/// A square matrix, `terms` rows of `stride()` doubles: rows and columns are padded with
/// zeros to a multiple of 8.
class PaddedMatrix {
public:
  explicit PaddedMatrix(int64_t terms)
      : count(terms), padded((terms + 7) / 8 * 8), values(padded * padded) {}

  int64_t terms() const { return count; }
  int64_t stride() const { return padded; }
  double *row(int64_t i) { return values.data() + i * padded; }
  const double *row(int64_t i) const { return values.data() + i * padded; }
  std::vector<double> diagonal() const;

private:
  int64_t count, padded;
  std::vector<double> values;
};

/// Sums over what a layer's inputs are, patch by patch.
class InputMoments {
public:
  explicit InputMoments(int64_t terms) : products(terms), sums(terms) {}

  /// `patches` are finite, `[positions, terms]`. Each call's sums are added in double
  /// precision in the order of calls.
  void add(llvm::ArrayRef<float> patches);

  int64_t terms() const { return products.terms(); }
  int64_t positions() const { return total; }
  std::vector<double> mean() const;
  /// `E[x_i x_j]`, symmetric; its diagonal holds the mean squares. 0 without any positions.
  PaddedMatrix secondMoments() const;
  /// `E[x_i x_j] - E[x_i] E[x_j]`, symmetric.
  PaddedMatrix covariance() const;

private:
  PaddedMatrix products; // the upper half, in tiles of 8
  std::vector<double> sums;
  int64_t total = 0;
};

/// In which order to round the inputs' weights, and how their errors are passed on.
struct RoundingFactor {
  /// Inputs by falling mean square, equals as they come: errors end up where they matter
  /// least.
  std::vector<int> order;
  /// The upper triangular R with `R R^T = M + d I`, rows and columns of M in that order; d is
  /// `damping` times the mean of M's diagonal, 1 if M is 0. With errors e_0 .. e_(k-1) made,
  /// e_k is best chosen close to `-(sum over j < k of R_jk e_j) / R_kk`, if those behind are
  /// free to follow. This is what passing each error on by the Cholesky factor U of the
  /// inverse does (GPTQ: Frantar et al., 2022), as U is the inverse of R.
  PaddedMatrix upper;
};

/// `damping` is above 0: moments may be singular.
RoundingFactor factorForRounding(const PaddedMatrix &moments, double damping = 0.01);

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_SECONDMOMENTS_H
