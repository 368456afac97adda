//===- MaskBits.h - how many bits masks keep in expectation -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Train. With P[k] the probability that mask k is not 0 (see tally/Run/HardConcrete.h),
// and each mask there only where those before it are, weights have
//
//   2 + sum over k of c[k] * P[0] * .. * P[k]
//
// bits in expectation, with c[k] = 1, or what a budget of another kind counts mask k as. Built for
// the vector of the masks' logits.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TRAIN_MASKBITS_H
#define TALLY_LIB_TRAIN_MASKBITS_H

#include "Gradients/TosaBuilder.h"

#include <vector>

namespace tally {

class MaskBits {
public:
  /// Without `steps` each mask counts 1.
  MaskBits(TosaBuilder &b, mlir::Value logits, mlir::ArrayRef<double> steps = {});

  /// Of one element.
  mlir::Value expected() const;
  /// Its derivatives along the logits.
  mlir::Value slope() const;
  /// P[k] * (1 - P[k]), what a logit moves its probability by; 0.01 at least.
  mlir::Value variance() const;

private:
  double stepOf(int64_t k) const { return steps.empty() ? 1 : steps[k]; }

  TosaBuilder &b;
  int64_t count;
  std::vector<double> steps;
  mlir::Value probabilities;
  llvm::SmallVector<mlir::Value> each, products; ///< P[k], and P[0] * .. * P[k]
};

} // namespace tally

#endif // TALLY_LIB_TRAIN_MASKBITS_H
