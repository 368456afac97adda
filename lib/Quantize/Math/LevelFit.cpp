//===- LevelFit.cpp - levels for the filters of one layer -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/LevelFit.h"

#include "tally/Support/EachCpu.h"
#include "tally/Support/Parallel.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <numeric>

namespace tally {

//===----------------------------------------------------------------------===//
// Eight filters at a time
//===----------------------------------------------------------------------===//

namespace {
constexpr int kLanes = 8;

/// One number of each of eight filters, so that a row of a large matrix is read once for all.
/// In memory: eight doubles in a row, aligned as doubles are.
typedef double Lanes __attribute__((vector_size(kLanes * sizeof(double))));
} // namespace

/// Adds `row[k] * factor` to the lanes at each k.
TALLY_FOR_EACH_CPU static void addScaled(const double *row, const double *factor, double *sums,
                                         int64_t count) {
  Lanes multiple;
  std::memcpy(&multiple, factor, sizeof(multiple));
  for (int64_t k = 0; k < count; ++k) {
    Lanes sum;
    std::memcpy(&sum, sums + k * kLanes, sizeof(sum));
    sum += row[k] * multiple;
    std::memcpy(sums + k * kLanes, &sum, sizeof(sum));
  }
}

/// `result = M values`, four rows at a time to keep several sums under way.
TALLY_FOR_EACH_CPU static void multiply(const double *matrix, int64_t stride, int64_t terms,
                                        const double *values, double *result) {
  for (int64_t i = 0; i < terms; i += 4) {
    const double *row = matrix + i * stride;
    Lanes sums[4] = {};
    for (int64_t k = 0; k < terms; ++k) {
      Lanes value;
      std::memcpy(&value, values + k * kLanes, sizeof(value));
      for (int r = 0; r < 4; ++r)
        sums[r] += row[r * stride + k] * value;
    }
    std::memcpy(result + i * kLanes, sums, sizeof(sums));
  }
}

/// M times the vectors of up to eight filters, `value(lane, k)`.
static std::vector<std::vector<double>>
multiplyLanes(const PaddedMatrix &moments, size_t lanes,
              llvm::function_ref<double(size_t lane, int64_t k)> value) {
  const int64_t terms = moments.terms();
  std::vector<double> values(moments.stride() * kLanes), products(moments.stride() * kLanes);
  for (size_t lane = 0; lane < lanes; ++lane)
    for (int64_t k = 0; k < terms; ++k)
      values[k * kLanes + lane] = value(lane, k);
  multiply(moments.row(0), moments.stride(), terms, values.data(), products.data());
  std::vector<std::vector<double>> result(lanes, std::vector<double>(terms));
  for (size_t lane = 0; lane < lanes; ++lane)
    for (int64_t k = 0; k < terms; ++k)
      result[lane][k] = products[k * kLanes + lane];
  return result;
}

/// `body(first, count)` for runs of up to eight filters.
static void forEachGroup(int64_t filters,
                         llvm::function_ref<void(int64_t first, int64_t count)> body) {
  parallelFor((filters + kLanes - 1) / kLanes, 0, [&](int64_t group) {
    body(group * kLanes, std::min<int64_t>(kLanes, filters - group * kLanes));
  });
}

namespace {
/// A fitted filter with what the next steps of the fit need.
struct Fit {
  FittedFilter filter;
  std::vector<double> residual; // M (w - q)
};

/// The layer that is being fitted.
struct Layer {
  const PaddedMatrix &moments;
  llvm::ArrayRef<float> weights;
  const LevelGrid &grid;

  int64_t terms() const { return moments.terms(); }
  int64_t filters() const { return weights.size() / terms(); }
  double error(int64_t f, const FittedFilter &filter, int64_t k) const {
    return weights[f * terms() + k] - filter.scale * grid[filter.levels[k]];
  }

