//===- Text.cpp - names from files, on a screen ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Text.h"

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

std::string grouped(int64_t count) {
  std::string text = std::to_string(count);
  for (size_t at = text.size(); at > 3; at -= 3)
    text.insert(at - 3, ",");
  return text;
}

} // namespace tally
