//===- Interval.h - ranges that hold for every input ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_QUANTIZE_INTERVAL_H
#define TALLY_LIB_QUANTIZE_INTERVAL_H

#include "Network.h"

namespace tally {

/// An interval that contains every element of float `value`, whatever the input
/// of the network: derived from clamps, quantizers and the operations between.
/// Ends are infinite where nothing bounds them.
RealInterval deriveInterval(mlir::Value value);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_INTERVAL_H
