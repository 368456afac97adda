//===- Spelling.h - words that users write ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Free of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_SUPPORT_SPELLING_H
#define TALLY_SUPPORT_SPELLING_H

#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// "'a', 'b'", those that are known, for a message.
std::string listQuoted(const std::vector<std::string> &words);

/// "; did you mean 'eval'?" where one of `known` is spelt much like `name`, else nothing.
std::string didYouMean(std::string_view name, const std::vector<std::string> &known);

} // namespace tally

#endif // TALLY_SUPPORT_SPELLING_H
