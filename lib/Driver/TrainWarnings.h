//===- TrainWarnings.h - what a recipe says in vain -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_TRAINWARNINGS_H
#define TALLY_LIB_DRIVER_TRAINWARNINGS_H

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace tally {

/// Warns where a recipe has no `train` object, and of keys in it that change nothing in `network`,
/// which is ready to be trained. `train` is its text, empty where there is none.
void warnOfTraining(mlir::ModuleOp network, const std::string &recipe, const std::string &train);

} // namespace tally

#endif // TALLY_LIB_DRIVER_TRAINWARNINGS_H
