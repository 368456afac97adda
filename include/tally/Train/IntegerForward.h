//===- IntegerForward.h - the forward pass in integers ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_INTEGERFORWARD_H
#define TALLY_TRAIN_INTEGERFORWARD_H

#include "tally/Data/Tensor.h"
#include "tally/Train/ModuleCopy.h"

#include <vector>

namespace tally {

/// Whether quantizers of `network` are still learned.
bool hasLearnedQuantizers(mlir::ModuleOp network);

/// Whether fractional bits of weights are learned in it (HGQ).
bool learnsFractions(mlir::ModuleOp network);

/// The integer network that `network`, a float one with learned quantizers, is at this moment: its
/// constants come from the same passes as those of the network that is deployed. Beside its
/// results it returns all codes of activations, see `tally-return-values`.
mlir::FailureOr<ModuleCopy> makeIntegerForward(mlir::ModuleOp network);

/// The numbers that these codes stand for, on `inputs`, F32: the values that `tally-take-values`
/// takes. By the scalar reference, on one thread; calls from several threads at once are safe.
mlir::FailureOr<std::vector<Tensor>> runIntegerForward(mlir::ModuleOp integers,
                                                       const std::vector<Tensor> &inputs);

} // namespace tally

#endif // TALLY_TRAIN_INTEGERFORWARD_H
