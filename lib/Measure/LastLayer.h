//===- LastLayer.h - which logit is the larger ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Measure. The logits of a network often come from one layer and a requantization:
//
//   logit f = clamp(floor(t_f / 2^s_f))      t_f = multiplier_f * sum_f + offset_f + half_f
//
// Whether logit a is above logit b for every input of the layer in a box is told by the smallest
// difference of their t over the box, term by term: each term has one element of the input. Bounds
// of each logit alone would take two different inputs for the two (Lechner et al., AAAI 2023, do
// the same for floats).
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_MEASURE_LASTLAYER_H
#define TALLY_LIB_MEASURE_LASTLAYER_H

#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Run/NetworkBounds.h"

#include <optional>

namespace tally {

class LastLayer {
public:
  /// The layer behind the first result of `function`: a convolution, or an adder layer, of one
  /// output position, requantized once or not at all. Nothing where it is something else.
  static std::optional<LastLayer> find(mlir::func::FuncOp function, const NetworkBounds &network);

  mlir::Value input() const { return value; }

  /// Whether code `a` of the result is above code `b` for every input of the layer within `box`,
  /// image `image` of several, given the bounds of both. No proof to the contrary where it is not.
  bool isAbove(const Bounds &box, int64_t image, int64_t a, CodeRange ofA, int64_t b,
               CodeRange ofB) const;

private:
  __extension__ typedef __int128 Wide;

  bool readLayer(mlir::Operation *layer, const NetworkBounds &network);
  bool readRequantization(RequantizeOp op);
  /// Brings all `t` to one denominator. Fails where 128 bits are too few.
  bool align();
  /// What one term adds to `t` of logit `filter`.
  Wide term(int64_t filter, int64_t weight, int64_t code) const;

  mlir::Value value;
  bool takesDifferences = false; ///< an adder layer: `sum = - sum |x - w|`
  int64_t zeroPoint = 0, channels = 0, imageSize = 0, filters = 0;
  std::vector<int64_t> taps;    ///< where each is in the image, -1 for padding
  std::vector<int64_t> weights; ///< [filters][taps][channels], without zero point
  std::vector<int64_t> biases, multipliers, offsets, shifts;
  bool halfUp = false;
  std::optional<CodeRange> saturation;
  int64_t shift = 0; ///< of the common denominator
  std::vector<Wide> factors, starts;
};

} // namespace tally

#endif // TALLY_LIB_MEASURE_LASTLAYER_H
