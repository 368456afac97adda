//===- RandomLayer.h - layers to put onto levels, for tests -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_UNIT_QUANTIZE_MATH_RANDOMLAYER_H
#define TALLY_TEST_UNIT_QUANTIZE_MATH_RANDOMLAYER_H

#include "tally/IR/PowerOfTwo.h"
#include "tally/Quantize/Math/LevelFit.h"

#include <algorithm>
#include <random>

namespace tally {

inline LevelGrid gridOf(PowerOfTwoFormat format) {
  return LevelGrid(llvm::ArrayRef<int64_t>(PowerOfTwoLevels::get(format)->sorted()));
}

inline std::vector<LevelGrid> someGrids() {
  return {gridOf({4, true, false, true}), gridOf({4, true, false, false}),
          gridOf({4, true, true, true}), gridOf({3, true, true, true}),
          LevelGrid(std::vector<double>{-4, -3, -2, -1, 0, 1, 2, 3})};
}

/// A layer: inputs behind a ReLU that share a few causes, and weights.
struct RandomLayer {
  int64_t terms, filters;
  std::vector<float> patches, weights;
  InputMoments inputs;
  PaddedMatrix moments;
  RoundingFactor factor;

  llvm::ArrayRef<float> filter(int64_t f) const {
    return llvm::ArrayRef<float>(weights).slice(f * terms, terms);
  }
};

inline std::vector<float> makePatches(int64_t positions, int64_t terms, std::mt19937 &random) {
  std::normal_distribution<float> normal;
  const int64_t causes = terms / 4 + 1;
  std::vector<float> mix(terms * causes), patches;
  for (float &m : mix)
    m = normal(random);
  for (int64_t p = 0; p < positions; ++p) {
    std::vector<float> cause(causes);
    for (float &c : cause)
      c = normal(random);
    for (int64_t k = 0; k < terms; ++k) {
      float x = 0.3f * normal(random);
      for (int64_t c = 0; c < causes; ++c)
        x += mix[k * causes + c] * cause[c];
      patches.push_back(std::max(x, 0.0f));
    }
  }
  return patches;
}

inline RandomLayer makeLayer(int64_t terms, int64_t filters, uint32_t seed, int64_t deadEvery = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.1f);
  auto patches = makePatches(4 * terms + 40, terms, random);
  for (size_t i = 0; deadEvery && i < patches.size(); ++i)
    if (i % terms % deadEvery == 0)
      patches[i] = 0;
  std::vector<float> weights(terms * filters);
  for (float &w : weights)
    w = normal(random);
  InputMoments inputs(terms);
  inputs.add(patches);
  PaddedMatrix moments = inputs.secondMoments();
  return {terms, filters, patches, weights, inputs, moments, factorForRounding(moments)};
}

/// The mean square of what the output changes by, over the patches themselves.
inline double outputError(const RandomLayer &layer, int64_t f, const LevelGrid &grid,
                          const FittedFilter &filter) {
  double total = 0;
  int64_t positions = layer.patches.size() / layer.terms;
  for (int64_t p = 0; p < positions; ++p) {
    double change = 0;
    for (int64_t k = 0; k < layer.terms; ++k)
      change += layer.patches[p * layer.terms + k] *
                (layer.filter(f)[k] - filter.scale * grid[filter.levels[k]]);
    total += change * change;
  }
  return total / double(positions);
}

inline std::vector<double> searchScales(const RandomLayer &layer, const LevelGrid &grid) {
  std::vector<double> scales;
  for (int64_t f = 0; f < layer.filters; ++f)
    scales.push_back(searchScale(layer.filter(f), layer.moments.diagonal(), grid).scale);
  return scales;
}

inline std::vector<FittedFilter> roundAllToNearest(const RandomLayer &layer, const LevelGrid &grid,
                                                   llvm::ArrayRef<double> scales) {
  std::vector<FittedFilter> result;
  for (int64_t f = 0; f < layer.filters; ++f)
    result.push_back(roundToNearest(layer.moments, layer.filter(f), grid, scales[f]));
  return result;
}

inline double totalError(llvm::ArrayRef<FittedFilter> filters) {
  double sum = 0;
  for (const FittedFilter &filter : filters)
    sum += filter.error;
  return sum;
}

} // namespace tally

#endif // TALLY_TEST_UNIT_QUANTIZE_MATH_RANDOMLAYER_H
