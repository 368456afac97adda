//===- FilterQuantizer.h - quantizers whose scale follows weights -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_FILTERQUANTIZER_H
#define TALLY_IR_FILTERQUANTIZER_H

#include "tally/IR/Tally.h"

#include <string>

namespace tally {

/// How weights say their own scale.
enum class FilterRule {
  Bwn,  ///< signs, by the mean magnitude
  Twn,  ///< signs of those above a threshold
  Sawb, ///< equal steps up to a clip
};

} // namespace tally

#define GET_OP_CLASSES
#include "tally/IR/FilterQuantizerOps.h.inc"

#endif // TALLY_IR_FILTERQUANTIZER_H
