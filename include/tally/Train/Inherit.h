//===- Inherit.h - training that begins with a trained network --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_INHERIT_H
#define TALLY_TRAIN_INHERIT_H

#include "mlir/IR/BuiltinOps.h"

namespace tally {

/// Gives `network`, whose quantizers are to be learned, the parameters of `trained`, the same
/// network as training left it: weights as their codes say, and scales that are doubled for each
/// bit that a quantizer has less than it had (bit inheritance; OQA: Shen et al., 2021). Levels are
/// equal steps. Emits an error that names the first thing in which the two differ.
mlir::LogicalResult inheritParameters(mlir::ModuleOp network, mlir::ModuleOp trained);

} // namespace tally

#endif // TALLY_TRAIN_INHERIT_H
