//===- FilterScales.h - scales that follow from weights ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What BWN, TWN and SAWB take for the scale of weights, as functions of the weights alone:
//
//   binary   s = E|w|; the level is the sign, that of 0 is 1
//            (Rastegari et al., XNOR-Net, ECCV 2016)
//   ternary  d = 0.7 E|w|, s = E(|w| of those above d); the level is the sign of those, else 0
//            (Li, Zhang, Liu: Ternary Weight Networks, 2016)
//   clip     s = max(c1 sqrt(E w^2) - c2 E|w|, E|w|) / m for levels -m .. m
//            (SAWB: Choi et al., Accurate and Efficient 2-bit Quantized Neural Networks, SysML
//            2019)
//
// Sums are taken in double precision in the order of the weights: squares and magnitudes of floats
// are exact there, so that code with and without fused multiply-adds agrees. Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_RUN_FILTERSCALES_H
#define TALLY_RUN_FILTERSCALES_H

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace tally::reference {

enum class WeightScale { Binary, Ternary, Clip };

/// Of what is no weight at all, scales are above 0.
constexpr double kLeastWeightScale = 1e-30;

/// A share of the mean magnitude, below which ternary weights are 0.
constexpr double kTernaryThreshold = 0.7;

/// c1 and c2. SAWB fits the best clip, as a multiple of E|w|, by a line over six densities: normal,
/// uniform, Laplace, logistic, triangular and von Mises. These are the lines for levels -m .. m;
/// the published ones are for one level more.
struct ClipCoefficients {
  double squares, magnitudes;
};

/// For m = 2^b - 1 from 1 to 127.
inline ClipCoefficients clipCoefficients(int64_t most) {
  constexpr ClipCoefficients kLines[] = {
      {2.532, 1.611},   {6.942, 6.304},   {11.822, 11.858}, {16.927, 17.809},
      {22.181, 24.003}, {27.556, 30.377}, {33.024, 36.882},
  };
  size_t line = 0;
  while ((int64_t(2) << line) - 1 < most)
    ++line;
  assert(line < std::size(kLines) && most == (int64_t(2) << line) - 1 && "2 to 8 bits");
  return kLines[line];
}

/// Of weights that share a scale.
struct WeightSums {
  double magnitudes = 0, squares = 0;
  int64_t count = 0;

  void add(double weight) {
    magnitudes += std::fabs(weight);
    squares += weight * weight;
    ++count;
  }
  double mean() const { return magnitudes / double(std::max<int64_t>(count, 1)); }
  double rootMeanSquare() const { return std::sqrt(squares / double(std::max<int64_t>(count, 1))); }
};

template <typename T> struct FilterScales {
  std::vector<T> scales;
  std::vector<double> thresholds; ///< of ternary ones
};

/// The scales of `count` weights, of which weight i has scale `i / stride % places`; the outermost
/// level of `Clip` is `most`.
template <typename T>
FilterScales<T> measureFilter(WeightScale rule, const T *weights, int64_t count, int64_t stride,
                              int64_t places, int64_t most) {
  std::vector<WeightSums> sums(places), kept(places);
  for (int64_t i = 0; i < count; ++i)
    sums[i / stride % places].add(double(weights[i]));
  FilterScales<T> result;
  if (rule == WeightScale::Ternary) {
    for (const WeightSums &sum : sums)
      result.thresholds.push_back(kTernaryThreshold * sum.mean());
    for (int64_t i = 0; i < count; ++i)
      if (int64_t place = i / stride % places;
          std::fabs(double(weights[i])) > result.thresholds[place])
        kept[place].add(double(weights[i]));
  }
  for (int64_t place = 0; place < places; ++place) {
    const WeightSums &sum = rule == WeightScale::Ternary ? kept[place] : sums[place];
    double scale = sum.mean();
    if (rule == WeightScale::Clip) {
      auto [squares, magnitudes] = clipCoefficients(most);
      double clip = squares * sum.rootMeanSquare() - magnitudes * sum.mean();
      scale = std::max(clip, sum.mean()) / double(most);
    }
    result.scales.push_back(T(std::max(scale, kLeastWeightScale)));
  }
  return result;
}

/// The level of one weight, as a number; not-a-number stays.
template <typename T>
T weightLevel(WeightScale rule, T weight, T scale, double threshold, int64_t most) {
  if (std::isnan(weight))
    return weight;
  switch (rule) {
  case WeightScale::Binary:
    return weight >= 0 ? T(1) : T(-1);
  case WeightScale::Ternary:
    return std::fabs(double(weight)) > threshold ? std::copysign(T(1), weight) : T(0);
  case WeightScale::Clip: {
    T steps = weight / scale, high = T(most);
    T raised = steps > -high ? steps : -high;
    return std::nearbyint(raised < high ? raised : high);
  }
  }
  return weight;
}

} // namespace tally::reference

#endif // TALLY_RUN_FILTERSCALES_H
