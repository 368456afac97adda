//===- ReportText.cpp - numbers and names in a report ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ReportText.h"

#include <cstdarg>
#include <cstdio>

namespace tally {

void print(std::string &to, const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  to += line;
}

std::string shortName(const std::string &fullName, int columns) {
  std::string name = printable(fullName);
  if (int(name.size()) <= columns)
    return name;
  size_t from = name.size() - size_t(columns - 2);
  while (from < name.size() && (name[from] & 0xC0) == 0x80) // within a character of UTF-8
    ++from;
  return ".." + name.substr(from);
}

} // namespace tally
