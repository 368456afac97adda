//===- Text.h - names from files, on a screen -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_SUPPORT_TEXT_H
#define TALLY_SUPPORT_TEXT_H

#include <cstdint>
#include <string>

namespace tally {

/// `text` as a part of one line that shows what it holds: line breaks, other control characters,
/// characters that change the direction of others and what is no UTF-8 become `\n`, `\t` or
/// `\xNN`, byte by byte. Everything else stays, backslashes too.
std::string printable(const std::string &text);

/// `1,079,296`
std::string grouped(int64_t count);

} // namespace tally

#endif // TALLY_SUPPORT_TEXT_H
