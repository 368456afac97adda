//===- HlsNumber.cpp - expressions whose range is known -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsNumber.h"

#include "tally/IR/SignedDigits.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace tally::hls {

static constexpr int64_t kLimit = int64_t(1) << 61;

unsigned bitsOf(CodeRange range) {
  auto count = [](int64_t last) { return last < 1 ? 0u : llvm::Log2_64(uint64_t(last)) + 1; };
  if (range.min >= 0)
    return std::max(1u, count(range.max));
  return std::max(count(range.max), count(-(range.min + 1))) + 1;
}

std::string typeOf(CodeRange range) {
  return (range.min < 0 ? "tally_i" : "tally_u") + std::to_string(bitsOf(range));
}

bool hasType(CodeRange range) { return range.min >= -kLimit && range.max <= kLimit; }

CodeRange unite(CodeRange a, CodeRange b) {
  return {std::min(a.min, b.min), std::max(a.max, b.max)};
}

std::string literal(int64_t value) {
  std::string digits = std::to_string(value);
  return llvm::isInt<32>(value) && value != INT32_MIN ? digits : "INT64_C(" + digits + ")";
}

static std::string cast(CodeRange range, const std::string &text) {
  return "(" + typeOf(range) + ")" + text;
}

/// `text` as one operand: names, elements and numbers are.
static std::string enclose(const std::string &text) {
  return text.find(' ') == std::string::npos && text.front() != '(' ? text : "(" + text + ")";
}

static bool isLiteral(const Number &number) {
  llvm::StringRef text = number.text;
  return !text.ltrim("(-").empty() && llvm::isDigit(text.ltrim("(-").front());
}

Number constant(int64_t value, CodeRange range) {
  std::string digits = literal(value);
  return {cast(range, value < 0 ? "(" + digits + ")" : digits), range};
}

Number convert(const Number &number, CodeRange range) {
  if (typeOf(number.range) == typeOf(range))
    return {number.text, range};
  return {cast(range, enclose(number.text)), range};
}

/// `number` as an operand of an expression whose operands and result are within `all`. C computes
/// it in 32 bits with a sign, unless an operand is wider or has 32 bits and no sign.
static std::string operand(const Number &number, CodeRange all) {
  if (isLiteral(number))
    return number.text;
  CodeRange with = {std::min<int64_t>(all.min, -1), all.max};
  if (!llvm::isInt<32>(all.min) || !llvm::isInt<32>(all.max))
    return cast(with, enclose(number.text));
  if (number.range.min >= 0 && bitsOf(number.range) > 16)
    return cast({-1, number.range.max}, enclose(number.text));
  return number.text;
}

Number compute(const Number &a, const char *op, const Number &b, CodeRange range) {
  CodeRange all = unite(range, unite(a.range, b.range));
  return {cast(range, "(" + operand(a, all) + op + operand(b, all) + ")"), range};
}

Number add(const Number &a, const Number &b) {
  return compute(a, " + ", b, {a.range.min + b.range.min, a.range.max + b.range.max});
}

Number subtract(const Number &a, const Number &b) {
  return compute(a, " - ", b, {a.range.min - b.range.max, a.range.max - b.range.min});
}

Number multiply(const Number &a, const Number &b) {
  auto corners = {a.range.min * b.range.min, a.range.min * b.range.max, a.range.max * b.range.min,
                  a.range.max * b.range.max};
  return compute(a, " * ", b, {std::min(corners), std::max(corners)});
}

std::string compare(const Number &a, const char *op, const Number &b) {
  CodeRange all = unite(a.range, b.range);
  return operand(a, all) + op + operand(b, all);
}

Number distance(const Number &a, const Number &b) {
  CodeRange range = {0, std::max(a.range.max - b.range.min, b.range.max - a.range.min)};
  CodeRange all = unite(range, unite(a.range, b.range));
  auto difference = [&](const Number &x, const Number &y) {
    return cast(range, "(" + operand(x, all) + " - " + operand(y, all) + ")");
  };
  return {compare(a, " > ", b) + " ? " + difference(a, b) + " : " + difference(b, a), range};
}

Number select(const std::string &condition, const Number &a, const Number &b) {
  CodeRange range = unite(a.range, b.range);
  return {condition + " ? " + convert(a, range).text + " : " + convert(b, range).text, range};
}

Number larger(const Number &a, const Number &b) {
  CodeRange range = {std::max(a.range.min, b.range.min), std::max(a.range.max, b.range.max)};
  return convert({select(compare(a, " > ", b), a, b).text, unite(a.range, b.range)}, range);
}

Number smaller(const Number &a, const Number &b) {
  CodeRange range = {std::min(a.range.min, b.range.min), std::min(a.range.max, b.range.max)};
  return convert({select(compare(a, " < ", b), a, b).text, unite(a.range, b.range)}, range);
}

Number shiftLeft(const Number &number, const std::string &places, CodeRange range) {
  return {"TALLY_SHL(" + typeOf(range) + ", " + number.text + ", " + places + ")", range};
}

Number shiftRight(const Number &number, const std::string &places, CodeRange range) {
  return {cast(range, "(" + number.text + " >> " + places + ")"), range};
}

Number saturate(const Number &number, CodeRange clamp) {
  CodeRange range = {std::clamp(number.range.min, clamp.min, clamp.max),
                     std::clamp(number.range.max, clamp.min, clamp.max)};
  std::string text;
  auto limit = [&](const char *op, int64_t bound) {
    text += compare(number, op, {literal(bound), only(bound)}) + " ? " +
            constant(bound, range).text + " : ";
  };
  if (number.range.min < clamp.min)
    limit(" < ", clamp.min);
  if (number.range.max > clamp.max)
    limit(" > ", clamp.max);
  return {text + convert({number.text, number.range}, range).text, range};
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

Index Index::operator+(const Index &other) const {
  Index sum = *this;
  sum.offset += other.offset;
  for (const auto &[variable, factor] : other.terms) {
    auto same = std::find_if(sum.terms.begin(), sum.terms.end(),
                             [&, name = &variable](auto &term) { return term.first == *name; });
    if (same == sum.terms.end())
      sum.terms.push_back({variable, factor});
    else
      same->second += factor;
  }
  return sum;
}

Index Index::times(int64_t factor) const {
  Index product(offset * factor);
  if (factor != 0)
    product.terms = terms;
  for (auto &term : product.terms)
    term.second *= factor;
  return product;
}

std::optional<int64_t> Index::asConstant() const {
  return terms.empty() ? std::optional(offset) : std::nullopt;
}

std::string Index::text(bool shifts) const {
  std::string text;
  auto append = [&](const std::string &term, bool negative) {
    text += text.empty() ? (negative ? "-" : "") : negative ? " - " : " + ";
    text += term;
  };
  for (const auto &[variable, factor] : terms) {
    if (factor == 1 || !shifts) {
      append(factor == 1 ? variable : variable + " * " + std::to_string(factor), false);
      continue;
    }
    for (SignedDigit digit : toSignedDigits(factor))
      append(digit.place == 0 ? variable
                              : "(" + variable + " << " + std::to_string(digit.place) + ")",
             digit.negative);
  }
  if (offset != 0 || text.empty())
    append(std::to_string(std::abs(offset)), offset < 0);
  return text;
}

} // namespace tally::hls
