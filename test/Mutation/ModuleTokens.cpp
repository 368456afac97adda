//===- ModuleTokens.cpp - the words of a module's text --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModuleTokens.h"

#include <algorithm>
#include <cctype>

namespace tally::mutation {

namespace {

bool isWordPart(char c) {
  return std::isalnum((unsigned char)c) || c == '_' || c == '.' || c == '$';
}

class Lexer {
public:
  explicit Lexer(const std::string &text) : text(text) {}
  Tokens run() {
    Tokens tokens;
    while (at < text.size()) {
      size_t begin = at;
      Token::Kind kind = next();
      tokens.push_back({kind, text.substr(begin, at - begin)});
    }
    return tokens;
  }

private:
  template <typename Accepts> void skip(Accepts accepts) {
    while (at < text.size() && accepts(text[at]))
      ++at;
  }
  bool isDigit(size_t place) const {
    return place < text.size() && std::isdigit((unsigned char)text[place]);
  }
  Token::Kind next() {
    char c = text[at++];
    if (c == '\n')
      return Token::Newline;
    if (std::isspace((unsigned char)c)) {
      skip([](char c) { return c != '\n' && std::isspace((unsigned char)c); });
      return Token::Space;
    }
    if (std::isdigit((unsigned char)c) || (c == '-' && isDigit(at)))
      return number();
    if (afterNumber && c == 'x')
      return Token::Mark;
    afterNumber = false;
    if (std::isalpha((unsigned char)c) || c == '_') {
      skip(isWordPart);
      return Token::Word;
    }
    if (c == '"')
      return string();
    if (c == '%' || c == '@' || c == '#' || c == '!' || c == '^') {
      if (at < text.size() && text[at] == '"') {
        ++at;
        string();
      } else {
        skip(isWordPart);
      }
      return c == '%' ? Token::Value : c == '@' ? Token::Symbol : Token::Sigil;
    }
    return Token::Mark;
  }
  Token::Kind number() {
    if (text[at - 1] == '0' && at < text.size() && text[at] == 'x' && at + 1 < text.size() &&
        std::isxdigit((unsigned char)text[at + 1]) && !isDigit(at + 1))
      ++at, skip([](char c) { return std::isxdigit((unsigned char)c); });
    skip([](char c) { return std::isdigit((unsigned char)c) || c == '.'; });
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E') &&
        (isDigit(at + 1) || isDigit(at + 2))) {
      at += 2;
      skip([](char c) { return std::isdigit((unsigned char)c); });
    }
    afterNumber = true;
    return Token::Number;
  }
  Token::Kind string() {
    while (at < text.size() && text[at] != '"' && text[at] != '\n')
      at += 1 + (text[at] == '\\');
    at = std::min(at + 1, text.size());
    return Token::Text;
  }

  const std::string &text;
  size_t at = 0;
  bool afterNumber = false;
};

} // namespace

Tokens splitModule(const std::string &text) { return Lexer(text).run(); }

} // namespace tally::mutation
