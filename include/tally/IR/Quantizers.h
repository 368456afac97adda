//===- Quantizers.h - quantizers that a network brings ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_QUANTIZERS_H
#define TALLY_IR_QUANTIZERS_H

#include "llvm/ADT/StringRef.h"

namespace tally {

/// Marks a `quant.dcast` whose rounding is part of what the network computes, such as a shift,
/// and not an approximation that a recipe may drop.
constexpr llvm::StringLiteral kRoundsAttr = "tally.rounds";

} // namespace tally

#endif // TALLY_IR_QUANTIZERS_H
