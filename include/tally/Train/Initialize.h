//===- Initialize.h - a network that has learned nothing yet ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_INITIALIZE_H
#define TALLY_TRAIN_INITIALIZE_H

#include "mlir/IR/BuiltinOps.h"

namespace tally {

/// Gives every parameter of the float network `module` a first value, whatever it had. With K the
/// number of products or differences in a sum:
///
///   filters of products      normal, deviation sqrt(2 / K)      (He et al., 2015)
///   filters of adder layers  normal, deviation 1                (AdderNet)
///   factors of channels, and batch normalisation's              1
///   biases, offsets, running means                              0
///   running variances                                           1
///
/// Normal numbers are sums of 12 uniform ones less 6, which every machine adds alike; they depend
/// on `seed`, the parameter's place in the network and their own in it. Emits an error at what
/// reads a parameter in another way.
mlir::LogicalResult initialize(mlir::ModuleOp module, uint64_t seed);

} // namespace tally

#endif // TALLY_TRAIN_INITIALIZE_H
