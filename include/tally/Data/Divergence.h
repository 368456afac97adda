//===- Divergence.h - how much results say something else -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_DATA_DIVERGENCE_H
#define TALLY_DATA_DIVERGENCE_H

#include "tally/Data/Tensor.h"

namespace tally {

/// The mean over images of the Kullback-Leibler divergence of classes' probabilities, in nats:
/// `sum p (log p - log q)` with p = softmax(expected) and q = softmax(actual), both F32
/// `[images, ..., classes]`, logits. Tensors of which every row of `expected` is a distribution
/// already, at least 0 and adding up to 1, are taken as probabilities; of q none is below 1e-9
/// then. In doubles and in a fixed order. Infinite where a number is not finite; 0 without images.
double getDivergence(const Tensor &expected, const Tensor &actual);

} // namespace tally

#endif // TALLY_DATA_DIVERGENCE_H
