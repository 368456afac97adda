//===- Bisect.h - the first layer where backends differ ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_BISECT_H
#define TALLY_DRIVER_BISECT_H

#include "tally/Driver/Images.h"
#include "tally/Measure/Bisect.h"

#include <optional>

namespace tally {

struct BisectJob {
  ImageOptions images; ///< `limit` 0: 10 images
  /// By default the reference where there is another network, else all that this machine can run.
  std::optional<std::vector<Backend>> backends;
  int64_t threads = 0; ///< 0: one for every processor
  /// By default what the network was quantized for.
  std::optional<MulFree> mulFree;
  /// A network of the same structure, whose reference is the measure.
  mlir::ModuleOp against = nullptr;
};

/// Finds the first layer of an integer network where a backend stores other codes than the
/// reference. A difference is no error, but in the result.
Result<Bisection> bisect(mlir::ModuleOp module, const BisectJob &job);

} // namespace tally

#endif // TALLY_DRIVER_BISECT_H
