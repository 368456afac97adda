//===- CNames.cpp - any name in C -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Emit/CNames.h"

#include "llvm/ADT/StringExtras.h"

namespace tally {

std::string toCIdentifier(llvm::StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  return result.empty() || llvm::isDigit(result[0]) ? "_" + result : result;
}

std::string toCString(llvm::StringRef name) {
  std::string result = "\"";
  for (unsigned char c : name) {
    // Two question marks may begin another character.
    if (llvm::isPrint(c) && c != '"' && c != '\\' && c != '?') {
      result += char(c);
      continue;
    }
    result += '\\';
    for (int shift : {6, 3, 0})
      result += char('0' + ((c >> shift) & 7));
  }
  return result + "\"";
}

std::string toCComment(llvm::StringRef name) {
  std::string result;
  for (char c : toCString(name))
    result += c == '*' ? std::string("\\052") : std::string(1, c);
  return result;
}

} // namespace tally
