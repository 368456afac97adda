//===- Accuracy.cpp - how good and how close results are ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Data/Accuracy.h"

#include <cmath>
#include <limits>

namespace tally {

void Accuracy::add(const Tensor &logits, int64_t row, int64_t label) {
  assert(logits.rank() > 0 && row >= 0 && row < logits.dim(0) && "no such row");
  int64_t classes = logits.size() / logits.dim(0);
  dispatch(logits.type(),
           [&](auto tag) { add(logits.data<decltype(tag)>() + row * classes, classes, label); });
}

void Accuracy::merge(const Accuracy &other) {
  count += other.count;
  first += other.first;
  firstFive += other.firstFive;
}

/// The larger of two; NaN if one is.
static double maxOrNaN(double a, double b) { return std::isnan(a) || a > b ? a : b; }

void Comparison::add(const float *reference, const float *x, int64_t size) {
  for (int64_t i = 0; i < size; ++i) {
    double r = reference[i], v = x[i], difference = r - v;
    signal += r * r;
    power += v * v;
    product += r * v;
    noise += difference * difference;
    absolute += std::fabs(difference);
    largest = maxOrNaN(largest, std::fabs(difference));
  }
  count += size;
}

void Comparison::add(const Tensor &reference, const Tensor &x) {
  assert(reference.size() == x.size() && "compares arrays of one size");
  if (reference.size() != 0)
    add(reference.data<float>(), x.data<float>(), x.size());
}

void Comparison::merge(const Comparison &other) {
  count += other.count;
  signal += other.signal;
  power += other.power;
  product += other.product;
  noise += other.noise;
  absolute += other.absolute;
  largest = maxOrNaN(largest, other.largest);
}

double Comparison::sqnr() const {
  if (noise == 0)
    return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal / noise);
}

double Comparison::cosine() const {
  if (signal == 0 || power == 0)
    return signal == power ? 1 : 0;
  return product / (std::sqrt(signal) * std::sqrt(power));
}

double Comparison::rmse() const { return count ? std::sqrt(noise / double(count)) : 0; }

} // namespace tally
