//===- HlsTerms.h - what a lane adds to its sum -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Target.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TARGET_HLS_HLSTERMS_H
#define TALLY_LIB_TARGET_HLS_HLSTERMS_H

#include "HlsNest.h"

#include "tally/IR/PowerOfTwo.h"

namespace tally::hls {

struct Terms {
  enum Kind { Products, Differences, Powers } kind = Products;
  std::vector<int64_t> values;            ///< of weights
  std::vector<int64_t> codes;             ///< the same as they are stored
  std::optional<PowerOfTwoLevels> levels; ///< of powers

  /// What an input of `inputs` and a weight of that value add.
  CodeRange rangeOf(CodeRange inputs, int64_t value) const;

  /// `before` and the term of `x` and `weight`, a number of `range`. Takes the statements that it
  /// needs for itself.
  Number append(Nest &nest, const Number &before, const Number &x, const Number &weight,
                CodeRange range) const;

private:
  Number field(Nest &nest, const PowerOfTwoField &field, int number, const Number &x,
               const Number &weight) const;
};

} // namespace tally::hls

#endif // TALLY_LIB_TARGET_HLS_HLSTERMS_H
