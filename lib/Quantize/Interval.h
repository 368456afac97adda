//===- Interval.h - ranges that hold for every input ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_QUANTIZE_INTERVAL_H
#define TALLY_LIB_QUANTIZE_INTERVAL_H

#include "Network.h"
#include "OnDemand.h"

namespace tally {

/// Intervals that contain every element of a float value, whatever the input of the network:
/// derived from clamps, quantizers and the operations between. Ends are infinite where nothing
/// bounds them. What was derived of a value stays, so a network may change behind the values
/// asked for, but not before.
class IntervalDerivation {
public:
  RealInterval of(mlir::Value value);

private:
  RealInterval compute(mlir::Value value);

  OnDemand<mlir::Value, RealInterval> known;
};

/// The interval of one value.
inline RealInterval deriveInterval(mlir::Value value) { return IntervalDerivation().of(value); }

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_INTERVAL_H
