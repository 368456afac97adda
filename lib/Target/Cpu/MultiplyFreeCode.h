//===- MultiplyFreeCode.h - machine code without multiplies -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_TARGET_CPU_MULTIPLYFREECODE_H
#define TALLY_LIB_TARGET_CPU_MULTIPLYFREECODE_H

namespace llvm {
class TargetPassConfig;
} // namespace llvm

namespace tally {

/// Right before instructions are selected, products with constants become shifts and
/// additions. Earlier is too early, the optimizer makes such sums into products, and so does the
/// reduction of loop indices.
void addProductsToShifts(llvm::TargetPassConfig &config);

} // namespace tally

#endif // TALLY_LIB_TARGET_CPU_MULTIPLYFREECODE_H
