//===- TallyInterfaces.h - what operations say of themselves ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Generated from TallyInterfaces.td, and the words that its answers are made of. What an operation
// costs is asked of CostOpInterface in Cost.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_TALLYINTERFACES_H
#define TALLY_IR_TALLYINTERFACES_H

#include "tally/IR/Window.h"

#include "mlir/IR/OpDefinition.h"
#include <optional>

namespace tally {

/// Where an operation multiplies. Unknown is what a library or a series computes.
enum class Multiplies { Nowhere, OutsideSums, InSums, Unknown };

enum class BatchRole {
  Shared,      ///< belongs to all of them: filters, zero points, shapes
  Images,      ///< holds them
  OneOrImages, ///< holds them, or one that meets each
};

enum class Movement {
  View,          ///< the same elements in their order, all or a part, under another shape
  Rearrangement, ///< in another order, joined or with gaps filled
  Selection,     ///< those that win a comparison
};

enum class Reduction {
  Products,    ///< with the weights, added up
  Differences, ///< absolute differences from the weights, added up
  Sum,         ///< added up
  Mean,        ///< added up and divided by their number
  Extremum,    ///< the largest or smallest
};

/// Loads the tally dialect wherever TOSA is loaded: it brings the models of upstream operations.
void registerUpstreamModels(mlir::DialectRegistry &registry);

} // namespace tally

#include "tally/IR/TallyInterfaces.h.inc"

#endif // TALLY_IR_TALLYINTERFACES_H
