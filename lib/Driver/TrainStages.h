//===- TrainStages.h - a network before and after training ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Driver.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_DRIVER_TRAINSTAGES_H
#define TALLY_LIB_DRIVER_TRAINSTAGES_H

#include "tally/Driver/Train.h"

namespace tally {

/// What calibration saw is of other weights.
void forgetObserved(mlir::ModuleOp module);

/// Into the words that rules of gradients, and first values of parameters, are for.
Status raise(mlir::ModuleOp module);

/// On the first images of the job, unless it is calibrated already.
Status calibrateFirst(mlir::ModuleOp module, const TrainJob &job);

/// Types and first scales of quantizers are those of the recipe after training.
Status learnQuantizers(mlir::ModuleOp module, const TrainJob &job);

/// The network with its trained quantizers, as one that was imported with them, and calibrated.
Status freeze(mlir::ModuleOp module, const TrainJob &job);

} // namespace tally

#endif // TALLY_LIB_DRIVER_TRAINSTAGES_H
