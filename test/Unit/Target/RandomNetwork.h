//===- RandomNetwork.h - small integer networks of every shape --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Generates valid modules of stage `integer`: every operation that is legal
// there, odd shapes, extreme codes and multipliers. The same seed gives the same
// network.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TEST_UNIT_TARGET_RANDOMNETWORK_H
#define TALLY_TEST_UNIT_TARGET_RANDOMNETWORK_H

#include "tally/Data/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tally::test {

/// What filters of convolutions hold.
enum class RandomFilters {
  Any,
  Powers,  ///< powers of two, or sums of them
  FewBits, ///< binary and ternary weights
};

mlir::OwningOpRef<mlir::ModuleOp> makeRandomNetwork(mlir::MLIRContext *context, unsigned seed,
                                                    RandomFilters filters = RandomFilters::Any);

/// Random codes, extremes included, for each argument of `function`.
std::vector<Tensor> makeRandomInputs(mlir::func::FuncOp function, unsigned seed);

} // namespace tally::test

#endif // TALLY_TEST_UNIT_TARGET_RANDOMNETWORK_H
