//===- Network.h - the function that is the network -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_IR_NETWORK_H
#define TALLY_IR_NETWORK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tally {

/// The network of a module: its only public function with a body, of one block. Emits an error
/// that names the functions where there is none or more than one.
mlir::FailureOr<mlir::func::FuncOp> getEntry(mlir::ModuleOp module);

/// Refuses what a network is not made of, so that a file says what is computed and not what a
/// compiler or machine is to do: operations of other dialects, calls, functions without a body, and
/// networks without inputs or results.
mlir::LogicalResult checkOperations(mlir::ModuleOp module);

} // namespace tally

#endif // TALLY_IR_NETWORK_H
