//===- FilterRules.h - filters whose scales follow from them ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize: BWN, TWN and SAWB, see tally/Run/FilterScales.h.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_FILTERRULES_H
#define TALLY_LIB_QUANTIZE_FILTERRULES_H

#include "Quantize/Recipe/Plan.h"

#include <vector>

namespace tally {

/// What training puts on the `filter` of `layer` where scales of `bits`-bit levels follow from the
/// weights: `levels` says so itself, or they are uniform with the clip of SAWB.
mlir::Value quantizeByRule(mlir::OpBuilder &builder, mlir::Operation *layer, mlir::Value filter,
                           LevelRule levels, int bits);

/// A filter on binary or ternary levels, one scale for each index of `axis`.
struct RuledFilter {
  PowerOfTwoType element;
  std::vector<uint8_t> codes;

  static RuledFilter choose(mlir::MLIRContext *context, mlir::RankedTensorType shape,
                            mlir::ArrayRef<float> weights, LevelRule levels, int32_t axis);
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_FILTERRULES_H