  std::vector<Fit> round(const RoundingFactor &factor, llvm::ArrayRef<double> scales) const;
  /// The residuals and errors of filters from `first` on whose scale and levels are set; at
  /// most as many as lanes.
  void measure(llvm::MutableArrayRef<Fit> fits, int64_t first) const;
  int64_t descend(Fit &fit, int64_t f, int sweeps) const;
  /// Scales of least error for the levels as they are.
  void refitScales(llvm::MutableArrayRef<Fit> fits, bool shared) const;

private:
  void updateError(Fit &fit, int64_t f) const;
  void roundLanes(const RoundingFactor &factor, llvm::ArrayRef<double> scales,
                  llvm::MutableArrayRef<Fit> fits, int64_t first) const;
};
} // namespace

void Layer::updateError(Fit &fit, int64_t f) const {
  double sum = 0;
  for (int64_t k = 0; k < terms(); ++k)
    sum += error(f, fit.filter, k) * fit.residual[k];
  fit.filter.error = std::max(sum, 0.0); // below zero only by rounding
}

void Layer::measure(llvm::MutableArrayRef<Fit> fits, int64_t first) const {
  auto residuals = multiplyLanes(moments, fits.size(), [&](size_t lane, int64_t k) {
    return error(first + lane, fits[lane].filter, k);
  });
  for (size_t lane = 0; lane < fits.size(); ++lane) {
    fits[lane].residual = std::move(residuals[lane]);
    updateError(fits[lane], first + lane);
  }
}

void Layer::roundLanes(const RoundingFactor &factor, llvm::ArrayRef<double> scales,
                       llvm::MutableArrayRef<Fit> fits, int64_t first) const {
  std::vector<double> sums(terms() * kLanes); // of R_jk e_j over the j so far, for each k
  for (size_t lane = 0; lane < fits.size(); ++lane) {
    fits[lane].filter.scale = scales[first + lane];
    fits[lane].filter.levels.resize(terms());
  }
  for (int64_t k = 0; k < terms(); ++k) {
    const double *row = factor.upper.row(k);
    const int64_t input = factor.order[k];
    double errors[kLanes] = {};
    for (size_t lane = 0; lane < fits.size(); ++lane) {
      FittedFilter &filter = fits[lane].filter;
      double aim = weights[(first + lane) * terms() + input] + sums[k * kLanes + lane] / row[k];
      filter.levels[input] = grid.nearest(aim / filter.scale);
      errors[lane] = error(first + lane, filter, input);
    }
    addScaled(row + k + 1, errors, sums.data() + (k + 1) * kLanes, terms() - k - 1);
  }
}

std::vector<Fit> Layer::round(const RoundingFactor &factor, llvm::ArrayRef<double> scales) const {
  std::vector<Fit> fits(filters());
  forEachGroup(filters(), [&](int64_t first, int64_t count) {
    auto lanes = llvm::MutableArrayRef<Fit>(fits).slice(first, count);
    roundLanes(factor, scales, lanes, first);
    measure(lanes, first);
  });
  return fits;
}

//===----------------------------------------------------------------------===//
// Descent
//===----------------------------------------------------------------------===//

int64_t Layer::descend(Fit &fit, int64_t f, int sweeps) const {
  FittedFilter &filter = fit.filter;
  const double least = 1e-9 * filter.error / double(terms()); // a gain worth a move
  int64_t moves = 0;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    int64_t before = moves;
    for (int64_t k = 0; k < terms(); ++k) {
      const double *row = moments.row(k);
      if (row[k] <= 0)
        continue; // a dead input
      // E is a parabola in q_k: the level nearest to its minimum is the best.
      double present = filter.scale * grid[filter.levels[k]];
      int level = grid.nearest((present + fit.residual[k] / row[k]) / filter.scale);
      double change = filter.scale * grid[level] - present;
      if (change * (change * row[k] - 2 * fit.residual[k]) >= -least)
        continue;
      filter.levels[k] = level;
      for (int64_t i = 0; i < terms(); ++i)
        fit.residual[i] -= change * row[i];
      ++moves;
    }
    if (moves == before)
      break;
  }
  if (moves > 0)
    updateError(fit, f);
  return moves;
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

void Layer::refitScales(llvm::MutableArrayRef<Fit> fits, bool shared) const {
  // With levels l, moving the scale by d makes E fall by 2 d l.M(w - q) - d^2 l.Ml.
  std::vector<std::vector<double>> products(fits.size()); // M l
  std::vector<double> slope(fits.size()), curvature(fits.size());
  forEachGroup(fits.size(), [&](int64_t first, int64_t count) {
    auto level = [&](int64_t f, int64_t k) { return grid[fits[f].filter.levels[k]]; };
    auto lanes = multiplyLanes(moments, count,
                               [&](size_t lane, int64_t k) { return level(first + lane, k); });
    for (int64_t f = first; f < first + count; ++f) {
      products[f] = std::move(lanes[f - first]);
      for (int64_t k = 0; k < terms(); ++k) {
        slope[f] += level(f, k) * fits[f].residual[k];
        curvature[f] += level(f, k) * products[f][k];
      }
    }
  });
  if (shared) {
    slope.assign(fits.size(), std::accumulate(slope.begin(), slope.end(), 0.0));
    curvature.assign(fits.size(), std::accumulate(curvature.begin(), curvature.end(), 0.0));
  }
  for (size_t f = 0; f < fits.size(); ++f) {
    if (curvature[f] <= 0)
      continue;
    // Levels that the inputs hardly see must not blow up the scale; less of the way helps too.
    double limit = 0.5 * fits[f].filter.scale;
    double change = std::clamp(slope[f] / curvature[f], -limit, limit);
    fits[f].filter.scale += change;
    for (int64_t k = 0; k < terms(); ++k)
      fits[f].residual[k] -= change * products[f][k];
    updateError(fits[f], f);
  }
}

static double totalError(llvm::ArrayRef<Fit> fits) {
  double sum = 0;
  for (const Fit &fit : fits)
    sum += fit.filter.error;
  return sum;
}

/// Filters that share a scale are better or worse only together.
static void keepBetter(std::vector<Fit> &best, std::vector<Fit> other, bool shared) {
  if (shared) {
    if (totalError(other) < totalError(best))
      best = std::move(other);
    return;
  }
  for (size_t f = 0; f < best.size(); ++f)
    if (other[f].filter.error < best[f].filter.error)
      best[f] = std::move(other[f]);
}

static std::vector<double> startScales(const Layer &layer, const LevelFitOptions &options) {
  std::vector<double> meanSquares = layer.moments.diagonal();
  if (options.shared) {
    ScaleFit fit = searchScale(layer.weights, meanSquares, layer.grid, options.powerOfTwo);
    return std::vector<double>(layer.filters(), fit.scale);
  }
  std::vector<double> scales(layer.filters());
  parallelFor(layer.filters(), 0, [&](int64_t f) {
    auto weights = layer.weights.slice(f * layer.terms(), layer.terms());
    scales[f] = searchScale(weights, meanSquares, layer.grid, options.powerOfTwo).scale;
  });
  return scales;
}

//===----------------------------------------------------------------------===//
// The steps, one by one
//===----------------------------------------------------------------------===//

FittedFilter roundToNearest(const PaddedMatrix &moments, llvm::ArrayRef<float> weights,
                            const LevelGrid &grid, double scale) {
  assert(weights.size() == size_t(moments.terms()) && scale > 0);
  Layer layer{moments, weights, grid};
  Fit fit;
  fit.filter.scale = scale;
  for (float w : weights)
    fit.filter.levels.push_back(grid.nearest(w / scale));
  layer.measure(fit, 0);
  return fit.filter;
}

static std::vector<FittedFilter> takeFilters(std::vector<Fit> fits) {
  std::vector<FittedFilter> filters;
  for (Fit &fit : fits)
    filters.push_back(std::move(fit.filter));
  return filters;
}

std::vector<FittedFilter> roundWithCompensation(const PaddedMatrix &moments,
                                                const RoundingFactor &factor,
                                                llvm::ArrayRef<float> weights,
                                                llvm::ArrayRef<double> scales,
                                                const LevelGrid &grid) {
  assert(factor.upper.terms() == moments.terms() &&
         weights.size() == scales.size() * moments.terms() && "shapes must agree");
  return takeFilters(Layer{moments, weights, grid}.round(factor, scales));
}

int64_t descend(const PaddedMatrix &moments, llvm::ArrayRef<float> weights, const LevelGrid &grid,
                FittedFilter &filter, int sweeps) {
  Layer layer{moments, weights, grid};
  Fit fit{std::move(filter), {}};
  layer.measure(fit, 0);
  int64_t moves = layer.descend(fit, 0, sweeps);
  filter = std::move(fit.filter);
  return moves;
}

std::vector<FittedFilter> fitFilters(const PaddedMatrix &moments, const RoundingFactor &factor,
                                     llvm::ArrayRef<float> weights, const LevelGrid &grid,
                                     const LevelFitOptions &options) {
  assert(weights.size() % moments.terms() == 0 && factor.upper.terms() == moments.terms() &&
         "shapes must agree");
  Layer layer{moments, weights, grid};
  std::vector<double> start = startScales(layer, options);
  std::vector<double> factors = options.factors;
  if (options.powerOfTwo)
    factors = {0.5, 1, 2};
  assert(!factors.empty() && "needs a scale to try");

  std::vector<Fit> best;
  for (double multiple : factors) {
    std::vector<double> scales = start;
    for (double &scale : scales)
      scale *= multiple;
    std::vector<Fit> fits = layer.round(factor, scales);
    if (best.empty())
      best = std::move(fits);
    else
      keepBetter(best, std::move(fits), options.shared);
  }

  auto descendAll = [&](std::vector<Fit> &fits) {
    parallelFor(fits.size(), 0, [&](int64_t f) { layer.descend(fits[f], f, options.sweeps); });
  };
  descendAll(best);
  for (int refit = 0; refit < options.refits && !options.powerOfTwo; ++refit) {
    layer.refitScales(best, options.shared);
    std::vector<double> scales;
    for (const Fit &fit : best)
      scales.push_back(fit.filter.scale);
    std::vector<Fit> fits = layer.round(factor, scales);
    descendAll(fits);
    keepBetter(best, std::move(fits), options.shared);
  }
  // Dead inputs kept what was nearest at an earlier scale.
  for (int64_t k = 0; k < layer.terms(); ++k)
    if (moments.row(k)[k] <= 0)
      for (int64_t f = 0; f < layer.filters(); ++f) {
        FittedFilter &filter = best[f].filter;
        filter.levels[k] = grid.nearest(weights[f * layer.terms() + k] / filter.scale);
      }
  return takeFilters(std::move(best));
}

double biasCorrection(llvm::ArrayRef<double> mean, llvm::ArrayRef<float> weights,
                      const LevelGrid &grid, const FittedFilter &filter) {
  double sum = 0;
  for (size_t k = 0; k < weights.size(); ++k)
    sum += mean[k] * (weights[k] - filter.scale * grid[filter.levels[k]]);
  return sum;
}

} // namespace tally
