//===- Kernels.h - who knows the kernels ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_KERNELS_H
#define TALLY_IR_KERNELS_H

#include "tally/IR/Tally.h"

#include "mlir/IR/DialectInterface.h"

namespace tally {

/// What the dialect asks of the room that has the kernels, see `registerKernels`.
class KernelInterface : public mlir::DialectInterface::Base<KernelInterface> {
public:
  explicit KernelInterface(mlir::Dialect *dialect) : Base(dialect) {}

  /// Emits an error at `op` where its kernel does not exist or takes something else.
  virtual mlir::LogicalResult verify(KernelOp op) const = 0;
};

} // namespace tally

#endif // TALLY_IR_KERNELS_H
