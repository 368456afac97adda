//===- ProfileLayers.h - layers beside the limits of this machine -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Measure.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_MEASURE_PROFILELAYERS_H
#define TALLY_LIB_MEASURE_PROFILELAYERS_H

#include "tally/Measure/Benchmark.h"

namespace tally {

/// Adds up the times of the steps in `result` for each layer of `module` and, from what it says of
/// them, measures the limits that they have; `result.profile` is what comes out.
mlir::LogicalResult profileLayers(mlir::ModuleOp module, MulFree level, const CpuTarget &target,
                                  Benchmark &result);

} // namespace tally

#endif // TALLY_LIB_MEASURE_PROFILELAYERS_H
