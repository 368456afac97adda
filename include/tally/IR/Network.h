//===- Network.h - the function that is the network -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_NETWORK_H
#define TALLY_IR_NETWORK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tally {

/// The function that a module stands for: `main`, or the only public one. Emits an error
/// where there is none.
mlir::FailureOr<mlir::func::FuncOp> getEntry(mlir::ModuleOp module);

} // namespace tally

#endif // TALLY_IR_NETWORK_H
