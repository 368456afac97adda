//===- MulFree.h - how free of multiplications ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_MULFREE_H
#define TALLY_IR_MULFREE_H

#include "tally/IR/Enums.h"

namespace tally {

/// The signed digits that `tally quantize --mul-free=compute|strict` leaves multipliers.
constexpr unsigned kMulFreeDigits = 3;

} // namespace tally

#endif // TALLY_IR_MULFREE_H
