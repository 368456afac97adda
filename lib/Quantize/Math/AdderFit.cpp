//===- AdderFit.cpp - how well an adder layer on codes fits ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/AdderFit.h"

#include "tally/Support/Parallel.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace tally {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__)
#define TALLY_FOR_EACH_CPU                                                                         \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TALLY_FOR_EACH_CPU
#endif

uint8_t CodeGrid::encode(double real) const {
  double code = std::floor(real / step + 0.5) + zeroPoint;
  return uint8_t(std::min(std::max(code, 0.0), double(levels)));
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
  std::vector<uint8_t> x(patches.size()), w(weights.size());
  parallelForRanges(patches.size(), 0, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i)
      x[i] = grid.encode(patches[i]);
  });
  for (size_t i = 0; i < weights.size(); ++i)
    w[i] = grid.encode(weights[i]);
  std::vector<int32_t> sums = sumDifferences(x, w, terms);

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
// Rounding
//===----------------------------------------------------------------------===//

namespace {
constexpr int kLanes = 16;

// Sixteen lanes on every machine, in as many registers as they take: the order of
// additions, and so the result, is the same everywhere.
typedef float Floats __attribute__((vector_size(kLanes * sizeof(float))));
typedef int32_t Ints __attribute__((vector_size(kLanes * sizeof(int32_t))));
typedef uint8_t Bytes __attribute__((vector_size(kLanes)));

/// Sums over the samples whose input code is at most, or below, a weight's code.
struct PartialSums {
  double upTo = 0, below = 0, all = 0;
};
} // namespace

TALLY_FOR_EACH_CPU static void addPartialSums(const uint8_t *x, const float *value,
                                              int64_t positions, int code, float *lanes) {
  Floats upTo = {}, below = {}, all = {};
  for (int64_t p = 0; p < positions; p += kLanes) {
    Bytes bytes;
    Ints bits;
    std::memcpy(&bytes, x + p, sizeof(bytes));
    std::memcpy(&bits, value + p, sizeof(bits));
    Ints codes = __builtin_convertvector(bytes, Ints);
    // Comparisons are all ones or all zeros.
    upTo += (Floats)(bits & (codes <= code));
    below += (Floats)(bits & (codes < code));
    all += (Floats)bits;
  }
  std::memcpy(lanes, &upTo, sizeof(upTo));
  std::memcpy(lanes + kLanes, &below, sizeof(below));
  std::memcpy(lanes + 2 * kLanes, &all, sizeof(all));
}

/// What a weight that moves `from` one code `to` another does to the weighted errors.
TALLY_FOR_EACH_CPU static void addChange(const uint8_t *x, const float *weight, float *error,
                                         int64_t positions, int from, int to, float step) {
  for (int64_t p = 0; p < positions; p += kLanes) {
    Bytes bytes;
    Floats ev, wv;
    std::memcpy(&bytes, x + p, sizeof(bytes));
    std::memcpy(&ev, error + p, sizeof(ev));
    std::memcpy(&wv, weight + p, sizeof(wv));
    Ints codes = __builtin_convertvector(bytes, Ints);
    Ints far = codes - to, near = codes - from;
    Ints change = (far < 0 ? -far : far) - (near < 0 ? -near : near);
    ev += wv * (step * __builtin_convertvector(change, Floats));
    std::memcpy(error + p, &ev, sizeof(ev));
  }
}

static PartialSums sumPartially(const uint8_t *x, const std::vector<float> &values, int code) {
  float lanes[3 * kLanes];
  addPartialSums(x, values.data(), values.size(), code, lanes);
  PartialSums sums;
  double *fields[] = {&sums.upTo, &sums.below, &sums.all};
  for (int field = 0; field < 3; ++field)
    for (int i = 0; i < kLanes; ++i)
      *fields[field] += lanes[field * kLanes + i];
  return sums;
}

int64_t optimizeRounding(llvm::ArrayRef<uint8_t> columns, llvm::MutableArrayRef<uint8_t> codes,
                         WeightedErrors &errors, const CodeGrid &grid, int passes) {
  int64_t positions = errors.error.size();
  assert(positions % kLanes == 0 && "samples come in whole vectors");
  // From here on the errors carry their weights: S_p = w_p * e_p, with mean 0.
  double total = 0, mean = 0;
  for (int64_t p = 0; p < positions; ++p) {
    total += errors.weight[p];
    mean += double(errors.weight[p]) * errors.error[p];
  }
  if (total <= 0)
    return 0;
  mean /= total;
  for (int64_t p = 0; p < positions; ++p)
    errors.error[p] = errors.weight[p] * float(errors.error[p] - mean);

  const double step = grid.step;
  int64_t changes = 0;
  // Sums of weights stay what they are until the code changes.
  std::vector<PartialSums> weights(codes.size());
  std::vector<int> summedCode(codes.size(), -1);
  for (int pass = 0; pass < passes; ++pass) {
    int64_t before = changes;
    for (size_t k = 0; k < codes.size(); ++k) {
      const uint8_t *x = columns.data() + k * positions;
      int code = codes[k];
      PartialSums e = sumPartially(x, errors.error, code);
      if (summedCode[k] != code) {
        weights[k] = sumPartially(x, errors.weight, code);
        summedCode[k] = code;
      }
      const PartialSums &w = weights[k];
      // Moving up by one adds `step` to |x - w| where x <= w, and takes it elsewhere.
      double bestGain = -1e-9 * total;
      int best = code;
      auto consider = [&](int candidate, double dWeight, double dError) {
        if (candidate < 0 || candidate > grid.levels)
          return;
        double sum = e.all + dWeight;
        double gain = 2 * dError + step * step * total - (sum * sum - e.all * e.all) / total;
        if (gain < bestGain) {
          bestGain = gain;
          best = candidate;
        }
      };
      consider(code + 1, step * (2 * w.upTo - total), step * (2 * e.upTo - e.all));
      consider(code - 1, step * (total - 2 * w.below), step * (e.all - 2 * e.below));
      if (best == code)
        continue;
      addChange(x, errors.weight.data(), errors.error.data(), positions, code, best, float(step));
      codes[k] = uint8_t(best);
      ++changes;
    }
    if (changes == before)
      break;
  }
  return changes;
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
