//===- MultiplyFreeCode.h - machine code without multiplies -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_TARGET_CPU_MULTIPLYFREECODE_H
#define TALLY_LIB_TARGET_CPU_MULTIPLYFREECODE_H

namespace llvm {
class Module;
class TargetMachine;
class TargetPassConfig;
} // namespace llvm

namespace tally {

/// LLVM's usual optimizations without those that make vectors of scalars, whose lanes may then
/// have to be shifted by different amounts; that is a multiplication where the machine has no
/// such shift for lanes of their width.
void optimizeOnScalars(llvm::Module &module, llvm::TargetMachine &machine);

/// Right before instructions are selected, products with constants become shifts and
/// additions. Earlier is too early, the optimizer makes such sums into products, and so does the
/// reduction of loop indices.
void addProductsToShifts(llvm::TargetPassConfig &config);

} // namespace tally

#endif // TALLY_LIB_TARGET_CPU_MULTIPLYFREECODE_H
