//===- AdderRounding.cpp - codes of an adder layer's weights --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/AdderFit.h"

#include "tally/Support/EachCpu.h"

#include <algorithm>
#include <cstring>

namespace tally {

namespace {

// Sixteen lanes on every machine, in as many registers as they take: the order of
// additions, and so the result, is the same everywhere.
constexpr int kLanes = 16;

/// A sum, lane by lane, of the values of those samples whose input code is at most `most`.
struct Query {
  const uint8_t *column;
  const float *values;
  int most;
};
/// As many sums as run at once: each waits for its own additions only.
constexpr int kQueries = 4;
using Lanes = float[kLanes];

/// What a weight that moves `from` one code `to` another does to the weighted errors, and their
/// sums afterwards.
struct Change {
  const uint8_t *column;
  const float *weight;
  float *error;
  int from, to;
  float step;
};

template <int Width> struct Vectors;
#define TALLY_VECTORS(width)                                                                       \
  template <> struct Vectors<width> {                                                              \
    typedef float Floats __attribute__((vector_size(width * sizeof(float))));                      \
    typedef int32_t Ints __attribute__((vector_size(width * sizeof(int32_t))));                    \
  };
TALLY_VECTORS(4)
TALLY_VECTORS(8)
TALLY_VECTORS(16)

template <typename Ints>
inline __attribute__((always_inline)) void widen(const uint8_t *codes, Ints &vector) {
  for (size_t i = 0; i < sizeof(Ints) / sizeof(int32_t); ++i)
    vector[i] = codes[i];
}

/// The lanes in vectors of `Width`, which machines have as registers.
template <int Width>
inline __attribute__((always_inline)) void sumWhereIn(const Query *queries, int64_t positions,
                                                      Lanes *lanes) {
  typename Vectors<Width>::Floats sums[kQueries][kLanes / Width] = {};
  for (int64_t p = 0; p < positions; p += kLanes)
    for (int part = 0; part < kLanes / Width; ++part)
      for (int q = 0; q < kQueries; ++q) {
        typename Vectors<Width>::Ints codes, values;
        widen(queries[q].column + p + part * Width, codes);
        std::memcpy(&values, queries[q].values + p + part * Width, sizeof(values));
        // Comparisons are all ones or all zeros, and a zero changes no sum.
        sums[q][part] += (typename Vectors<Width>::Floats)(values & (codes <= queries[q].most));
      }
  std::memcpy(lanes, sums, sizeof(sums));
}

template <int Width>
inline __attribute__((always_inline)) void applyChangeIn(const Change &change, int64_t positions,
                                                         float *lanes) {
  using Floats = typename Vectors<Width>::Floats;
  Floats sums[kLanes / Width] = {};
  for (int64_t p = 0; p < positions; p += kLanes)
    for (int part = 0; part < kLanes / Width; ++part) {
      int64_t at = p + part * Width;
      typename Vectors<Width>::Ints codes;
      Floats error, weight;
      widen(change.column + at, codes);
      std::memcpy(&error, change.error + at, sizeof(error));
      std::memcpy(&weight, change.weight + at, sizeof(weight));
      auto far = codes - change.to, near = codes - change.from;
      auto steps = (far < 0 ? -far : far) - (near < 0 ? -near : near);
      error += weight * (change.step * __builtin_convertvector(steps, Floats));
      std::memcpy(change.error + at, &error, sizeof(error));
      sums[part] += error;
    }
  std::memcpy(lanes, sums, sizeof(sums));
}

#ifdef TALLY_HAS_CPU_VERSIONS
#define TALLY_KERNELS(target_, width)                                                              \
  __attribute__((target(target_))) void sumWhere(const Query *queries, int64_t positions,          \
                                                 Lanes *lanes) {                                   \
    sumWhereIn<width>(queries, positions, lanes);                                                  \
  }                                                                                                \
  __attribute__((target(target_))) void applyChange(const Change &change, int64_t positions,       \
                                                    float *lanes) {                                \
    applyChangeIn<width>(change, positions, lanes);                                                \
  }
TALLY_KERNELS("arch=x86-64-v4", 16)
TALLY_KERNELS("arch=x86-64-v3", 8)
TALLY_KERNELS("sse4.1", 4)
TALLY_KERNELS("default", 4)
#else
void sumWhere(const Query *queries, int64_t positions, Lanes *lanes) {
  sumWhereIn<4>(queries, positions, lanes);
}
void applyChange(const Change &change, int64_t positions, float *lanes) {
  applyChangeIn<4>(change, positions, lanes);
}
#endif

double addUp(const float *lanes) {
  double sum = 0;
  for (int i = 0; i < kLanes; ++i)
    sum += lanes[i];
  return sum;
}

/// Sums over the samples whose input code is at most, or below, a weight's code.
struct PartialSums {
  double upTo = 0, below = 0;
  int code = -1; ///< the one they are for
};

/// One filter's coordinate descent.
class Descent {
public:
  Descent(llvm::ArrayRef<uint8_t> columns, llvm::MutableArrayRef<uint8_t> codes,
          WeightedErrors &errors, const CodeGrid &grid)
      : columns(columns.data()), codes(codes), weight(errors.weight), error(errors.error),
        positions(errors.error.size()), grid(grid), weights(codes.size()), sums(codes.size()) {}

