//===- Kernels.h - ways of machines to compute layers -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LOWER_KERNELS_H
#define TALLY_LOWER_KERNELS_H

#include "tally/IR/Tally.h"

#include "mlir/IR/Builders.h"
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// Lets the dialect check `tally.kernel` operations.
void registerKernels(mlir::DialectRegistry &registry);

/// The features of processors that kernels ask for, by LLVM's names, sorted.
std::vector<std::string> getKernelFeatures();

/// One update of the sums that a kernel keeps in a register, with operands in registers.
struct RegisterUpdate {
  mlir::VectorType sums;
  int64_t terms; ///< products or differences that it adds
  /// `sums` plus terms of the bytes of `sums` and of `weights`, all of type `sums`.
  std::function<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value sums,
                            mlir::Value weights)>
      build;
};

/// What the kernel called `name` repeats for the terms of a layer; none where it has no
/// instruction of its own for them.
std::optional<RegisterUpdate> getRegisterUpdate(llvm::StringRef name, TargetAttr target);

} // namespace tally

#endif // TALLY_LOWER_KERNELS_H
