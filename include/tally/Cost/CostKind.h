//===- CostKind.h - what of a network may be limited ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Free of MLIR and LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_COST_COSTKIND_H
#define TALLY_COST_COSTKIND_H

namespace tally {

enum class CostKind {
  Bytes,         ///< constants at the width of their codes
  BitOperations, ///< products, times the bits of their inputs, times those of their weights
  Energy         ///< picojoules of an image, estimated
};

} // namespace tally

#endif // TALLY_COST_COSTKIND_H
