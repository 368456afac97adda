//===- Checkpoint.h - training that goes on later ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A checkpoint is the network as far as it is trained: a module like any other, which can be
// evaluated. Beside its parameters it has those of the optimizer, `NAME.moment0` and with Adam
// `NAME.moment1`, and on the module `tally.training`.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TRAIN_CHECKPOINT_H
#define TALLY_TRAIN_CHECKPOINT_H

#include "tally/Support/File.h"
#include "tally/Train/ModuleCopy.h"
#include "tally/Train/Trainer.h"

namespace tally {

/// What a run of training is; a checkpoint is for the same run only.
struct TrainRun {
  std::string recipe, data; ///< texts of them
  std::string images;       ///< how many of the data at most, and what was done to them
  std::string network;      ///< a hash of the one that training began with
  uint64_t seed = 0;
  int64_t epochs = 0;
};

/// `trainer` and the network that it stores to as one module.
ModuleCopy makeCheckpoint(mlir::ModuleOp network, const Trainer &trainer, const TrainRun &run);

/// Fails where `checkpoint` is none, or one of another run; says what differs.
Status checkResumable(mlir::ModuleOp checkpoint, const TrainRun &run);

/// Lets `trainer` go on from `checkpoint`. Fails where that is none, or one of another network or
/// run; says what differs.
Status restore(Trainer &trainer, mlir::ModuleOp network, mlir::ModuleOp checkpoint,
               const TrainRun &run);

} // namespace tally

#endif // TALLY_TRAIN_CHECKPOINT_H
