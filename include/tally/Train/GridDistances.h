//===- GridDistances.h - how far weights are from their levels --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_GRIDDISTANCES_H
#define TALLY_TRAIN_GRIDDISTANCES_H

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <utility>
#include <vector>

namespace tally {

/// For each learned quantizer of constant weights in `network`, under their name: the mean distance
/// of a weight to the level that it rounds to, in scales. Evenly spread weights are a quarter from
/// equal steps; weights that gather on the levels are nearer.
std::vector<std::pair<std::string, double>> measureGridDistances(mlir::ModuleOp network);

} // namespace tally

#endif // TALLY_TRAIN_GRIDDISTANCES_H
