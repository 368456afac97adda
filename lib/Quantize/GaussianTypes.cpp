//===- GaussianTypes.cpp - types by the spread of values ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GaussianTypes.h"

#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Math/GaussianStep.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

QuantizedType getGaussianFilterType(RankedTensorType filter, ArrayRef<float> weights,
                                    bool depthwise, int bits) {
  int32_t axis = depthwise ? 2 : 0;
  int64_t channels = filter.getDimSize(axis), inner = 1;
  for (int64_t dim = axis + 1; dim < filter.getRank(); ++dim)
    inner *= filter.getDimSize(dim);
  std::vector<double> squares(channels), largest(channels), scales;
  for (auto [index, w] : llvm::enumerate(weights)) {
    int64_t channel = int64_t(index) / inner % channels;
    squares[channel] += double(w) * w;
    largest[channel] = std::max<double>(largest[channel], std::fabs(w));
  }
  int64_t levels = (int64_t(1) << (bits - 1)) - 1;
  double each = double(weights.size()) / double(channels);
  for (int64_t c = 0; c < channels; ++c) {
    double step =
        std::min(getGaussianStep(bits) * std::sqrt(squares[c] / each), largest[c] / double(levels));
    scales.push_back(step > 0 ? step : 1.0); // any scale serves a filter of zeros
  }
  return getPerAxisType(filter.getContext(), {-levels, levels}, scales, axis);
}

UniformQuantizedType getGaussianActivationType(MLIRContext *context, const Histogram &seen,
                                               bool nonNegative, int bits) {
  constexpr double kSmallest = 1e-6;
  const int64_t levels = (int64_t(1) << bits) - 1;
  Moments moments = getMoments(seen, nonNegative);
  double reach = getGaussianStep(bits) * moments.deviation * double(levels) / 2;
  double low = nonNegative ? 0 : std::min(std::max(moments.mean - reach, seen.min()), 0.0);
  double high = std::max(std::min(moments.mean + reach, seen.max()), 0.0);
  if (high - low <= kSmallest)
    high = low + (seen.max() <= kSmallest && seen.min() >= -kSmallest ? 1 : kSmallest);
  double scale = (high - low) / double(levels);
  int64_t zeroPoint = std::min<int64_t>(std::llround(-low / scale), levels);
  return getUniformType(context, {0, levels}, scale, zeroPoint);
}

} // namespace tally
