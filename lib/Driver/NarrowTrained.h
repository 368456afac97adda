//===- NarrowTrained.h - a trained network with fewer bits ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Driver.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_DRIVER_NARROWTRAINED_H
#define TALLY_LIB_DRIVER_NARROWTRAINED_H

#include "tally/Driver/Quantize.h"

namespace tally {

/// Gives trained codes the bits of `job`. Fails where there are none of the widest bits.
Status narrowTrained(mlir::ModuleOp module, const QuantizeJob &job);

} // namespace tally

#endif // TALLY_LIB_DRIVER_NARROWTRAINED_H
