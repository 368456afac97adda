//===- Train.h - a network learns -------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_TRAIN_H
#define TALLY_DRIVER_TRAIN_H

#include "tally/Driver/Images.h"
#include "tally/Train/EpochLog.h"

#include <functional>

namespace tally {

struct TrainJob {
  ImageOptions images;    ///< to learn from
  std::string evaluation; ///< images to measure accuracy on after each epoch; may be empty
  std::string recipe;     ///< with what it says of training
  int64_t epochs = 1;
  int64_t seed = 0;
  bool fromScratch = false; ///< whether all parameters are drawn anew first
  /// What was trained at more bits, whose weights and scales it begins with.
  mlir::ModuleOp inherit = nullptr;
  int64_t threads = 0;    ///< 0: one for every processor
  std::string processor;  ///< whose code trains, by LLVM's name; empty: this one's
  std::string checkpoint; ///< a file, written after each epoch and on an interruption; may be empty
  /// What was written there, to go on from.
  mlir::ModuleOp resume = nullptr;
  std::string log;  ///< a JSON line an epoch; may be empty
  std::string plot; ///< SVG of all epochs so far; may be empty
  /// After each epoch, of how many.
  std::function<void(const EpochRecord &, int64_t epochs)> onEpoch;
};

/// Trains the float network `module` in place. Where the recipe says how layers are quantized, its
/// quantizers are learned with it: it is calibrated on the first images if it is not yet, accuracy
/// is that of the integer network, and in the end it has the quantizers that were learned, which
/// `QuantizeJob` keeps with the recipe `imported`. Without, what was seen of it before does not
/// count any more, and it is to be calibrated again. An interruption ends it behind the running
/// batch, with a checkpoint where one is wanted, and is an error.
///
/// Several processes that `mpirun` started train together. The first one evaluates and writes
/// files; of the others the result is false, and `module` is not for use.
Result<bool> train(mlir::ModuleOp module, const TrainJob &job);

/// Whether this process is the only one, or the first of those that train together.
bool leadsTraining();

} // namespace tally

#endif // TALLY_DRIVER_TRAIN_H
