//===- ParallelEntry.h - an entry that lets its caller run shares -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LOWER_STEPS_PARALLELENTRY_H
#define TALLY_LOWER_STEPS_PARALLELENTRY_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace tally {

/// On calls, from `tally-split-steps` to `tally-parallel-entry`: the most shares that their steps
/// are worth.
constexpr llvm::StringLiteral kSharesAttr = "shares";

/// What `tally-parallel-entry` calls the second entry of `entry`.
std::string getParallelEntry(llvm::StringRef entry);

} // namespace tally

#endif // TALLY_LOWER_STEPS_PARALLELENTRY_H
