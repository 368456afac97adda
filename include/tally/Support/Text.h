//===- Text.h - text from files ---------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_SUPPORT_TEXT_H
#define TALLY_SUPPORT_TEXT_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tally {

/// `text` as a part of one line that shows what it holds: line breaks, other control characters,
/// characters that change the direction of others and what is no UTF-8 become `\n`, `\t` or
/// `\xNN`, byte by byte. Everything else stays, backslashes too.
std::string printable(const std::string &text);

/// The place behind a string or comment of a module's text that begins at `text[at]`; `at` where
/// none does.
size_t skipQuoted(std::string_view text, size_t at);

/// How deep brackets of any kind stand in brackets in a module's text, and signs before signs:
/// what a recursive parser has on its stack. Strings and comments do not count.
size_t nestingDepth(std::string_view text);

/// `1,079,296`
std::string grouped(int64_t count);

/// `1 image`, `2 images`: `noun` in the singular, whose plural has an `s` or, behind `ss`, `es`.
std::string counted(int64_t count, const std::string &noun);

} // namespace tally

#endif // TALLY_SUPPORT_TEXT_H
