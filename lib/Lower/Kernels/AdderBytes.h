//===- AdderBytes.h - the weights of an adder layer as bytes ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. What kernels for sums of absolute differences of bytes share.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_KERNELS_ADDERBYTES_H
#define TALLY_LIB_LOWER_KERNELS_ADDERBYTES_H

#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

namespace tally {

/// The codes that an input of bytes can have, its border included. One from outside may have any,
/// unless it has those of its type, as headers of emitted C ask of the caller.
CodeRange getInputCodes(AdderConv2DOp op, bool trustsCaller = false);

/// The weights of a layer on bytes, brought among `codes`, which hold all of its inputs:
/// |x - w| = |x - v| + |v - w| for the v of them that is next to w.
struct AdderBytes {
  AdderBytes(AdderConv2DOp op, CodeRange codes);

  std::vector<uint8_t> bytes; ///< `[F, KH, KW, C]`, less the lowest code
  std::vector<int32_t> start; ///< what bringing them there takes from the sums of each filter
  llvm::StringRef obstacle;   ///< why there are none; empty where there are
};

} // namespace tally

#endif // TALLY_LIB_LOWER_KERNELS_ADDERBYTES_H
