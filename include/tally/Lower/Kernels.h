//===- Kernels.h - ways of machines to compute layers -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LOWER_KERNELS_H
#define TALLY_LOWER_KERNELS_H

#include <string>
#include <vector>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace tally {

/// Lets the dialect check `tally.kernel` operations.
void registerKernels(mlir::DialectRegistry &registry);

/// The features of processors that kernels ask for, by LLVM's names, sorted.
std::vector<std::string> getKernelFeatures();

} // namespace tally

#endif // TALLY_LOWER_KERNELS_H
