//===- Spelling.h - what a misspelt word may mean ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_SPELLING_H
#define TALLY_IR_SPELLING_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace tally {

/// "; did you mean 'eval'?" where one of `known` is spelt much like `name`, else nothing.
std::string didYouMean(llvm::StringRef name, llvm::ArrayRef<std::string> known);

} // namespace tally

#endif // TALLY_IR_SPELLING_H
