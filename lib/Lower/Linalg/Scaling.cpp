//===- Scaling.cpp - requantization with smaller numbers ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Lower/Linalg/Scaling.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <array>

namespace tally {

using Wide = __int128;

static constexpr int64_t kMost = 65536;

static Wide ceilDivide(Wide a, Wide b) { // b > 0
  return a / b + (a % b > 0 ? 1 : 0);
}

static Wide floorDivide(Wide a, Wide b) { return -ceilDivide(-a, b); }

static Wide power(int64_t exponent) { return Wide(1) << exponent; }

std::optional<OffsetRange> findEqualOffsets(const Scaling &from, int64_t multiplier, int64_t shift,
                                            CodeRange input, CodeRange output) {
  if (from.multiplier < 0) // the staircase seen from the other side
    return findEqualOffsets({-from.multiplier, from.offset, from.shift}, -multiplier, shift,
                            {-input.max, -input.min}, output);
  if (multiplier < 0)
    return std::nullopt;
  auto apply = [&](int64_t code) {
    Wide value = (Wide(code) * from.multiplier + from.offset) >> from.shift;
    return int64_t(std::clamp<Wide>(value, output.min, output.max));
  };
  int64_t first = apply(input.min), last = apply(input.max);
  int64_t steps = last - first, codes = input.max - input.min;
  if (std::min(steps, codes) > kMost)
    return std::nullopt;

  Wide low = -power(62), high = power(62) - 1;
  auto atLeast = [&](Wide code, int64_t result) {
    low = std::max(low, result * power(shift) - code * multiplier);
  };
  auto below = [&](Wide code, int64_t result) {
    high = std::min(high, result * power(shift) - code * multiplier - 1);
  };
  // What the clamp hides may be anything.
  auto equal = [&](int64_t code, int64_t result) {
    if (result > output.min)
      atLeast(code, result);
    if (result < output.max)
      below(code, result + 1);
  };
  equal(input.min, first);
  equal(input.max, last);
  for (int64_t code = input.min; codes < steps && code <= input.max; ++code)
    equal(code, apply(code));
  for (int64_t result = first + 1; steps <= codes && result <= last; ++result) {
    // The first code that gives `result` or more.
    Wide code = ceilDivide(result * power(from.shift) - from.offset, from.multiplier);
    atLeast(code, result);
    below(code - 1, result);
  }
  if (low > high)
    return std::nullopt;
  return OffsetRange{int64_t(low), int64_t(high)};
}

std::optional<int64_t> findOffsetZeros(llvm::ArrayRef<int64_t> offsets) {
  auto fit = [&](int64_t zeros) {
    return llvm::all_of(offsets, [&](int64_t offset) { return llvm::isInt<32>(offset >> zeros); });
  };
  if (fit(0))
    return 0;
  int64_t zeros = 62;
  for (int64_t offset : offsets)
    if (offset != 0)
      zeros = std::min<int64_t>(zeros, llvm::countr_zero(uint64_t(offset)));
  return fit(zeros) ? std::optional(zeros) : std::nullopt;
}

namespace {

/// One channel on its way to another multiplier and shift.
struct Candidate {
  Scaling scaling; ///< its offset as near to the old one as can be
  OffsetRange offsets;
};

/// Whether no sum leaves 64 bits.
bool fits(const Scaling &scaling, CodeRange input) {
  for (int64_t code : {input.min, input.max})
    if (Wide sum = Wide(code) * scaling.multiplier + scaling.offset;
        sum >= power(63) || sum < -power(63))
      return false;
  return true;
}

/// `from` with a shift less by `drop`, and an offset that belongs to it by rounding alone.
Scaling dropBits(const Scaling &from, int64_t drop) {
  Wide half = drop > 0 ? power(drop - 1) : 0;
  return {int64_t((from.multiplier + half) >> drop), from.offset >> drop, from.shift - drop};
}

/// All channels with the shift `common` or, without one, their own.
std::optional<std::vector<Candidate>> makeCandidates(llvm::ArrayRef<Scaling> scalings,
                                                     std::optional<int64_t> common, CodeRange input,
                                                     CodeRange output) {
  std::vector<Candidate> candidates;
  for (const Scaling &from : scalings) {
    Scaling to = dropBits(from, from.shift - common.value_or(from.shift));
    auto offsets = findEqualOffsets(from, to.multiplier, to.shift, input, output);
    if (!offsets)
      return std::nullopt;
    to.offset = std::clamp(to.offset, offsets->low, offsets->high);
    candidates.push_back({to, *offsets});
  }
  return candidates;
}

/// With offsets that are multiples of 2^zeros and fit 32 bits without them.
std::optional<std::vector<Scaling>> roundOffsets(llvm::ArrayRef<Candidate> candidates,
                                                 int64_t zeros, CodeRange input) {
  std::vector<Scaling> rounded;
  for (const Candidate &candidate : candidates) {
    Wide step = power(zeros);
    Wide low = std::max<Wide>(ceilDivide(candidate.offsets.low, step), INT32_MIN);
    Wide high = std::min<Wide>(floorDivide(candidate.offsets.high, step), INT32_MAX);
    if (low > high)
      return std::nullopt;
    Wide near = floorDivide(Wide(candidate.scaling.offset) + step / 2, step);
    Scaling scaling = candidate.scaling;
    scaling.offset = int64_t(std::clamp(near, low, high) * step);
    if (!fits(scaling, input))
      return std::nullopt;
    rounded.push_back(scaling);
  }
  return rounded;
}

bool fitsWord(const Scaling &scaling, CodeRange input) {
  return llvm::all_of(std::array{input.min, input.max}, [&](int64_t code) {
    Wide product = Wide(code) * scaling.multiplier, sum = product + scaling.offset;
    return product == int32_t(product) && sum == int32_t(sum) && llvm::isInt<32>(code);
  });
}

/// With those shifts, if results stay what they are and sums fit.
std::optional<std::vector<Scaling>> atShifts(llvm::ArrayRef<Scaling> scalings,
                                             llvm::ArrayRef<int64_t> shifts, CodeRange input,
                                             CodeRange output) {
  std::vector<Scaling> result;
  for (auto [from, shift] : llvm::zip(scalings, shifts)) {
    Scaling to = dropBits(from, from.shift - shift);
    auto offsets = findEqualOffsets(from, to.multiplier, to.shift, input, output);
    if (!offsets)
      return std::nullopt;
    to.offset = std::clamp(to.offset, offsets->low, offsets->high);
    if (!fitsWord(to, input))
      return std::nullopt;
    result.push_back(to);
  }
  return result;
}

} // namespace

bool fitWords(llvm::ArrayRef<Scaling> scalings, CodeRange input) {
  return llvm::all_of(scalings, [&](const Scaling &one) {
    return fitsWord(one, input) && llvm::isInt<32>(one.multiplier) && llvm::isInt<32>(one.offset) &&
           one.shift < 32;
  });
}

std::optional<std::vector<Scaling>> shortenScalings(llvm::ArrayRef<Scaling> scalings,
                                                    CodeRange input, CodeRange output) {
  if (fitWords(scalings, input))
    return std::nullopt; // nothing to win
  std::vector<int64_t> shifts;
  for (const Scaling &from : scalings) {
    int64_t drop = std::max<int64_t>(0, from.shift - 31);
    while (drop < from.shift && !fitsWord(dropBits(from, drop), input))
      ++drop;
    shifts.push_back(from.shift - drop);
  }
  std::vector<int64_t> common(shifts.size(), *llvm::min_element(shifts));
  if (auto result = atShifts(scalings, common, input, output))
    return result;
  return atShifts(scalings, shifts, input, output);
}

/// With codes shifted by `early`.
static std::optional<std::vector<Scaling>>
atEarlyShift(llvm::ArrayRef<Scaling> scalings, int64_t early, CodeRange input, CodeRange output) {
  std::vector<Scaling> result;
  for (const Scaling &from : scalings) {
    int64_t more = 0; // bits of the multiplier: the finer are the higher words
    while (more < 31 && llvm::isInt<32>(from.multiplier << (more + 1)) &&
           from.shift + early + more < 62)
      ++more;
    int64_t shift = from.shift + early + more - 32, multiplier = from.multiplier << more;
    if (shift < 0 || shift > 31 || !llvm::isInt<32>(multiplier))
      return std::nullopt;
    // A floor of a floor is that of all of it, with an offset of higher words alone.
    auto offsets = findEqualOffsets(from, multiplier << early, shift + 32, input, output);
    if (!offsets)
      return std::nullopt;
    // Higher words have 30 bits.
    Wide low = std::max(ceilDivide(offsets->low, power(32)), -power(30));
    Wide high = std::min(floorDivide(offsets->high, power(32)), power(30) - 1);
    if (low > high)
      return std::nullopt;
    Wide near = floorDivide(Wide(from.offset) << (early + more), power(32));
    result.push_back({multiplier, int64_t(std::clamp(near, low, high)), shift});
  }
  return result;
}

std::optional<HighScalings> useHighWords(llvm::ArrayRef<Scaling> scalings, CodeRange input,
                                         CodeRange output) {
  auto fit = [&](int64_t early) {
    return llvm::all_of(std::array{input.min, input.max}, [&](int64_t code) {
      return llvm::isInt<32>(code) && llvm::isInt<32>(code << early);
    });
  };
  int64_t early = 0;
  while (early < 31 && fit(early + 1))
    ++early;
  // The largest one is the finest, but may leave results too few bits.
  constexpr int64_t kTries = 10;
  for (int64_t least = std::max<int64_t>(0, early - kTries); early >= least && fit(0); --early)
    if (auto result = atEarlyShift(scalings, early, input, output))
      return HighScalings{early, std::move(*result)};
  return std::nullopt;
}

std::optional<std::vector<Scaling>> narrowScalings(llvm::ArrayRef<Scaling> scalings,
                                                   CodeRange input, CodeRange output,
                                                   bool keepMultipliers) {
  constexpr int64_t kMostZeros = 31; // of what has at most 62 bits
  std::vector<int64_t> offsets;
  int64_t least = INT64_MAX;
  bool sameShift = true;
  for (const Scaling &scaling : scalings) {
    offsets.push_back(scaling.offset);
    least = std::min(least, scaling.shift);
    sameShift &= scaling.shift == scalings.front().shift;
  }
  bool narrow = findOffsetZeros(offsets).has_value();
  std::vector<std::optional<int64_t>> shifts;
  if (!sameShift && !keepMultipliers)
    shifts.push_back(least);
  if (!narrow)
    shifts.push_back(std::nullopt);
  std::optional<std::vector<Scaling>> wide;
  for (std::optional<int64_t> shift : shifts) {
    auto candidates = makeCandidates(scalings, shift, input, output);
    if (!candidates)
      continue;
    for (int64_t zeros = 0; zeros <= kMostZeros; ++zeros)
      if (auto rounded = roundOffsets(*candidates, zeros, input))
        return rounded;
    // One shift is worth something by itself, unless offsets were narrow without it.
    if (shift && !narrow && llvm::all_of(*candidates, [&](const Candidate &candidate) {
          return fits(candidate.scaling, input);
        })) {
      wide.emplace();
      for (const Candidate &candidate : *candidates)
        wide->push_back(candidate.scaling);
    }
  }
  return wide;
}

} // namespace tally
