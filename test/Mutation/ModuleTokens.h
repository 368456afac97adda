//===- ModuleTokens.h - the words of a module's text ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_MUTATION_MODULETOKENS_H
#define TALLY_TEST_MUTATION_MODULETOKENS_H

#include <string>
#include <vector>

namespace tally::mutation {

struct Token {
  enum Kind { Space, Newline, Number, Word, Value, Symbol, Sigil, Text, Mark } kind;
  std::string text;
};
using Tokens = std::vector<Token>;

/// All of a text, whatever it is, in pieces coarser than MLIR's. The `x` of shapes stands alone.
Tokens splitModule(const std::string &text);

} // namespace tally::mutation

#endif // TALLY_TEST_MUTATION_MODULETOKENS_H
