//===- HlsNumber.h - expressions whose range is known -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Target. What is written here means the same in C99, where narrow integers are
// promoted and wide ones are not, and on integers of a tool, whose sums and products grow while
// their shifts do not.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TARGET_HLS_HLSNUMBER_H
#define TALLY_LIB_TARGET_HLS_HLSNUMBER_H

#include "tally/IR/QuantizedTypes.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tally::hls {

/// A scalar expression of the type `typeOf(range)`, or a literal.
struct Number {
  std::string text;
  CodeRange range;
};

/// "tally_u4", "tally_i13": the narrowest that holds `range`.
std::string typeOf(CodeRange range);
unsigned bitsOf(CodeRange range);

/// Whether numbers of this range, and sums of two, have a type.
bool hasType(CodeRange range);

CodeRange unite(CodeRange a, CodeRange b);
inline CodeRange only(int64_t value) { return {value, value}; }

/// Digits of C for `value`.
std::string literal(int64_t value);
/// `value`, in the type of `range`.
Number constant(int64_t value, CodeRange range);
/// The same number in the type of `range`, which holds it.
Number convert(const Number &number, CodeRange range);

/// `a op b` in the type of `range`, which holds it.
Number compute(const Number &a, const char *op, const Number &b, CodeRange range);
Number add(const Number &a, const Number &b);
Number subtract(const Number &a, const Number &b);
Number multiply(const Number &a, const Number &b);
/// `|a - b|`, of numbers that are names or elements.
Number distance(const Number &a, const Number &b);
Number larger(const Number &a, const Number &b);
Number smaller(const Number &a, const Number &b);
/// Whether `a op b` holds: "x > 3".
std::string compare(const Number &a, const char *op, const Number &b);
/// `condition ? a : b`
Number select(const std::string &condition, const Number &a, const Number &b);

/// `number * 2^places` in the type of `range`, which holds it and `number`.
Number shiftLeft(const Number &number, const std::string &places, CodeRange range);
/// Rounded towards minus infinity, in the type of `range`, which holds it.
Number shiftRight(const Number &number, const std::string &places, CodeRange range);
/// Within `clamp`; `number` is a name.
Number saturate(const Number &number, CodeRange clamp);

/// A sum of loop counters times constants: an index of an array.
class Index {
public:
  Index(int64_t offset = 0) : offset(offset) {}
  explicit Index(std::string variable) : terms{{std::move(variable), 1}} {}

  Index operator+(const Index &other) const;
  Index times(int64_t factor) const;
  std::optional<int64_t> asConstant() const;
  /// With shifts in place of products where `shifts` says so.
  std::string text(bool shifts) const;

private:
  std::vector<std::pair<std::string, int64_t>> terms;
  int64_t offset = 0;
};

} // namespace tally::hls

#endif // TALLY_LIB_TARGET_HLS_HLSNUMBER_H
