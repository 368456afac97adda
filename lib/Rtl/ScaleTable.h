//===- ScaleTable.h - constants of a stage's requantizations ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_SCALETABLE_H
#define TALLY_LIB_RTL_SCALETABLE_H

#include "Rtl/Expression.h"
#include "Rtl/LayerSums.h"
#include "tally/IR/Tally.h"

namespace tally {

/// The words of tally_scale's memory, and the parameters that say how they are laid out.
struct ScaleTable {
  unsigned bits = 0; ///< T
  unsigned digits = 2, placeBits = 1, shiftBits = 1;
  CodeRange clamp, results;
  std::vector<Scaling> scalings;  ///< one a filter
  std::vector<llvm::APInt> words; ///< the same; of `layOut`
  unsigned width = 0;             ///< of a word
};

/// Whether all elements are scaled alike.
bool scalesAlike(RequantizeOp op);
/// Whether constants differ along the last dimension alone, if at all.
bool scalesByChannel(RequantizeOp op);

/// What a requantization does to each channel or, where constants differ along other dimensions
/// than the last, to each element.
class Scalings {
public:
  explicit Scalings(RequantizeOp op);
  Scaling operator[](int64_t index) const;

private:
  int64_t constantOf(int64_t index) const;

  std::vector<int64_t> multipliers, offsets, shifts;
  llvm::SmallVector<int64_t> shape, constants; ///< of elements, and of constants
  bool byChannel, halfUp;
};

/// For results within `clamp`; `op` may be null: the sums themselves. Nothing where numbers become
/// too wide.
std::optional<ScaleTable> makeScaleTable(const LayerSums &sums, RequantizeOp op, CodeRange clamp);

/// Sets the words, with `digits` digits, at least as many as the table has.
void layOut(ScaleTable &table, unsigned digits);

} // namespace tally

#endif // TALLY_LIB_RTL_SCALETABLE_H
