//===- Evaluate.h - how good a network is on images -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_EVALUATE_H
#define TALLY_DRIVER_EVALUATE_H

#include "tally/Data/Npz.h" // to write the outputs
#include "tally/Driver/Images.h"
#include "tally/Measure/CompareLayers.h"
#include "tally/Measure/Evaluate.h"

#include <optional>

namespace tally {

struct EvaluateJob {
  ImageOptions images;
  Backend backend = Backend::Cpu;
  int64_t threads = 0; ///< 0: one for every processor
  /// By default what the network was quantized for.
  std::optional<MulFree> mulFree;
  std::string target;       ///< what C is for, for `Backend::C` only: as in `EmitCJob`
  std::optional<Core> core; ///< so
  bool outputs = false;     ///< whether `Evaluation::outputs` are wanted
  /// A network that comes from the same one, usually in floats, to compare results with.
  mlir::ModuleOp against = nullptr;
};

struct Evaluated {
  NetworkImages images;
  Evaluation evaluation;
};

/// Accuracy and time of a float or integer network. An interruption ends it early and is no
/// error once there are results of some images.
Result<Evaluated> evaluate(mlir::ModuleOp module, const EvaluateJob &job);

/// How many results a network has; 0 where there is none.
unsigned countResults(mlir::ModuleOp module);

/// Whether `module` can be what an integer network is compared with, layer by layer.
Status expectFloat(mlir::ModuleOp module);

/// Where `module`, which was evaluated, departs from the float network that it comes from:
/// layer by layer, on the first 100 of the images.
Result<std::vector<LayerComparison>>
compareLayers(mlir::ModuleOp floatNetwork, mlir::ModuleOp module, const Evaluated &evaluated);

} // namespace tally

#endif // TALLY_DRIVER_EVALUATE_H
