//===- AdderFit.cpp - how well an adder layer on codes fits ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/AdderFit.h"

#include "tally/Support/EachCpu.h"
#include "tally/Support/Parallel.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace tally {

static inline uint8_t encodeOn(const CodeGrid &grid, double real) {
  double code = std::floor(real / grid.step + 0.5) + grid.zeroPoint;
  return uint8_t(int(std::min(std::max(code, 0.0), double(grid.levels))));
}

uint8_t CodeGrid::encode(double real) const { return encodeOn(*this, real); }

TALLY_FOR_EACH_CPU static void encodeAll(CodeGrid grid, const float *reals, int64_t count,
                                         uint8_t *codes) {
  for (int64_t i = 0; i < count; ++i)
    codes[i] = encodeOn(grid, reals[i]);
}

std::vector<uint8_t> CodeGrid::encode(llvm::ArrayRef<float> reals) const {
  std::vector<uint8_t> codes(reals.size());
  parallelForRanges(reals.size(), 0, [&](int64_t begin, int64_t end, int) {
    encodeAll(*this, reals.data() + begin, end - begin, codes.data() + begin);
  });
  return codes;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// All filters at one position. The inner loop is the sum of absolute byte
/// differences that vector instruction sets have an instruction for.
TALLY_FOR_EACH_CPU static void sumRow(const uint8_t *x, const uint8_t *w, int64_t terms,
                                      int64_t filters, int32_t *sums) {
  for (int64_t f = 0; f < filters; ++f) {
    const uint8_t *row = w + f * terms;
    int32_t sum = 0;
    for (int64_t k = 0; k < terms; ++k)
      sum += std::abs(int(x[k]) - int(row[k]));
    sums[f] = sum;
  }
}

std::vector<int32_t> sumDifferences(llvm::ArrayRef<uint8_t> x, llvm::ArrayRef<uint8_t> w,
                                    int64_t terms) {
  int64_t positions = x.size() / terms, filters = w.size() / terms;
  std::vector<int32_t> sums(positions * filters);
  parallelForRanges(positions, 0, [&](int64_t begin, int64_t end, int) {
    for (int64_t p = begin; p < end; ++p)
      sumRow(x.data() + p * terms, w.data(), terms, filters, sums.data() + p * filters);
  });
  return sums;
}

//===----------------------------------------------------------------------===//
// Scale
//===----------------------------------------------------------------------===//

double relativeErrorVariance(llvm::ArrayRef<float> patches, llvm::ArrayRef<float> weights,
                             llvm::ArrayRef<float> target, int64_t terms, const CodeGrid &grid) {
  int64_t positions = patches.size() / terms, filters = weights.size() / terms;
  std::vector<int32_t> sums = sumDifferences(grid.encode(patches), grid.encode(weights), terms);

  double total = 0;
  for (int64_t f = 0; f < filters; ++f) {
    double e = 0, ee = 0, y = 0, yy = 0;
    for (int64_t p = 0; p < positions; ++p) {
      double t = target[p * filters + f], error = t + grid.step * sums[p * filters + f];
      e += error;
      ee += error * error;
      y += t;
      yy += t * t;
    }
    double n = double(positions);
    double variance = std::max(yy / n - y / n * (y / n), 1e-12);
    total += std::max(ee / n - e / n * (e / n), 0.0) / variance;
  }
  return total / double(filters);
}

double searchFactor(llvm::function_ref<double(double)> error) {
  double best = 1, bestError = INFINITY;
  auto consider = [&](double factor) {
    double value = error(factor);
    if (value < bestError) {
      bestError = value;
      best = factor;
    }
  };
  constexpr double kRatio = 1.15;
  double factor = 0.35;
  for (int i = 0; i <= 10; ++i, factor *= kRatio)
    consider(factor);
  double ratio = std::sqrt(kRatio);
  for (int i = 0; i < 3; ++i, ratio = std::sqrt(ratio)) {
    double centre = best;
    consider(centre * ratio);
    consider(centre / ratio);
  }
  return best;
}

//===----------------------------------------------------------------------===//
// Correction
//===----------------------------------------------------------------------===//

AffineFit fitAffine(llvm::ArrayRef<float> value, llvm::ArrayRef<float> target,
                    llvm::ArrayRef<float> weight, bool onlyMean) {
  double n = 0, x = 0, y = 0;
  for (size_t p = 0; p < value.size(); ++p) {
    n += weight[p];
    x += double(weight[p]) * value[p];
    y += double(weight[p]) * target[p];
  }
  if (n <= 0)
    return {};
  x /= n;
  y /= n;
  AffineFit fit;
  if (!onlyMean) {
    double xx = 0, xy = 0;
    for (size_t p = 0; p < value.size(); ++p) {
      double dx = value[p] - x;
      xx += weight[p] * dx * dx;
      xy += weight[p] * dx * (target[p] - y);
    }
    // A channel that hardly moves says nothing of its scale.
    if (xx > 1e-9 * n)
      fit.scale = std::clamp(xy / xx, 0.5, 1.5);
  }
  fit.bias = y - fit.scale * x;
  return fit;
}

} // namespace tally
