//===- OperationTable.h - from operations to the reference ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Run: how the interpreter finds the reference function of an
// operation.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_RUN_OPERATIONTABLE_H
#define TALLY_LIB_RUN_OPERATIONTABLE_H

#include "tally/Run/Interpreter.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"
#include <optional>

namespace tally {

/// One operation about to run.
struct Execution {
  mlir::Operation *op;
  mlir::ArrayRef<Tensor> operands;
  /// How many copies of the network run as one batch, side by side in the operands that hold
  /// images and in the result.
  int64_t batch;
  int threads;
  Precision precision = Precision::Single;

  /// What holds values of `type` in this run, a type that tensors can hold.
  ElementType elementTypeFor(mlir::Type type) const;
};

/// `tensor` in double precision where it is of single precision and the run is not.
Tensor toPrecision(const Tensor &tensor, Precision precision);

/// `tensor` once for every copy of the network, along the leading dimension.
Tensor repeat(const Tensor &tensor, int64_t copies);

/// The result of a single-result operation, or an emitted error.
mlir::FailureOr<Tensor> execute(const Execution &execution);

/// Parts of `execute`, for operands that fit together: null where the operation belongs to
/// another part.
std::optional<mlir::FailureOr<Tensor>> executeLayer(const Execution &x);
std::optional<mlir::FailureOr<Tensor>> executeQuantization(const Execution &x);
std::optional<mlir::FailureOr<Tensor>> executeElementwise(const Execution &x);
std::optional<mlir::FailureOr<Tensor>> executeDataMovement(const Execution &x);
std::optional<mlir::FailureOr<Tensor>> executeGradient(const Execution &x);
std::optional<mlir::FailureOr<Tensor>> executeFilterQuantizer(const Execution &x);

/// `elements` as a tensor of `type`, or an error at the operation.
mlir::FailureOr<Tensor> makeTensor(const Execution &x, mlir::ElementsAttr elements,
                                   mlir::Type type);

} // namespace tally

#endif // TALLY_LIB_RUN_OPERATIONTABLE_H
