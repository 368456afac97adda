//===- PassNames.h - passes that a user meant -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_PASSNAMES_H
#define TALLY_LIB_DRIVER_PASSNAMES_H

#include "tally/Support/Result.h"

#include "mlir/Support/LLVM.h"
#include <string>

namespace tally {

/// "WHAT 'given'; near are ...": those of `known` that are spelt most alike or hold the word,
/// or all if there are none.
Error unknownPass(llvm::StringRef what, llvm::StringRef given, llvm::ArrayRef<std::string> known);

} // namespace tally

#endif // TALLY_LIB_DRIVER_PASSNAMES_H
