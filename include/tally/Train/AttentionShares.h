//===- AttentionShares.h - how much each quantizer counts -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TRAIN_ATTENTIONSHARES_H
#define TALLY_TRAIN_ATTENTIONSHARES_H

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <utility>
#include <vector>

namespace tally {

/// The share of each quantizer that `tally.mixture` operations of `network` mix, by the name of its
/// scale.
std::vector<std::pair<std::string, double>> measureAttention(mlir::ModuleOp network);

} // namespace tally

#endif // TALLY_TRAIN_ATTENTIONSHARES_H
