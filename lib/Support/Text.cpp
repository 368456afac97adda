//===- Text.cpp - text from files -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Text.h"

#include <algorithm>
#include <cstdint>

namespace tally {

/// The bytes of the character that begins at `text[at]` and its number; none where it is no UTF-8.
static int decode(const std::string &text, size_t at, uint32_t &character) {
  static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  auto byte = [&](size_t i) { return i < text.size() ? uint8_t(text[i]) : 0; };
  uint8_t first = byte(at);
  int length = first < 0x80       ? 1
               : first >> 5 == 6  ? 2
               : first >> 4 == 14 ? 3
               : first >> 3 == 30 ? 4
                                  : 0;
  if (length < 2) {
    character = first;
    return length;
  }
  character = first & (0x7F >> length);
  for (int i = 1; i < length; ++i) {
    if (byte(at + i) >> 6 != 2)
      return 0;
    character = character << 6 | (byte(at + i) & 0x3F);
  }
  bool isSurrogate = character >= 0xD800 && character <= 0xDFFF;
  return character >= kLeast[length] && character <= 0x10FFFF && !isSurrogate ? length : 0;
}

/// Whether a character stands for itself in a line.
static bool isShown(uint32_t character) {
  auto within = [&](uint32_t first, uint32_t last) {
    return character >= first && character <= last;
  };
  bool controls = within(0, 0x1F) || within(0x7F, 0x9F);
  bool breaks = within(0x2028, 0x2029);
  bool turns = within(0x200E, 0x200F) || within(0x202A, 0x202E) || within(0x2066, 0x2069);
  return !controls && !breaks && !turns;
}

std::string printable(const std::string &text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string shown;
  for (size_t at = 0; at < text.size();) {
    uint32_t character = 0;
    int length = decode(text, at, character);
    if (length && isShown(character)) {
      shown.append(text, at, length);
      at += length;
      continue;
    }
    for (size_t end = at + (length ? length : 1); at < end; ++at) {
      uint8_t byte = text[at];
      shown += '\\';
      if (byte == '\n' || byte == '\t')
        shown += byte == '\n' ? 'n' : 't';
      else
        shown += {'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return shown;
}

size_t skipQuoted(std::string_view text, size_t at) {
  if (text[at] == '/' && at + 1 < text.size() && text[at + 1] == '/')
    return std::min(text.find('\n', at), text.size());
  if (text[at] != '"')
    return at;
  for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
    at += text[at] == '\\';
  return std::min(at + 1, text.size());
}

size_t nestingDepth(std::string_view text) {
  constexpr std::string_view kOpening = "([{<", kClosing = ")]}>", kSpace = " \t\r\n";
  size_t depth = 0, signs = 0, deepest = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (size_t end = skipQuoted(text, at); end != at) {
      at = end - 1;
      continue;
    }
    char c = text[at], next = at + 1 < text.size() ? text[at + 1] : 0;
    if (kSpace.find(c) != std::string_view::npos)
      continue;
    if ((c == '-' || c == '>') && next == (c == '-' ? '>' : '=')) {
      ++at; // an arrow or a comparison
      continue;
    }
    signs = c == '-' ? signs + 1 : 0;
    if (kOpening.find(c) != std::string_view::npos)
      ++depth;
    else if (kClosing.find(c) != std::string_view::npos && depth > 0)
      --depth;
    deepest = std::max(deepest, depth + signs);
  }
  return deepest;
}

std::string grouped(int64_t count) {
  std::string text = std::to_string(count);
  for (size_t at = text.size(); at > 3; at -= 3)
    text.insert(at - 3, ",");
  return text;
}

std::string counted(int64_t count, const std::string &noun) {
  bool hisses = noun.size() > 1 && noun.compare(noun.size() - 2, 2, "ss") == 0;
  return std::to_string(count) + " " + noun + (count == 1 ? "" : hisses ? "es" : "s");
}

} // namespace tally
