//===- StepSignature.h - what a training step takes and returns -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Train. Passes add arguments and results to the one function of a step; their names
// say what they are.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TRAIN_STEPSIGNATURE_H
#define TALLY_LIB_TRAIN_STEPSIGNATURE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tally {

/// The name of an argument or a result, empty without.
llvm::StringRef getArgumentName(mlir::func::FuncOp function, unsigned index);
llvm::StringRef getResultName(mlir::func::FuncOp function, unsigned index);

/// Whether it is one that intervals begin with.
bool isOfIntervals(llvm::StringRef argument);

/// One more argument, the last.
mlir::Value addArgument(mlir::func::FuncOp function, llvm::StringRef name, mlir::Type type);

/// One more result in front of result `index`.
void insertResult(mlir::func::FuncOp function, unsigned index, llvm::StringRef name,
                  mlir::Value value);

/// Behind all results.
void addResult(mlir::func::FuncOp function, llvm::StringRef name, mlir::Value value);

} // namespace tally

#endif // TALLY_LIB_TRAIN_STEPSIGNATURE_H
