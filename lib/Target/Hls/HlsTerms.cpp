//===- HlsTerms.cpp - what a lane adds to its sum -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsTerms.h"

#include <algorithm>

namespace tally::hls {

CodeRange Terms::rangeOf(CodeRange inputs, int64_t value) const {
  if (kind == Differences) {
    int64_t least = std::max({int64_t(0), inputs.min - value, value - inputs.max});
    return {-std::max(inputs.max - value, value - inputs.min), -least};
  }
  int64_t a = inputs.min * value, b = inputs.max * value;
  return {std::min(a, b), std::max(a, b)};
}

/// One power of the sum that a magnitude is, times `x`.
Number Terms::field(Nest &nest, const PowerOfTwoField &field, int number, const Number &x,
                    const Number &weight) const {
  std::string suffix = levels->fields().size() == 1 ? "" : std::to_string(number);
  if (field.bits == 0) // one power, and no choice
    return nest.define("power" + suffix,
                       shiftLeft(x, std::to_string(field.shifts.front()),
                                 {x.range.min * (int64_t(1) << field.shifts.front()),
                                  x.range.max * (int64_t(1) << field.shifts.front())}));
  int64_t mask = (int64_t(1) << field.bits) - 1;
  std::string bits =
      field.low == 0 ? weight.text : "(" + weight.text + " >> " + std::to_string(field.low) + ")";
  Number code = nest.define("code" + suffix, compute({bits, weight.range}, " & ",
                                                     {literal(mask), only(mask)}, {0, mask}));
  int highest = *std::max_element(field.shifts.begin(), field.shifts.end());
  auto times = [&](int places) {
    return CodeRange{std::min<int64_t>(x.range.min * (int64_t(1) << places), x.range.min),
                     std::max<int64_t>(x.range.max * (int64_t(1) << places), x.range.max)};
  };
  CodeRange range = unite(times(highest), only(0));
  constexpr size_t kMostChoices = 3;
  std::string text;
  if (field.hasNone())
    text = code.text + " == 0 ? " + constant(0, range).text + " : ";
  if (field.shifts.size() > kMostChoices) {
    // Those of a power alone follow one another.
    Number places = code;
    if (field.hasNone())
      places = compute(code, " - ", {"1", only(1)}, {0, mask});
    text += shiftLeft(x, places.text, range).text;
  } else {
    for (auto [index, shift] : llvm::enumerate(field.shifts)) {
      if (index + 1 < field.shifts.size())
        text += code.text + " == " + std::to_string(index + field.hasNone()) + " ? ";
      text += shiftLeft(x, std::to_string(shift), range).text;
      if (index + 1 < field.shifts.size())
        text += " : ";
    }
  }
  return nest.define("power" + suffix, {text, range});
}

Number Terms::append(Nest &nest, const Number &before, const Number &x, const Number &weight,
                     CodeRange range) const {
  if (kind == Differences)
    return compute(before, " - ", nest.define("difference", distance(x, weight)), range);
  if (kind == Products)
    return compute(before, " + ", nest.define("product", multiply(x, weight)), range);
  Number magnitude;
  for (auto [index, each] : llvm::enumerate(levels->fields())) {
    Number power = field(nest, each, int(index), x, weight);
    magnitude = index == 0
                    ? power
                    : nest.define("magnitude" + std::to_string(index), add(magnitude, power));
  }
  Number plus = compute(before, " + ", magnitude, range);
  if (!levels->format().isSigned)
    return plus;
  int sign = levels->format().magnitudeBits();
  Number negative = nest.define(
      "negative", compute({"(" + weight.text + " >> " + std::to_string(sign) + ")", weight.range},
                          " & ", {"1", only(1)}, {0, 1}));
  return select(negative.text + " != 0", compute(before, " - ", magnitude, range), plus);
}

} // namespace tally::hls
