//===- GaussianStep.h - the best step for a bell curve ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_QUANTIZE_MATH_GAUSSIANSTEP_H
#define TALLY_QUANTIZE_MATH_GAUSSIANSTEP_H

#include "tally/Quantize/Math/Histogram.h"

namespace tally {

/// The step of 2^bits equally spaced levels around the mean of normally distributed numbers, in
/// their deviations, by which their mean squared error is least; `bits` is 1 to 8. (Max, Quantizing
/// for minimum distortion, 1960; the table of DAQ: Hong et al., 2022.)
double getGaussianStep(int bits);

struct Moments {
  double mean = 0, deviation = 0;
};

/// Of what was seen; with `positive` of that above 1/512 of the largest, so that zeros, which a
/// ReLU makes, do not count. Both 0 where there is nothing.
Moments getMoments(const Histogram &seen, bool positive);

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_GAUSSIANSTEP_H
