//===- LevelAdmm.cpp - levels by alternating directions -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/LevelAdmm.h"

#include "tally/Support/Parallel.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tally {

namespace {

using Vector = std::vector<double>;

double dot(const Vector &a, const Vector &b) {
  double sum = 0;
  for (size_t k = 0; k < a.size(); ++k)
    sum += a[k] * b[k];
  return sum;
}

/// The lower triangular L with L L^T = M + d I, d above 0.
class Cholesky {
public:
  Cholesky(const PaddedMatrix &moments, double d) : lower(moments.terms()) {
    for (int64_t i = 0; i < lower.terms(); ++i)
      for (int64_t j = 0; j <= i; ++j) {
        double sum = moments.row(i)[j] + (i == j ? d : 0);
        for (int64_t k = 0; k < j; ++k)
          sum -= lower.row(i)[k] * lower.row(j)[k];
        // What rounding takes from a singular matrix it does not take from d.
        lower.row(i)[j] = i == j ? std::sqrt(std::max(sum, 0.5 * d)) : sum / lower.row(j)[j];
      }
  }

  /// `b` becomes x with L L^T x = b.
  void solve(Vector &b) const {
    int64_t terms = lower.terms();
    for (int64_t i = 0; i < terms; ++i) {
      for (int64_t k = 0; k < i; ++k)
        b[i] -= lower.row(i)[k] * b[k];
      b[i] /= lower.row(i)[i];
    }
    for (int64_t i = terms; i-- > 0;) {
      b[i] /= lower.row(i)[i];
      for (int64_t k = 0; k < i; ++k)
        b[k] -= lower.row(i)[k] * b[i];
    }
  }

private:
  PaddedMatrix lower;
};

Vector multiply(const PaddedMatrix &moments, const Vector &x) {
  Vector result(x.size());
  for (size_t i = 0; i < x.size(); ++i)
    for (size_t k = 0; k < x.size(); ++k)
      result[i] += moments.row(i)[k] * x[k];
  return result;
}

double nearestPowerOfTwo(double scale) {
  double below = std::exp2(std::floor(std::log2(scale)));
  return scale - below < 2 * below - scale ? below : 2 * below;
}

/// The filters of one scale.
struct Tied {
  const PaddedMatrix &moments;
  const LevelGrid &grid;
  const AdmmOptions &options;
  std::vector<Vector> weights, multiplied; ///< w, M w

  void round(ProjectedFilters &to, const std::vector<Vector> &aim) const {
    for (size_t f = 0; f < aim.size(); ++f)
      for (size_t k = 0; k < aim[f].size(); ++k)
        to.levels[f][k] = grid.nearest(aim[f][k] / to.scale);
  }
  /// Onto scaled levels, from a scale that suits them already.
  void project(ProjectedFilters &to, const std::vector<Vector> &aim) const {
    for (int step = 0; step < options.projections; ++step) {
      round(to, aim);
      double above = 0, below = 0;
      for (size_t f = 0; f < aim.size(); ++f)
        for (size_t k = 0; k < aim[f].size(); ++k) {
          double level = grid[to.levels[f][k]];
          above += aim[f][k] * level;
          below += level * level;
        }
      if (!(below > 0) || !(above > 0))
        break; // nothing but zeros says what the scale is
      double scale = options.powerOfTwo ? nearestPowerOfTwo(above / below) : above / below;
      if (scale == to.scale)
        break;
      to.scale = scale;
    }
    round(to, aim);
  }

  double error(const ProjectedFilters &fitted) const {
    double sum = 0;
    for (size_t f = 0; f < weights.size(); ++f) {
      Vector e = weights[f];
      for (size_t k = 0; k < e.size(); ++k)
        e[k] -= fitted.scale * grid[fitted.levels[f][k]];
      sum += dot(e, multiply(moments, e));
    }
    return sum;
  }

  ProjectedFilters fit(const Cholesky &factor, double rho, double start) const {
    ProjectedFilters now;
    now.scale = start;
    size_t filters = weights.size(), terms = weights[0].size();
    now.levels.assign(filters, std::vector<int>(terms));
    project(now, weights);
    now.error = error(now);
    ProjectedFilters best = now;
    std::vector<Vector> dual(filters, Vector(terms)), aim(filters);
    for (int step = 0; step < options.steps; ++step) {
      for (size_t f = 0; f < filters; ++f) {
        Vector x = multiplied[f];
        for (size_t k = 0; k < terms; ++k)
          x[k] += rho * (now.scale * grid[now.levels[f][k]] - dual[f][k]);
        factor.solve(x);
        for (size_t k = 0; k < terms; ++k)
          dual[f][k] += x[k];
        aim[f] = dual[f];
      }
      project(now, aim);
      for (size_t f = 0; f < filters; ++f)
        for (size_t k = 0; k < terms; ++k)
          dual[f][k] -= now.scale * grid[now.levels[f][k]];
      now.error = error(now);
      if (now.error < best.error)
        best = now;
    }
    return best;
  }
};

} // namespace

ProjectedFilters projectOntoLevels(llvm::ArrayRef<float> weights, const LevelGrid &grid,
                                   double start, const AdmmOptions &options) {
  PaddedMatrix identity(int64_t(weights.size()));
  for (int64_t k = 0; k < identity.terms(); ++k)
    identity.row(k)[k] = 1;
  Tied tied{identity, grid, options, {Vector(weights.begin(), weights.end())}, {}};
  ProjectedFilters result;
  result.scale = start;
  result.levels.assign(1, std::vector<int>(weights.size()));
  tied.project(result, tied.weights);
  result.error = tied.error(result);
  return result;
}

std::vector<FittedFilter> fitByAdmm(const PaddedMatrix &moments, llvm::ArrayRef<float> weights,
                                    const LevelGrid &grid, const AdmmOptions &options) {
  int64_t terms = moments.terms(), filters = int64_t(weights.size()) / terms;
  assert(filters * terms == int64_t(weights.size()) && "shapes must agree");
  Vector meanSquares = moments.diagonal();
  double mean = 0;
  for (double square : meanSquares)
    mean += square / double(terms);
  // Of inputs that are all dead every level is as good as another.
  double rho = options.rho * (mean > 0 ? mean : 1);
  Cholesky factor(moments, rho);

  int64_t each = options.shared ? filters : 1;
  std::vector<FittedFilter> result(filters);
  parallelFor(filters / each, 0, [&](int64_t index) {
    Tied tied{moments, grid, options, {}, {}};
    auto own = weights.slice(index * each * terms, each * terms);
    Vector repeated;
    for (int64_t f = 0; f < each; ++f) {
      auto filter = own.slice(f * terms, terms);
      tied.weights.emplace_back(filter.begin(), filter.end());
      tied.multiplied.push_back(multiply(moments, tied.weights.back()));
      repeated.insert(repeated.end(), meanSquares.begin(), meanSquares.end());
    }
    double start = searchScale(own, repeated, grid, options.powerOfTwo).scale;
    ProjectedFilters fitted = tied.fit(factor, rho, start);
    for (int64_t f = 0; f < each; ++f)
      result[index * each + f] = {fitted.scale, fitted.levels[f], fitted.error};
  });
  return result;
}

} // namespace tally
