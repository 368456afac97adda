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
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include <optional>

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

/// Whether what begins behind a bracket is a list of strings, which the parser of `linalg.generic`
/// takes for granted. Among the properties of an operation in the generic form, which its parser
/// does not read, stand linalg's words in their place.
static bool hasIterators(StringRef text, bool isProperty) {
  do {
    text = skipSpace(text);
    if (text.starts_with("\""))
      text = text.drop_front(skipQuoted({text.data(), text.size()}, 0));
    else if (isProperty && text.consume_front("#linalg.iterator_type<"))
      text = text.split('>').second;
    else
      return text.starts_with("]");
    text = skipSpace(text);
  } while (text.consume_front(","));
  return true;
}

/// Whether bytes of a resource, in hexadecimal, begin with an alignment for which memory can be
/// had.
static bool hasAlignment(StringRef text) {
  uint32_t bytes;
  if (!text.consume_front("\"0x") || text.take_front(8).getAsInteger(16, bytes))
    return true; // the parser says what is wrong
  uint32_t alignment = llvm::byteswap(bytes);
  return llvm::isPowerOf2_32(alignment) && alignment <= 4096;
}

/// Whether the string or comment `quoted` is whole. Of a string that is not the parser says so, but
/// goes on with what came before it.
static bool isWhole(StringRef quoted) {
  if (!quoted.starts_with("\""))
    return true;
  StringRef body = quoted.drop_front();
  return body.consume_back("\"") && (body.size() - body.rtrim('\\').size()) % 2 == 0;
}

/// Whether an operation has `values` between its name, behind which `text` begins, and the arrow of
/// its type.
static bool hasValues(StringRef text) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (size_t end = skipQuoted({text.data(), text.size()}, at); end != at) {
      at = end - 1;
      continue;
    }
    StringRef rest = text.drop_front(at);
    if (rest.starts_with("values"))
      return true;
    if (rest.starts_with("->"))
      return false;
  }
  return true; // the parser says what is wrong
}

/// The first thing that the parser takes for granted and that is not so, and what it must have.
static std::optional<std::pair<size_t, StringRef>> findUnreadable(StringRef text) {
  bool isProperty = false, isMetadata = false, isOfTosa = text.contains("tosa.");
  for (size_t at = 0; at < text.size(); ++at) {
    StringRef rest = text.drop_front(at);
    if (isMetadata && !hasAlignment(rest))
      return std::pair(at, StringRef("an alignment of 1 to 4096 bytes, a power of two,"));
    if (size_t end = skipQuoted({text.data(), text.size()}, at); end != at) {
      if (!isWhole(text.slice(at, end)))
        return std::pair(at, StringRef("the end of a string"));
      // Verifiers of operations that come before it read it unverified.
      if (StringRef name = text.slice(at, end);
          (name == "\"tosa.const\"" || name == "\"tosa.const_shape\"") &&
          !hasValues(text.drop_front(end)))
        return std::pair(at, StringRef("'values'"));
      at = end - 1;
      continue;
    }
    isMetadata |= rest.starts_with("{-#");
    isProperty = (isProperty && !rest.starts_with("}>")) || rest.starts_with("<{");
    for (StringRef word : {"array", "uniform", "any"}) {
      StringRef type = rest;
      if (type.consume_front(word) && (type = skipSpace(type)).consume_front("<") &&
          !hasWidth(skipSpace(type)))
        return std::pair(at, StringRef("elements that are integers or floats"));
    }
    if (StringRef name = rest;
        name.consume_front("tosa.const_shape ") && isOfTosa && !hasValues(name))
      return std::pair(at, StringRef("'values'"));
    // TOSA's verifier asks every quantized type for its storage, which this one has not.
    if (StringRef type = rest;
        isOfTosa && type.consume_front("calibrated") && skipSpace(type).starts_with("<"))
      return std::pair(at, StringRef("a quantized type that has a storage type"));
    if (rest.consume_front("iterator_types") && (rest = skipSpace(rest)).consume_front("=") &&
        (rest = skipSpace(rest)).consume_front("[") && !hasIterators(rest, isProperty))
      return std::pair(at, StringRef("iterator types that are strings"));
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
  if (auto found = findUnreadable(text)) {
    auto [at, what] = *found;
    StringRef where = text.substr(at, 40).take_until([](char c) { return c == '\n'; });
    return Error{("requires " + what + " in '" + where + "'").str()};
  }
  return Done();
}

} // namespace tally
