//===- Expression.cpp - numbers on wires ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/Expression.h"

#include "tally/IR/SignedDigits.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tally {

unsigned countBits(int64_t last) { return last < 1 ? 1 : llvm::Log2_64(last) + 1; }

unsigned bitsOf(CodeRange range) {
  if (!hasSign(range))
    return countBits(range.max);
  return std::max(countBits(range.max), range.min < -1 ? countBits(-(range.min + 1)) : 1) + 1;
}

std::optional<CodeRange> scaledRange(CodeRange range, const Scaling &scaling) {
  using Wide = __int128;
  Wide low = Wide(range.min) * scaling.multiplier, high = Wide(range.max) * scaling.multiplier;
  if (low > high)
    std::swap(low, high);
  low += scaling.offset;
  high += scaling.offset;
  constexpr Wide kLimit = Wide(1) << 61;
  if (low < -kLimit || high >= kLimit)
    return std::nullopt;
  return CodeRange{int64_t(low), int64_t(high)};
}

CodeRange resultRange(CodeRange scaled, int shift, CodeRange clamp) {
  auto one = [&](int64_t value) { return std::clamp(value >> shift, clamp.min, clamp.max); };
  return {one(scaled.min), one(scaled.max)};
}

/// Whether codes in `range` stay what they are.
static bool keeps(CodeRange range, const Scaling &scaling, CodeRange clamp) {
  return scaling.multiplier == 1 && scaling.offset == 0 && scaling.shift == 0 &&
         clamp.contains(range);
}

std::optional<CodeRange> scaledCodes(CodeRange range, const Scaling &scaling, CodeRange clamp) {
  std::optional<CodeRange> scaled = scaledRange(range, scaling);
  if (!scaled || keeps(range, scaling, clamp))
    return scaled ? std::optional(range) : std::nullopt;
  return resultRange(*scaled, scaling.shift, clamp);
}

Value widen(OpBuilder &b, Location loc, const Number &number, unsigned width) {
  unsigned bits = number.wire.getType().getIntOrFloatBitWidth();
  assert(bits <= width && "numbers lose no bits");
  if (bits == width)
    return number.wire;
  return rtl::ExtendOp::create(b, loc, b.getIntegerType(width), number.wire, hasSign(number.range));
}

static Value constant(OpBuilder &b, Location loc, int64_t value, unsigned width) {
  auto type = b.getIntegerType(width);
  return rtl::ConstantOp::create(b, loc, type,
                                 b.getIntegerAttr(type, APInt(width, value, true, true)));
}

/// Bits of two's complement, whether or not there are negative numbers.
static unsigned signedBits(CodeRange range) { return bitsOf(range) + !hasSign(range); }

CodeRange unite(CodeRange a, CodeRange b) {
  return {std::min(a.min, b.min), std::max(a.max, b.max)};
}

Number narrow(OpBuilder &b, Location loc, Value value, CodeRange range) {
  if (bitsOf(range) == value.getType().getIntOrFloatBitWidth())
    return {value, range};
  return {rtl::TruncateOp::create(b, loc, b.getIntegerType(bitsOf(range)), value), range};
}

std::optional<Number> scale(OpBuilder &b, Location loc, const Number &number,
                            const Scaling &scaling, CodeRange clamp) {
  std::optional<CodeRange> scaled = scaledRange(number.range, scaling);
  if (!scaled)
    return std::nullopt;
  if (keeps(number.range, scaling, clamp))
    return number;
  // Sums on the way may wrap around, what they end in does not.
  unsigned width = std::max(signedBits(unite(*scaled, number.range)), signedBits(clamp));
  Value wide = widen(b, loc, number, width), sum;
  for (const SignedDigit &digit : toSignedDigits(scaling.multiplier)) {
    if (digit.place >= int(width))
      continue;
    Value term = digit.place == 0 ? wide : rtl::ShlOp::create(b, loc, wide, uint64_t(digit.place));
    if (!sum && digit.negative)
      sum = constant(b, loc, 0, width);
    if (digit.negative)
      sum = rtl::SubOp::create(b, loc, sum, term);
    else
      sum = sum ? Value(rtl::AddOp::create(b, loc, sum, term)) : term;
  }
  if (!sum || scaling.offset != 0) {
    Value offset = constant(b, loc, scaling.offset, width);
    sum = sum ? Value(rtl::AddOp::create(b, loc, sum, offset)) : offset;
  }
  if (scaling.shift != 0)
    sum = rtl::ShrSOp::create(b, loc, sum, uint64_t(std::min(scaling.shift, int(width) - 1)));
  CodeRange shifted = {scaled->min >> scaling.shift, scaled->max >> scaling.shift};
  CodeRange range = resultRange(*scaled, scaling.shift, clamp);
  if (clamp.contains(shifted))
    return narrow(b, loc, sum, range);
  return Number{rtl::ClampOp::create(b, loc, b.getIntegerType(bitsOf(range)), sum,
                                     uint64_t(clamp.min), uint64_t(clamp.max)),
                range};
}

