//===- Histogram.cpp - bounded memory of what was seen --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Quantize/Math/Histogram.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace tally {

static int64_t floorHalf(int64_t value) { return value >> 1; }

Histogram::Histogram(SketchAttr sketch)
    : total(sketch.getCount()), lowest(sketch.getMin().getValueAsDouble()),
      highest(sketch.getMax().getValueAsDouble()), exponent(sketch.getExponent()),
      first(sketch.getFirst()), bins(sketch.getBins().begin(), sketch.getBins().end()) {}

/// Doubles the bin width.
void Histogram::coarsen() {
  std::vector<int64_t> merged;
  int64_t mergedFirst = floorHalf(first);
  for (size_t i = 0; i < bins.size(); ++i) {
    size_t target = floorHalf(first + int64_t(i)) - mergedFirst;
    if (merged.size() <= target)
      merged.resize(target + 1);
    merged[target] += bins[i];
  }
  bins = std::move(merged);
  first = mergedFirst;
  ++exponent;
}

/// Makes bins `firstBin..lastBin` (indices at the present width) exist; coarsens
/// until they fit.
void Histogram::coverBins(int64_t firstBin, int64_t lastBin) {
  auto span = [&] {
    int64_t low = bins.empty() ? firstBin : std::min(first, firstBin);
    int64_t high = bins.empty() ? lastBin : std::max<int64_t>(first + bins.size() - 1, lastBin);
    return std::make_pair(low, high);
  };
  auto [low, high] = span();
  while (high - low >= kMaxBins) {
    coarsen();
    firstBin = floorHalf(firstBin);
    lastBin = floorHalf(lastBin);
    std::tie(low, high) = span();
  }
  if (bins.empty())
    first = low;
  bins.insert(bins.begin(), first - low, 0);
  first = low;
  bins.resize(high - low + 1);
}

void Histogram::add(ArrayRef<float> values) {
  float low = INFINITY, high = -INFINITY;
  for (float value : values)
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  if (low > high)
    return;
  lowest = total ? std::min<double>(lowest, low) : low;
  highest = total ? std::max<double>(highest, high) : high;

  // Indices at the finest width would overflow for huge values, so coarsen to a
  // width at which this batch fits before computing any.
  double largest = std::max(std::fabs(double(low)), std::fabs(double(high)));
  while (largest * std::ldexp(1.0, -exponent) >= double(int64_t(1) << 52))
    coarsen();
  double scale = std::ldexp(1.0, -exponent);
  coverBins(std::floor(low * scale), std::floor(high * scale));
  scale = std::ldexp(1.0, -exponent);
  for (float value : values)
    if (std::isfinite(value)) {
      ++bins[int64_t(std::floor(value * scale)) - first];
      ++total;
    }
}

void Histogram::merge(const Histogram &other) {
  if (!other.total)
    return;
  lowest = total ? std::min(lowest, other.lowest) : other.lowest;
  highest = total ? std::max(highest, other.highest) : other.highest;
  Histogram theirs = other;
  while (exponent < theirs.exponent)
    coarsen();
  while (theirs.exponent < exponent)
    theirs.coarsen();
  int before = exponent;
  coverBins(theirs.first, theirs.first + int64_t(theirs.bins.size()) - 1);
  for (; before < exponent; ++before)
    theirs.coarsen();
  for (size_t i = 0; i < theirs.bins.size(); ++i)
    bins[theirs.first - first + int64_t(i)] += theirs.bins[i];
  total += theirs.total;
}

void Histogram::repeat(int64_t times) {
  total *= times;
  for (int64_t &bin : bins)
    bin *= times;
}

double Histogram::quantile(double q) const {
  if (!total)
    return 0;
  double wanted = q * double(total), below = 0;
  for (size_t i = 0; i < bins.size(); ++i) {
    if (below + double(bins[i]) >= wanted && bins[i] > 0) {
      double fraction = (wanted - below) / double(bins[i]);
      double value = std::ldexp(double(first + int64_t(i)) + fraction, exponent);
      return std::min(std::max(value, lowest), highest);
    }
    below += double(bins[i]);
  }
  return highest;
}

double Histogram::mean(llvm::function_ref<double(double)> value) const {
  double sum = 0;
  for (size_t i = 0; i < bins.size(); ++i)
    if (bins[i] > 0)
      sum += double(bins[i]) * value(std::ldexp(double(first + int64_t(i)) + 0.5, exponent));
  return total ? sum / double(total) : 0;
}

double Histogram::clampLoss(double low, double high) const {
  double energy = 0, lost = 0;
  for (size_t i = 0; i < bins.size(); ++i) {
    int64_t bin = first + int64_t(i);
    double x = std::ldexp(double(bin < 0 ? bin + 1 : bin), exponent);
    double beyond = x - std::clamp(x, low, high);
    energy += double(bins[i]) * x * x;
    lost += double(bins[i]) * beyond * beyond;
  }
  return energy > 0 ? lost / energy : 0;
}

SketchAttr Histogram::toAttribute(MLIRContext *context) const {
  Type f64 = Float64Type::get(context);
  return SketchAttr::get(context, total, FloatAttr::get(f64, lowest), FloatAttr::get(f64, highest),
                         exponent, first, bins);
}

} // namespace tally
