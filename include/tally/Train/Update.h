//===- Update.h - what gradients do to parameters ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The second function of training, compiled like the first. With g the gradient of a parameter p,
// w its decay (0 but for weights) and r the learning rate:
//
//   SGD    d = g + w p;  m' = momentum m + d;  p' = p - r m'
//   Adam   d = g + w p;  m' = beta1 m + (1 - beta1) d;  v' = beta2 v + (1 - beta2) d d
//          p' = p - r (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + epsilon)   in step t = 1,
//          ..
//
// For filters of adder layers g is replaced by eta sqrt(n) / max(||g||, 1e-12) g first: n numbers
// of length ||g||, AdderNet's local learning rate. Scales of quantizers have a rate of their own
// and stay above 1e-5 of what they were at first; those that span a filter are taken from it after
// its own step. Of attention the parameter is alpha / T (`Attention` in TrainPlan.h), so that the
// network has its meaning without T: alpha goes down its gradient, is divided by its deviation, and
// by the temperature of the next step.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_UPDATE_H
#define TALLY_TRAIN_UPDATE_H

#include "tally/Train/CompiledStep.h"
#include "tally/Train/TrainPlan.h"

namespace tally {

class Update {
public:
  /// For parameters that start as `start`, by code for `target`, which runs here.
  static mlir::FailureOr<Update> create(mlir::MLIRContext *context, const TrainPlan &plan,
                                        const std::vector<CompiledStep::Slot> &slots,
                                        const std::vector<Tensor> &start, const CpuTarget &target);

  /// One of SGD, two of Adam for each parameter, zero at first.
  std::vector<Tensor> makeMoments() const;

  /// Replaces parameters and moments by those of the next step, `step` of `steps` from 0 on.
  void run(std::vector<Tensor> &parameters, std::vector<Tensor> &moments,
           const std::vector<Tensor> &gradients, double rate, int64_t step, int64_t steps) const;

private:
  std::optional<JitNetwork> code;
  std::vector<Shape> shapes;
  bool isAdam = false;
  double beta1 = 0, beta2 = 0;
  Attention attention;
  BitCost ebops;
};

} // namespace tally

#endif // TALLY_TRAIN_UPDATE_H
