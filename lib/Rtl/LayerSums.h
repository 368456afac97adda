//===- LayerSums.h - what the lanes of a layer add up -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_LAYERSUMS_H
#define TALLY_LIB_RTL_LAYERSUMS_H

#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Window.h"

#include "mlir/IR/Operation.h"
#include <optional>
#include <vector>

namespace tally {

/// A convolution or adder layer as sums of the lanes' terms: the layer's own sum of filter f is
/// `sign * sum + constants[f]`.
struct LayerSums {
  unsigned kind = 0;                      ///< KIND of tally_lanes
  CodeRange inputs;                       ///< codes that lanes take
  unsigned inputBits = 0, weightBits = 0; ///< of codes; units have at least two
  bool weightsSigned = false;
  std::vector<uint64_t> weights; ///< bits of codes, `[filters][taps]`
  int64_t filters = 0, taps = 0;
  Window window;
  int64_t padding = 0; ///< the code outside of the map
  int64_t sign = 1;
  std::vector<int64_t> constants;
  std::vector<CodeRange> ranges; ///< of `sum`, by filter, as these weights make it
  mlir::Value input;

  /// Rows of gates that a term takes, about.
  unsigned termBits() const;
};

/// Nothing for other operations; an error that names the layer where there is no such stage.
mlir::FailureOr<std::optional<LayerSums>> getLayerSums(mlir::Operation *op, CodeRange inputs);

/// Zero point of a value of uniform type, 0 of others.
int64_t zeroPointOf(mlir::Value value);

} // namespace tally

#endif // TALLY_LIB_RTL_LAYERSUMS_H
