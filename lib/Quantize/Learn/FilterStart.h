//===- FilterStart.h - what learned quantizers of filters start as -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_LEARN_FILTERSTART_H
#define TALLY_LIB_QUANTIZE_LEARN_FILTERSTART_H

#include "Quantize/Recipe/Plan.h"

#include "mlir/IR/Types.h"
#include "mlir/IR/Value.h"
#include <vector>

namespace tally {

/// The levels of a filter, with scales of 1, and where its scales start.
struct FilterStart {
  mlir::Type levels;
  std::vector<float> scales;

  /// On the levels of `member`: with the least sum of the errors' fourth powers, or with `steps`
  /// `minmax` in the layer's plan such that the outermost level is the largest weight.
  static FilterStart choose(mlir::Operation *layer, mlir::Value filter,
                            const QuantizerMember &member);
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_LEARN_FILTERSTART_H
