//===- NpyHeader.cpp - the description in an npy file ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "NpyHeader.h"

#include <algorithm>

namespace tally {

/// numpy's own limit (NPY_MAXDIMS of version 2).
static constexpr size_t kMaxRank = 64;

namespace {

class Parser {
public:
  explicit Parser(std::string_view text) : rest(text) {}

  bool parse(NpyHeader &header) {
    bool descr = false, order = false, shape = false;
    if (!consume('{'))
      return false;
    while (!consume('}')) {
      std::string key;
      if (!parseString(key) || !consume(':'))
        return false;
      bool *seen = key == "descr"           ? &descr
                   : key == "fortran_order" ? &order
                   : key == "shape"         ? &shape
                                            : nullptr;
      if (!seen || *seen)
        return false;
      *seen = true;
      bool good = seen == &descr   ? parseString(header.descr)
                  : seen == &order ? parseBool(header.fortranOrder)
                                   : parseShape(header.shape);
      if (!good || (!consume(',') && peek() != '}'))
        return false;
    }
    peek(); // skips the padding
    return rest.empty() && descr && order && shape;
  }

private:
  char peek() {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
    return rest.empty() ? '\0' : rest.front();
  }
  bool consume(char c) {
    if (peek() != c || rest.empty())
      return false;
    rest.remove_prefix(1);
    return true;
  }
  bool parseString(std::string &value) {
    char quote = peek();
    if (quote != '\'' && quote != '"')
      return false;
    size_t end = rest.find(quote, 1);
    if (end == std::string_view::npos)
      return false;
    value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return true;
  }
  bool parseBool(bool &value) {
    peek();
    value = rest.substr(0, 4) == "True";
    if (!value && rest.substr(0, 5) != "False")
      return false;
    rest.remove_prefix(value ? 4 : 5);
    return true;
  }
  bool parseShape(Shape &shape) {
    if (!consume('('))
      return false;
    while (!consume(')')) {
      int64_t size = 0;
      if (shape.size() == kMaxRank || !parseInteger(size))
        return false;
      shape.push_back(size);
      if (!consume(',') && peek() != ')')
        return false;
    }
    return true;
  }
  bool parseInteger(int64_t &value) {
    char c = peek();
    if (c < '0' || c > '9')
      return false;
    for (; !rest.empty() && rest[0] >= '0' && rest[0] <= '9'; rest.remove_prefix(1))
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, rest[0] - '0', &value))
        return false;
    if (!rest.empty() && rest[0] == 'L') // Python 2
      rest.remove_prefix(1);
    return true;
  }

  std::string_view rest;
};

} // namespace

std::optional<NpyHeader> parseNpyHeader(std::string_view text) {
  NpyHeader header;
  if (!Parser(text).parse(header))
    return std::nullopt;
  return header;
}

std::string printNpyHeader(const NpyHeader &header) {
  std::string text = "{'descr': '" + header.descr +
                     "', 'fortran_order': " + (header.fortranOrder ? "True" : "False") +
                     ", 'shape': (";
  for (size_t i = 0; i < header.shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(header.shape[i]);
  return text + (header.shape.size() == 1 ? ",), }" : "), }");
}

} // namespace tally
