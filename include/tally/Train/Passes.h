//===- Passes.h - from a network to a training step -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_PASSES_H
#define TALLY_TRAIN_PASSES_H

#include "tally/IR/Tally.h"

#include "mlir/Pass/Pass.h"

namespace tally {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "tally/Train/Passes.h.inc"

} // namespace tally

#endif // TALLY_TRAIN_PASSES_H
