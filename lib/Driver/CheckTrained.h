//===- CheckTrained.h - is it what was trained? -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_CHECKTRAINED_H
#define TALLY_LIB_DRIVER_CHECKTRAINED_H

#include "tally/Run/NetworkImages.h"
#include "tally/Support/File.h"
#include "tally/Train/TrainPlan.h"

namespace tally {

/// Whether what `quantize --recipe imported` makes of the network `trained` is the integer network
/// `seen` that training saw: all codes of all layers on some of `images`, all results on more.
Status checkTrained(mlir::ModuleOp trained, mlir::ModuleOp seen, const NetworkImages &images,
                    int threads);

/// Whether the integer network `seen` keeps within `budget`, where there is one. Says what it
/// takes.
Status checkBudget(mlir::ModuleOp seen, const CostBudget &budget);

} // namespace tally

#endif // TALLY_LIB_DRIVER_CHECKTRAINED_H
