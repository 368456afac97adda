//===- PowerOfTwo.h - levels that are powers of two, or sums ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The numbers a multiplier-free weight can take, and the bits that stand for them.
// Free of MLIR and LLVM so that every backend and the reference agree on one text.
//
// A level is an integer; the real value of a level is `alpha * level / largest level`,
// in other words `level * unit`. With b bits, of which one is the sign where the levels
// are signed, m = b - 1 or m = b bits are left for the magnitude:
//
//   powers of two with zero     { 0, 2^0, ..., 2^(2^m - 2) }
//   powers of two without zero  { 2^0, ..., 2^(2^m - 1) }
//   additive powers of two      one choice of each term, summed (0 is always a level):
//     m = 1  { 0, 1 }
//     m = 2  { 0, 1, 2, 4 }
//     m = 3  { 0, 1, 4, 8 }   + { 0, 2 }
//     m = 4  { 0, 2, 8, 32 }  + { 0, 1, 4, 16 }
//     m = 5  { 0, 2, 16, 64 } + { 0, 1, 8, 32 } + { 0, 4 }
//
// The additive sets are those of APoT (Li, Dong, Wang: Additive Powers-of-Two
// Quantization, ICLR 2020), on integers.
//
// Code of a level (normative). Bit b - 1 is the sign where the levels are signed: 1 for
// negative. The m bits below hold the magnitude:
//
//   powers of two with zero     e: 0 stands for 0, e > 0 for 2^(e - 1)
//   powers of two without zero  e stands for 2^e
//   additive powers of two      one field a term, the first term in the highest bits: two
//                               bits, or one where the term has only one level but 0; a
//                               field holds 0 for none, else 1, 2, 3 for its levels, rising
//
// No level has two codes: the one pattern left over, minus zero, is not a code.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_POWEROFTWO_H
#define TALLY_IR_POWEROFTWO_H

#include "tally/Support/Result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// Which set of levels.
struct PowerOfTwoFormat {
  int bits = 4;          ///< of a code, with the sign: 1 to 5
  bool isSigned = true;  ///< every level also with a minus
  bool additive = false; ///< sums of powers of two
  bool hasZero = true;   ///< always, where additive

  int magnitudeBits() const { return bits - isSigned; }
  /// "signed 4-bit additive powers of two", for messages.
  std::string describe() const;

  bool operator==(const PowerOfTwoFormat &other) const {
    return bits == other.bits && isSigned == other.isSigned && additive == other.additive &&
           hasZero == other.hasZero;
  }
  bool operator!=(const PowerOfTwoFormat &other) const { return !(*this == other); }
};

/// One operand of a shift-and-add unit: `sign * (x << shift)`.
struct PowerOfTwoTerm {
  int sign; ///< 1 or -1
  int shift;

  bool operator==(const PowerOfTwoTerm &other) const {
    return sign == other.sign && shift == other.shift;
  }
};

/// Part of a magnitude: the bits of a code from `low` on choose one of the powers 2^shift, in
/// order, after a value for none if there is room for one.
struct PowerOfTwoField {
  int low, bits;
  std::vector<int> shifts;

  bool hasNone() const { return int(shifts.size()) < 1 << bits; }
};

/// Which of two levels a value halfway between them becomes.
enum class Ties {
  Away, ///< the one away from zero; between -1 and 1 of a set without zero, 1
  Even, ///< the one with an even place, counted outwards from zero: 0 has place 0, or 1 and -1 have
};

/// The levels and codes of one format. Cheap to read, built once.
class PowerOfTwoLevels {
public:
  /// Fails for formats that do not exist.
  static Result<PowerOfTwoLevels> get(PowerOfTwoFormat format);

  const PowerOfTwoFormat &format() const { return kind; }
  /// What a magnitude is the sum of, from the highest bits down.
  const std::vector<PowerOfTwoField> &fields() const { return parts; }
  /// Every level, rising: 2^bits of them, or one less where there is a sign and a zero.
  const std::vector<int64_t> &sorted() const { return rising; }
  /// The level of every bit pattern, 2^bits entries; 0 for minus zero.
  const std::vector<int64_t> &byCode() const { return levels; }
  int64_t largest() const { return rising.back(); }
  /// The bits of the smallest integer type that holds every level: 8, 16 or 32; signed where
  /// the levels are, else unsigned.
  int storageBits() const;
  /// The most terms that a code has: shifts in a shift-and-add unit.
  int maxTerms() const { return int(parts.size()); }

  /// Fails for what is not a level.
  Result<uint8_t> encode(int64_t level) const;
  /// Fails for minus zero and for what needs more bits.
  Result<int64_t> decode(int code) const;
  /// The terms that sum up to the level of `code`, in the order of the fields; none for zero.
  /// `code` must be valid.
  std::vector<PowerOfTwoTerm> terms(int code) const;

  /// The level nearest to `units`, which counts levels: real value / unit. Beyond the
  /// outermost levels these; halfway between two, what `ties` says. `units` must not be NaN.
  int64_t nearest(double units, Ties ties = Ties::Away) const;
  /// Whether halfway between `sorted()[index - 1]` and `sorted()[index]` belongs to the upper one.
  bool tieRises(size_t index, Ties ties) const;
  /// The level nearest in the log domain: 2^k goes up to 2^(k + 1) from sqrt(2) * 2^k on.
  /// A zero is told from the lowest level as in `nearest`: the logarithm has no say there.
  /// Not for additive levels; `units` must not be NaN.
  int64_t nearestExponent(double units) const;

  /// The alpha for which all `count` values are `alpha * level / largest()`, each within 1e-5
  /// of its level's size (a zero: of the lowest level's). Of several the lowest alpha, the
  /// one that has the largest magnitude on the largest level, if it is among them. Zeros
  /// alone, or no values, have alpha 1. None for infinities and NaN.
  std::optional<double> recognize(const float *values, size_t count) const;

private:
  explicit PowerOfTwoLevels(PowerOfTwoFormat format);
  bool isMinusZero(int code) const;

  PowerOfTwoFormat kind;
  std::vector<PowerOfTwoField> parts;
  std::vector<int64_t> levels, rising;
};

} // namespace tally

#endif // TALLY_IR_POWEROFTWO_H
