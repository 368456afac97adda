//===- LayerSums.h - what the lanes of a layer add up -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_LAYERSUMS_H
#define TALLY_LIB_RTL_LAYERSUMS_H

#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Window.h"

#include "mlir/IR/Operation.h"
#include <array>
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
  std::vector<uint64_t> weights;         ///< bits of codes, `[filters][taps]`
  int64_t filters = 0, taps = 0;         ///< taps of one filter
  int64_t groups = 1;                    ///< each has its share of channels and filters
  std::array<int64_t, 3> shape = {};     ///< of the map: rows, columns, channels
  std::array<int64_t, 2> positions = {}; ///< of the result
  Window window;
  int64_t padding = 0; ///< the code outside of the map
  int64_t sign = 1;
  std::vector<int64_t> constants;
  std::vector<CodeRange> ranges; ///< of `sum`, by filter, as these weights make it

  /// Rows of gates that a term takes, about.
  unsigned termBits() const;
};

/// Nothing for other operations; an error that names the layer where there is no such stage.
mlir::FailureOr<std::optional<LayerSums>> getLayerSums(mlir::Operation *op, CodeRange inputs);

/// Codes as they are, as a layer of one tap for each of `channels`: what scales them one by one.
LayerSums getCodeSums(int64_t positions, int64_t channels, CodeRange inputs);

/// Zero point of a value of uniform type, 0 of others.
int64_t zeroPointOf(mlir::Value value);

} // namespace tally

#endif // TALLY_LIB_RTL_LAYERSUMS_H
