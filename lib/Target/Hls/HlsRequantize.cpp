//===- HlsRequantize.cpp - changes of scale as statements -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsRequantize.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/SignedDigits.h"

using namespace mlir;

namespace tally::hls {

/// `range * multiplier + offset`; nothing where that has no type.
static std::optional<CodeRange> scaledRange(CodeRange range, int64_t multiplier, int64_t offset) {
  using Wide = __int128;
  Wide low = Wide(range.min) * multiplier, high = Wide(range.max) * multiplier;
  if (low > high)
    std::swap(low, high);
  low += offset;
  high += offset;
  constexpr Wide kLimit = Wide(1) << 61;
  if (low < -kLimit || high > kLimit)
    return std::nullopt;
  return CodeRange{int64_t(low), int64_t(high)};
}

std::optional<Scalings> Scalings::of(RequantizeOp op, CodeRange inputs) {
  Scalings s;
  s.inputs = inputs;
  s.multipliers = getIntegers(op.getMultiplier());
  s.offsets = getIntegers(op.getOffset());
  s.shifts = getIntegers(op.getShift());
  ArrayRef<int64_t> given = cast<ShapedType>(op.getMultiplier().getType()).getShape();
  s.shape.assign(cast<RankedTensorType>(op.getInput().getType()).getRank() - given.size(), 1);
  s.shape.insert(s.shape.end(), given.begin(), given.end());
  s.clamp = getCodeRange(getElementTypeOrSelf(op.getOutput().getType()));
  for (size_t i = 0; i < s.multipliers.size(); ++i) {
    if (op.getRounding() == Rounding::HalfUp && s.shifts[i] > 0)
      s.offsets[i] += int64_t(1) << (s.shifts[i] - 1);
    std::optional<CodeRange> scaled = scaledRange(inputs, s.multipliers[i], s.offsets[i]);
    // The signed digits of a multiplier stay below twice its size on the way.
    int64_t largest = std::max<int64_t>(2 * std::abs(s.multipliers[i]), 1);
    for (int64_t multiplier : {largest, -largest})
      for (int64_t offset : {int64_t(0), s.offsets[i]})
        if (!scaledRange(inputs, multiplier, offset))
          return std::nullopt;
    if (!scaled || !hasType(only(s.offsets[i])))
      return std::nullopt;
    CodeRange shifted = {scaled->min >> s.shifts[i], scaled->max >> s.shifts[i]};
    s.scaled = i == 0 ? *scaled : unite(s.scaled, *scaled);
    s.shifted = i == 0 ? shifted : unite(s.shifted, shifted);
  }
  return s;
}

Number Scalings::constantAt(LayerBuilder &builder, ArrayRef<Index> at, StringRef what,
                            ArrayRef<int64_t> values) const {
  if (llvm::all_equal(values)) {
    std::string digits = literal(values[0]);
    return {values[0] < 0 ? "(" + digits + ")" : digits, only(values[0])};
  }
  return builder.nest().at(builder.table(what, shape, values), at);
}

Number Scalings::multiplied(LayerBuilder &builder, ArrayRef<Index> at, const Number &x) const {
  Number factor = constantAt(builder, at, "multipliers", multipliers);
  Number product = factor.range.min == 1 && factor.range.max == 1
                       ? x
                       : builder.nest().define("product", multiply(x, factor));
  if (llvm::all_of(offsets, [](int64_t offset) { return offset == 0; }))
    return product;
  return builder.nest().define(
      "scaled", compute(product, " + ", constantAt(builder, at, "offsets", offsets), scaled));
}

/// By the signed digits of the multiplier, the same number of them everywhere.
Number Scalings::shiftedAndAdded(LayerBuilder &builder, ArrayRef<Index> at, const Number &x) const {
  Nest &nest = builder.nest();
  size_t count = 0;
  for (int64_t multiplier : multipliers)
    count = std::max(count, toSignedDigits(multiplier).size());
  if (count == 1 && llvm::is_contained(multipliers, 0))
    count = 2; // one digit is never 0
  std::vector<std::vector<int64_t>> places(count), negative(count);
  CodeRange all = unite(scaled, unite(inputs, only(0)));
  for (auto [multiplier, offset] : llvm::zip_equal(multipliers, offsets)) {
    int64_t sum = 0;
    std::vector<SignedDigit> digits = toSignedDigits(multiplier);
    if (digits.size() < count)
      digits = toSignedDigits(multiplier, unsigned(count));
    for (auto [index, digit] : llvm::enumerate(digits)) {
      int64_t power = int64_t(1) << digit.place;
      sum += digit.negative ? -power : power;
      places[index].push_back(digit.place);
      negative[index].push_back(digit.negative);
      all = unite(all, *scaledRange(inputs, power, 0));
      all = unite(all, *scaledRange(inputs, sum, offset));
    }
    all = unite(all, only(offset));
  }
  Number sum = constantAt(builder, at, "offsets", offsets);
  if (count == 0) { // the same everywhere
    nest.line("(void)x;");
    return nest.define("sum", convert(sum, scaled));
  }
  bool starts = sum.range.min == 0 && sum.range.max == 0;
  for (size_t i = 0; i < count; ++i) {
    std::string number = std::to_string(i);
    Number place = constantAt(builder, at, "places" + number, places[i]);
    Number minus = constantAt(builder, at, "minus" + number, negative[i]);
    Number term = x;
    if (place.range.max != 0)
      term = nest.define("term" + number, shiftLeft(x, place.text, all));
    bool always = minus.range.min == 1, never = minus.range.max == 0;
    if (starts && i == 0 && never) {
      sum = term;
      continue;
    }
    Number plus = compute(sum, " + ", term, all), less = compute(sum, " - ", term, all);
    sum = nest.define("sum" + number, always  ? less
                                      : never ? plus
                                              : select(minus.text + " != 0", less, plus));
  }
  return sum;
}

Number Scalings::apply(LayerBuilder &builder, ArrayRef<Index> at, const Number &x) const {
  Nest &nest = builder.nest();
  Number number =
      builder.dataByShifts() ? shiftedAndAdded(builder, at, x) : multiplied(builder, at, x);
  Number places = constantAt(builder, at, "shifts", shifts);
  if (places.range.max != 0) {
    number = nest.define("shifted", shiftRight(number, places.text, shifted));
  } else {
    if (typeOf(number.range) != typeOf(scaled))
      number = nest.define("narrow", convert(number, scaled));
    number.range = scaled;
  }
  return saturate(number, clamp);
}

} // namespace tally::hls
