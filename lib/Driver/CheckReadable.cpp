//===- CheckReadable.cpp - text that MLIR's parser can read ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parser of LLVM 22 takes some texts for granted that a file need not hold.
//
//===----------------------------------------------------------------------===//

#include "tally/Driver/Inspect.h"
#include "tally/Support/Text.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

using namespace mlir;

namespace tally {

/// What follows behind white space and comments.
static StringRef skipSpace(StringRef text) {
  while (true) {
    text = text.ltrim();
    if (!text.starts_with("//"))
      return text;
    text = text.drop_until([](char c) { return c == '\n'; });
  }
}

/// `i8`, `ui8`, `f32`, `bf16` and so on: the parser asks these words for their width, and would
/// ask any other type. Numbers are sizes, of arrays of LLVM's.
static bool hasWidth(StringRef text) {
  StringRef letters = text.take_while([](char c) { return llvm::isAlpha(c); });
  text = text.drop_front(letters.size());
  return (letters.empty() ||
          llvm::is_contained({"i", "si", "ui", "u", "s", "f", "bf", "tf"}, letters)) &&
         !text.empty() && llvm::isDigit(text.front());
}

/// The first `array<TYPE` or `quant.uniform<TYPE` of a type without a width.
static std::optional<StringRef> findWithoutWidth(StringRef text) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (size_t end = skipQuoted({text.data(), text.size()}, at); end != at) {
      at = end - 1;
      continue;
    }
    for (StringRef word : {"array", "uniform", "any"}) {
      StringRef rest = text.drop_front(at);
      if (rest.consume_front(word) && (rest = skipSpace(rest)).consume_front("<") &&
          !hasWidth(skipSpace(rest)))
        return text.substr(at, 40).take_until([](char c) { return c == '\n'; });
    }
  }
  return std::nullopt;
}

Status checkReadable(StringRef text) {
  // Eight megabytes are enough for 3,000 of the costliest kind.
  constexpr size_t kMaxNesting = 500;
  size_t depth = nestingDepth({text.data(), text.size()});
  if (depth > kMaxNesting)
    return Error{"nests " + std::to_string(depth) + " brackets, but at most " +
                 std::to_string(kMaxNesting) + " can be read"};
  if (auto found = findWithoutWidth(text))
    return Error{("requires elements that are integers or floats in '" + *found + "'").str()};
  return Done();
}

} // namespace tally
