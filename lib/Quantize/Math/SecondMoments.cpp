//===- SecondMoments.cpp - how a layer's inputs vary together -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/SecondMoments.h"

#include "tally/Support/EachCpu.h"
#include "tally/Support/Parallel.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <numeric>

namespace tally {

namespace {
constexpr int kTile = 8, kHalf = 4;

typedef double Doubles __attribute__((vector_size(kHalf * sizeof(double))));

/// `count` columns of a matrix of rows, regrouped: for each eight rows the `count` columns,
/// eight numbers a column.
struct Panel {
  int64_t count;
  std::vector<double> values;

  Panel(int64_t rows, int64_t count) : count(count), values(rows * count) {}
  double &at(int64_t row, int64_t column) {
    return values[(row / kTile * count + column) * kTile + row % kTile];
  }
  const double *tile(int64_t index) const { return values.data() + index * count * kTile; }
};
} // namespace

/// Adds `sign` times the products of four rows of one tile (`left` points at the first) and
/// eight of another, summed over the columns.
TALLY_FOR_EACH_CPU static void addTileProducts(const double *left, const double *right,
                                               int64_t count, double sign, double *target,
                                               int64_t stride) {
  Doubles sums[kHalf][2] = {};
  for (int64_t c = 0; c < count; ++c) {
    Doubles low, high;
    std::memcpy(&low, right + c * kTile, sizeof(low));
    std::memcpy(&high, right + c * kTile + kHalf, sizeof(high));
    for (int i = 0; i < kHalf; ++i) {
      sums[i][0] += left[c * kTile + i] * low;
      sums[i][1] += left[c * kTile + i] * high;
    }
  }
  for (int i = 0; i < kHalf; ++i)
    for (int j = 0; j < kTile; ++j)
      target[i * stride + j] += sign * sums[i][j / kHalf][j % kHalf];
}

/// Adds `sign * P P^T` to the upper half of the first `rows` rows of `matrix`, P being the
/// panel. `rows` is a multiple of the tile.
static void addProducts(const Panel &panel, int64_t rows, double sign, PaddedMatrix &matrix) {
  const int64_t tiles = rows / kTile;
  auto addRow = [&](int64_t i) {
    for (int64_t j = i; j < tiles; ++j)
      for (int half = 0; half < kTile; half += kHalf)
        addTileProducts(panel.tile(i) + half, panel.tile(j), panel.count, sign,
                        matrix.row(i * kTile + half) + j * kTile, matrix.stride());
  };
  parallelFor(tiles, tiles < 16 ? 1 : 0, addRow); // small matrices are not worth waking threads
}

std::vector<double> PaddedMatrix::diagonal() const {
  std::vector<double> result(count);
  for (int64_t k = 0; k < count; ++k)
    result[k] = row(k)[k];
  return result;
}

//===----------------------------------------------------------------------===//
// Moments
//===----------------------------------------------------------------------===//

void InputMoments::add(llvm::ArrayRef<float> patches) {
  assert(patches.size() % terms() == 0 && "patches must be whole");
  constexpr int64_t kChunk = 256; // two tiles of a panel fit the nearest cache
  const int64_t positions = patches.size() / terms(), stride = products.stride();
  for (int64_t first = 0; first < positions; first += kChunk) {
    Panel panel(stride, std::min(kChunk, positions - first));
    for (int64_t p = 0; p < panel.count; ++p) {
      const float *patch = patches.data() + (first + p) * terms();
      for (int64_t k = 0; k < terms(); ++k) {
        panel.at(k, p) = patch[k];
        sums[k] += patch[k];
      }
    }
    addProducts(panel, stride, 1, products);
  }
  total += positions;
}

std::vector<double> InputMoments::mean() const {
  std::vector<double> result = sums;
  for (double &value : result)
    value /= double(std::max<int64_t>(total, 1));
  return result;
}

PaddedMatrix InputMoments::secondMoments() const {
  PaddedMatrix result(terms());
  const double scale = 1 / double(std::max<int64_t>(total, 1));
  for (int64_t i = 0; i < terms(); ++i)
    for (int64_t j = i; j < terms(); ++j)
      result.row(i)[j] = result.row(j)[i] = scale * products.row(i)[j];
  return result;
}

PaddedMatrix InputMoments::covariance() const {
  PaddedMatrix result = secondMoments();
  std::vector<double> means = mean();
  for (int64_t i = 0; i < terms(); ++i)
    for (int64_t j = 0; j < terms(); ++j)
      result.row(i)[j] -= means[i] * means[j];
  for (int64_t k = 0; k < terms(); ++k) // of a constant input, what rounding leaves
    result.row(k)[k] = std::max(result.row(k)[k], 0.0);
  return result;
}

//===----------------------------------------------------------------------===//
// Factor
//===----------------------------------------------------------------------===//

/// Columns [begin, end) of row i of the factor, given those of the rows below; columns from
/// `end` on are already accounted for.
static void factorRow(PaddedMatrix &factor, int64_t i, int64_t begin, int64_t end) {
  double *row = factor.row(i);
  for (int64_t k = end - 1; k >= std::max(begin, i); --k) {
    const double *other = factor.row(k);
    double rest = row[k];
    for (int64_t m = k + 1; m < end; ++m)
      rest -= row[m] * other[m];
    assert((k != i || rest > 0) && "damping keeps the matrix positive");
    row[k] = k == i ? std::sqrt(rest) : rest / other[k];
  }
}

RoundingFactor factorForRounding(const PaddedMatrix &moments, double damping) {
  assert(damping > 0 && "without damping the moments may be singular");
  const int64_t terms = moments.terms();
  const std::vector<double> diagonal = moments.diagonal();
  RoundingFactor result{std::vector<int>(terms), PaddedMatrix(terms)};
  std::iota(result.order.begin(), result.order.end(), 0);
  std::stable_sort(result.order.begin(), result.order.end(),
                   [&](int a, int b) { return diagonal[a] > diagonal[b]; });
  PaddedMatrix &factor = result.upper;
  for (int64_t i = 0; i < terms; ++i)
    for (int64_t j = 0; j < terms; ++j)
      factor.row(i)[j] = moments.row(result.order[i])[result.order[j]];

  const double trace = std::accumulate(diagonal.begin(), diagonal.end(), 0.0);
  const double added = trace > 0 ? damping * trace / double(terms) : 1;
  for (int64_t k = 0; k < terms; ++k)
    factor.row(k)[k] += added;

  // From the last columns to the first: finish a block of columns, then take its products
  // off everything before it.
  constexpr int64_t kBlock = 64;
  for (int64_t begin = (terms - 1) / kBlock * kBlock; begin >= 0; begin -= kBlock) {
    const int64_t end = std::min(begin + kBlock, terms);
    for (int64_t i = end - 1; i >= begin; --i)
      factorRow(factor, i, begin, end);
    Panel panel(begin, end - begin);
    parallelFor(begin, begin < 2 * kBlock ? 1 : 0, [&](int64_t i) {
      factorRow(factor, i, begin, end);
      for (int64_t k = begin; k < end; ++k)
        panel.at(i, k - begin) = factor.row(i)[k];
    });
    addProducts(panel, begin, -1, factor);
  }
  for (int64_t i = 0; i < terms; ++i)
    std::fill(factor.row(i), factor.row(i) + i, 0.0);
  return result;
}

} // namespace tally
