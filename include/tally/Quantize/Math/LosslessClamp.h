//===- LosslessClamp.h - an exact rewrite of adder layers -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_QUANTIZE_MATH_LOSSLESSCLAMP_H
#define TALLY_QUANTIZE_MATH_LOSSLESSCLAMP_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace tally {

/// Clamps `weights`, `[filters, terms]`, to `[low, high]` and returns the constant that
/// each filter's `-sum |x - w|` loses by it (0 or less), for any x in [low, high]:
///
///   |x - w| = |x - clip(w, low, high)| + |w - clip(w, low, high)|
///
/// because w lies beyond the end that clip(w) is at, and x on the other side.
/// Exact in real arithmetic (Nie et al. 2022 for [-s, s]; [0, s] after ReLU is stronger).
std::vector<double> clampWeights(llvm::MutableArrayRef<float> weights, int64_t filters, double low,
                                 double high);

} // namespace tally

#endif // TALLY_QUANTIZE_MATH_LOSSLESSCLAMP_H
