//===- QuantizerLevels.h - what a learned quantizer rounds to ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Train.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TRAIN_QUANTIZERLEVELS_H
#define TALLY_LIB_TRAIN_QUANTIZERLEVELS_H

#include "Gradients/TosaBuilder.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

namespace tally {

/// The outermost levels, in steps of the scale.
struct OuterLevels {
  double low, high;
};

inline OuterLevels getOuterLevels(mlir::Type levels) {
  if (auto powers = mlir::dyn_cast<PowerOfTwoType>(levels)) {
    double largest = double(powers.getLevels().largest());
    return {powers.getIsSigned() ? -largest : 0, largest};
  }
  CodeRange steps = getStepRange(levels);
  return {double(steps.min), double(steps.max)};
}

/// Its scale in a shape that broadcasts to that of its input.
inline mlir::Value getBroadcastScale(TosaBuilder &b, LearnedQuantizerOp op) {
  llvm::SmallVector<int64_t> shape(TosaBuilder::typeOf(op.getInput()).getRank(), 1);
  if (op.getAxis() >= 0)
    shape[op.getAxis()] = op.getScale().getType().getDimSize(0);
  return b.reshape(op.getScale(), shape);
}

} // namespace tally

#endif // TALLY_LIB_TRAIN_QUANTIZERLEVELS_H