  /// From here on the errors carry their weights: S_p = w_p * e_p, with mean 0. False where no
  /// sample counts.
  bool start();
  /// Returns how many codes changed.
  int64_t sweep();

private:
  /// Computes what `choose` needs of the columns from `k` on, as many as run at once; returns
  /// the one after them.
  size_t sumColumns(size_t k);
  /// The code of column `k` that lowers the variance of the errors most.
  int choose(size_t k) const;

  const uint8_t *columns;
  llvm::MutableArrayRef<uint8_t> codes;
  std::vector<float> &weight, &error;
  int64_t positions;
  const CodeGrid &grid;
  double total = 0; ///< of the weights
  double all = 0;   ///< of the errors
  /// Sums of weights, which stay what they are until the code changes, and of errors.
  std::vector<PartialSums> weights, sums;
};

} // namespace

bool Descent::start() {
  double mean = 0;
  for (int64_t p = 0; p < positions; ++p) {
    total += weight[p];
    mean += double(weight[p]) * error[p];
  }
  if (total <= 0)
    return false;
  mean /= total;
  Lanes lanes = {};
  for (int64_t p = 0; p < positions; ++p) {
    error[p] = weight[p] * float(error[p] - mean);
    lanes[p % kLanes] += error[p];
  }
  all = addUp(lanes);
  return true;
}

size_t Descent::sumColumns(size_t k) {
  Query queries[kQueries];
  double *results[kQueries];
  int count = 0;
  for (; k < codes.size(); ++k) {
    int code = codes[k];
    bool isNew = weights[k].code != code;
    // The lowest code does not move down, nor the highest up.
    int needed = (int(code > 0) + int(code < grid.levels)) * (isNew ? 2 : 1);
    if (count + needed > kQueries)
      break;
    auto ask = [&](const std::vector<float> &values, PartialSums &sums) {
      sums.code = code;
      for (auto [most, result] : {std::pair(code, &sums.upTo), std::pair(code - 1, &sums.below)})
        if (most >= 0 && most < grid.levels) {
          queries[count] = {columns + k * positions, values.data(), most};
          results[count++] = result;
        }
    };
    ask(error, sums[k]);
    if (isNew)
      ask(weight, weights[k]);
  }
  if (count == 0)
    return k;
  std::fill(queries + count, queries + kQueries, queries[0]);
  Lanes lanes[kQueries];
  sumWhere(queries, positions, lanes);
  for (int q = 0; q < count; ++q)
    *results[q] = addUp(lanes[q]);
  return k;
}

int Descent::choose(size_t k) const {
  const double step = grid.step;
  const PartialSums &e = sums[k], &w = weights[k];
  int code = codes[k], best = code;
  double bestGain = -1e-9 * total;
  auto consider = [&](int candidate, double dWeight, double dError) {
    if (candidate < 0 || candidate > grid.levels)
      return;
    double sum = all + dWeight;
    double gain = 2 * dError + step * step * total - (sum * sum - all * all) / total;
    if (gain < bestGain) {
      bestGain = gain;
      best = candidate;
    }
  };
  // Moving up by one adds `step` to |x - w| where x <= w, and takes it elsewhere.
  consider(code + 1, step * (2 * w.upTo - total), step * (2 * e.upTo - all));
  consider(code - 1, step * (total - 2 * w.below), step * (all - 2 * e.below));
  return best;
}

int64_t Descent::sweep() {
  int64_t changes = 0;
  for (size_t k = 0; k < codes.size();) {
    // Sums of columns behind one that changes are lost: the errors are others then.
    size_t end = sumColumns(k);
    for (; k < end; ++k) {
      int best = choose(k);
      if (best == codes[k])
        continue;
      Lanes lanes;
      applyChange(
          {columns + k * positions, weight.data(), error.data(), codes[k], best, float(grid.step)},
          positions, lanes);
      all = addUp(lanes);
      codes[k] = uint8_t(best);
      ++changes;
      end = k + 1;
    }
  }
  return changes;
}

int64_t optimizeRounding(llvm::ArrayRef<uint8_t> columns, llvm::MutableArrayRef<uint8_t> codes,
                         WeightedErrors &errors, const CodeGrid &grid, int passes) {
  assert(errors.error.size() % kLanes == 0 && "samples come in whole vectors");
  Descent descent(columns, codes, errors, grid);
  if (!descent.start())
    return 0;
  int64_t changes = 0;
  for (int pass = 0; pass < passes; ++pass) {
    int64_t more = descent.sweep();
    changes += more;
    if (more == 0)
      break;
  }
  return changes;
}

} // namespace tally
