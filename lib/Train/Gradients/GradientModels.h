//===- GradientModels.h - the families of gradient rules --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Train.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TRAIN_GRADIENTS_GRADIENTMODELS_H
#define TALLY_LIB_TRAIN_GRADIENTS_GRADIENTMODELS_H

#include "tally/Train/Gradients.h"

#include "mlir/IR/MLIRContext.h"

namespace tally {

/// A rule that is the static function `build(op, gradient of the result, gradients)` of `Model`.
template <typename Model, typename OpT>
struct GradientRule : DifferentiableOpInterface::ExternalModel<Model, OpT> {
  mlir::LogicalResult buildGradient(mlir::Operation *op, Gradients &gradients) const {
    return Model::build(mlir::cast<OpT>(op), gradients.of(op->getResult(0)), gradients);
  }
};

void attachElementwiseGradients(mlir::MLIRContext *context);
void attachLayerGradients(mlir::MLIRContext *context);
void attachMovementGradients(mlir::MLIRContext *context);
void attachQuantizerGradients(mlir::MLIRContext *context);

} // namespace tally

#endif // TALLY_LIB_TRAIN_GRADIENTS_GRADIENTMODELS_H