template <typename OpT>
static Number combine(OpBuilder &b, Location loc, const Number &one, const Number &other,
                      CodeRange range) {
  unsigned width = signedBits(unite(range, unite(one.range, other.range)));
  Value result =
      OpT::create(b, loc, widen(b, loc, one, width), widen(b, loc, other, width)).getResult();
  return narrow(b, loc, result, range);
}

Number addNumbers(OpBuilder &b, Location loc, const Number &one, const Number &other) {
  return combine<rtl::AddOp>(b, loc, one, other,
                             {one.range.min + other.range.min, one.range.max + other.range.max});
}

Number subtractNumbers(OpBuilder &b, Location loc, const Number &one, const Number &other) {
  return combine<rtl::SubOp>(b, loc, one, other,
                             {one.range.min - other.range.max, one.range.max - other.range.min});
}

Number constantNumber(OpBuilder &b, Location loc, int64_t value) {
  CodeRange range = {value, value};
  return {constant(b, loc, value, bitsOf(range)), range};
}

Number joinNumbers(OpBuilder &b, Location loc, ArrayRef<Number> numbers) {
  CodeRange range = numbers.front().range;
  for (const Number &number : numbers)
    range = unite(range, number.range);
  Value joined;
  for (const Number &number : numbers) {
    Value wide = widen(b, loc, number, bitsOf(range));
    joined = joined ? Value(rtl::OrOp::create(b, loc, joined, wide)) : wide;
  }
  return {joined, range};
}

/// `one` and as much of what lacks to `other` as is positive, or negative.
static Number addDifference(OpBuilder &b, Location loc, const Number &one, const Number &other,
                            bool positive, CodeRange range) {
  Number difference = subtractNumbers(b, loc, other, one);
  CodeRange clamp = positive ? CodeRange{0, std::max<int64_t>(0, difference.range.max)}
                             : CodeRange{std::min<int64_t>(0, difference.range.min), 0};
  Number part = *scale(b, loc, difference, {}, clamp);
  return narrow(b, loc, addNumbers(b, loc, one, part).wire, range);
}

Number largerNumber(OpBuilder &b, Location loc, const Number &one, const Number &other) {
  return addDifference(
      b, loc, one, other, true,
      {std::max(one.range.min, other.range.min), std::max(one.range.max, other.range.max)});
}

Number smallerNumber(OpBuilder &b, Location loc, const Number &one, const Number &other) {
  return addDifference(
      b, loc, one, other, false,
      {std::min(one.range.min, other.range.min), std::min(one.range.max, other.range.max)});
}

Number countReached(OpBuilder &b, Location loc, const Number &number,
                    ArrayRef<int64_t> thresholds) {
  Number count = constantNumber(b, loc, 0);
  for (int64_t threshold : thresholds) {
    if (threshold > number.range.max)
      continue;
    if (threshold <= number.range.min) {
      count = addNumbers(b, loc, count, constantNumber(b, loc, 1));
      continue;
    }
    // The sign of (threshold - 1) - number.
    Number rest = subtractNumbers(b, loc, constantNumber(b, loc, threshold - 1), number);
    unsigned width = rest.wire.getType().getIntOrFloatBitWidth();
    Value sign = rest.wire;
    if (width > 1)
      sign = rtl::TruncateOp::create(b, loc, b.getI1Type(),
                                     rtl::ShrSOp::create(b, loc, rest.wire, uint64_t(width - 1)));
    count = addNumbers(b, loc, count, {sign, {0, 1}});
  }
  return count;
}

} // namespace tally
