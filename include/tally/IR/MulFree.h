//===- MulFree.h - how free of multiplications ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_MULFREE_H
#define TALLY_IR_MULFREE_H

#include "llvm/ADT/StringRef.h"
#include <optional>

namespace tally {

/// How free of multiplications code is to be, see docs/Spec.md. Each level contains the ones
/// before it.
enum class MulFree {
  No,
  Macs,    ///< none inside the sums of layers
  Compute, ///< none on data
  Strict,  ///< none at all, addresses included
};

/// "no", "macs", "compute" or "strict", or null.
std::optional<MulFree> parseMulFree(llvm::StringRef text);
llvm::StringRef stringifyMulFree(MulFree level);

/// The signed digits that `tally quantize --mul-free=compute|strict` leaves multipliers.
constexpr unsigned kMulFreeDigits = 3;

} // namespace tally

#endif // TALLY_IR_MULFREE_H
