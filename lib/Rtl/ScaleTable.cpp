//===- ScaleTable.cpp - constants of a stage's requantizations ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/ScaleTable.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/SignedDigits.h"

using namespace mlir;

namespace tally {

bool scalesAlike(RequantizeOp op) {
  for (ElementsAttr elements : {op.getMultiplier(), op.getOffset(), op.getShift()})
    if (elements.getNumElements() != 1 && !elements.isSplat())
      return false;
  return true;
}

bool scalesByChannel(RequantizeOp op) {
  ShapedType type = op.getMultiplier().getShapedType();
  return type.getNumElements() == 1 || type.getShape().back() == type.getNumElements();
}

Scalings::Scalings(RequantizeOp op)
    : multipliers(getIntegers(op.getMultiplier())), offsets(getIntegers(op.getOffset())),
      shifts(getIntegers(op.getShift())),
      shape(cast<RankedTensorType>(op.getOutput().getType()).getShape()),
      byChannel(scalesByChannel(op)), halfUp(op.getRounding() == Rounding::HalfUp) {
  ArrayRef<int64_t> given = op.getMultiplier().getShapedType().getShape();
  constants.assign(shape.size() - given.size(), 1);
  constants.append(given.begin(), given.end());
}

/// Constants broadcast.
int64_t Scalings::constantOf(int64_t index) const {
  if (multipliers.size() == 1)
    return 0;
  if (byChannel)
    return index;
  int64_t result = 0, place = 1;
  for (size_t dim = shape.size(); dim-- > 0; index /= shape[dim]) {
    if (constants[dim] != 1)
      result += index % shape[dim] * place;
    place *= constants[dim];
  }
  return result;
}

Scaling Scalings::operator[](int64_t index) const {
  int64_t i = constantOf(index);
  Scaling scaling{multipliers[i], offsets[i], int(shifts[i])};
  if (halfUp && scaling.shift > 0)
    scaling.offset += int64_t(1) << (scaling.shift - 1);
  return scaling;
}

/// What makes the layer's own sum of `f`, scaled, of the lanes' sum.
static std::optional<Scaling> scalingOfSum(const LayerSums &sums, Scaling scaling, int64_t f) {
  __int128 offset = scaling.offset + __int128(scaling.multiplier) * sums.constants[f];
  scaling.multiplier *= sums.sign;
  scaling.offset = int64_t(offset);
  return offset == scaling.offset ? std::optional(scaling) : std::nullopt;
}

std::optional<ScaleTable> makeScaleTable(const LayerSums &sums, RequantizeOp op, CodeRange clamp) {
  ScaleTable table;
  table.clamp = clamp;
  std::optional<Scalings> given;
  if (op)
    given.emplace(op);
  for (int64_t f = 0; f < sums.filters; ++f) {
    std::optional<Scaling> scaling = scalingOfSum(sums, given ? (*given)[f] : Scaling(), f);
    std::optional<CodeRange> scaled =
        scaling ? scaledRange(sums.ranges[f], *scaling) : std::nullopt;
    if (!scaled)
      return std::nullopt;
    CodeRange results = resultRange(*scaled, scaling->shift, clamp);
    table.results = f == 0 ? results
                           : CodeRange{std::min(table.results.min, results.min),
                                       std::max(table.results.max, results.max)};
    // The offset is a number of this width, too, and a sign is always there.
    CodeRange all = {std::min({scaled->min, scaling->offset, int64_t(-1)}),
                     std::max(scaled->max, scaling->offset)};
    table.bits = std::max(table.bits, bitsOf(all));
    std::vector<SignedDigit> digits = toSignedDigits(scaling->multiplier);
    table.digits = std::max<unsigned>(table.digits, digits.size());
    table.shiftBits = std::max(table.shiftBits, countBits(scaling->shift));
    table.scalings.push_back(*scaling);
  }
  return table;
}

void layOut(ScaleTable &table, unsigned digits) {
  table.digits = digits;
  // Spare digits may take places of their own.
  for (const Scaling &scaling : table.scalings)
    for (const SignedDigit &digit : toSignedDigits(scaling.multiplier, table.digits))
      table.placeBits = std::max(table.placeBits, countBits(digit.place));
  unsigned digitBits = table.placeBits + 1;
  table.width = table.bits + table.digits * digitBits + table.shiftBits;
  for (const Scaling &scaling : table.scalings) {
    llvm::APInt word(table.width, 0);
    word.insertBits(llvm::APInt(table.bits, scaling.offset, true, true), 0);
    unsigned place = table.bits;
    for (const SignedDigit &digit : toSignedDigits(scaling.multiplier, table.digits)) {
      word.insertBits(uint64_t(digit.place) | uint64_t(digit.negative) << table.placeBits, place,
                      digitBits);
      place += digitBits;
    }
    word.insertBits(uint64_t(scaling.shift), place, table.shiftBits);
    table.words.push_back(word);
  }
}

} // namespace tally
