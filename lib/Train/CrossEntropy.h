//===- CrossEntropy.h - the loss of classes ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Train.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TRAIN_CROSSENTROPY_H
#define TALLY_LIB_TRAIN_CROSSENTROPY_H

#include "Gradients/TosaBuilder.h"

namespace tally {

/// The mean over rows of `- sum targets * log(softmax(scores))`. Less the largest of each row, so
/// that no exponential overflows; the difference is the same.
inline mlir::Value buildCrossEntropy(TosaBuilder &b, mlir::Value scores, mlir::Value targets) {
  int64_t rows = TosaBuilder::shapeOf(scores)[0];
  mlir::Value shifted = b.sub(scores, b.reduceMax(scores, 1));
  mlir::Value logSum = b.log(b.reduceSum(b.exp(shifted), 1));
  mlir::Value each = b.mul(targets, b.sub(logSum, shifted));
  return b.mul(b.sumTo(each, {}), 1 / double(rows));
}

} // namespace tally

#endif // TALLY_LIB_TRAIN_CROSSENTROPY_H
