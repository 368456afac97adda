//===- QuantizerTypes.h - from ranges to quantized types --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize: which codes stand for which reals.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_QUANTIZERTYPES_H
#define TALLY_LIB_QUANTIZE_QUANTIZERTYPES_H

#include "Quantize/Recipe/Plan.h"
#include "tally/Quantize/Math/Histogram.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace tally {

struct AdderTypes {
  mlir::quant::UniformQuantizedType input, filter;
  /// The step of the weights in units of the shared step: 2 in the published form, where
  /// only even codes occur.
  int64_t filterStep = 1;
};

/// The types of an adder layer's operands over `interval`; they share scale and
/// zero point.
AdderTypes getAdderTypes(mlir::MLIRContext *context, RealInterval interval, const LayerPlan &plan);

/// Activations outside adder layers: unsigned codes of `bits` bits. Where codes are scarce (8 bits
/// or fewer), over the quantile `share` of what was seen, on both sides, or further where more than
/// 1 % of the values' squares would be lost; else over a quarter more than was seen. 0 is always a
/// code.
mlir::quant::UniformQuantizedType getActivationType(mlir::MLIRContext *context,
                                                    const Histogram &seen, bool nonNegative,
                                                    int bits, double share);

/// Results of the network: 32-bit codes, 2^15 of them up to the largest seen.
mlir::quant::UniformQuantizedType getResultType(mlir::MLIRContext *context, const Histogram &seen);

/// Signed symmetric codes of a convolution's filter, one scale an output channel
/// (an input channel in depthwise form).
mlir::quant::QuantizedType getFilterTypePerChannel(mlir::RankedTensorType filter,
                                                   mlir::ArrayRef<float> weights, bool depthwise,
                                                   int bits);

/// Whether all that reads `op` takes maxima, to which fillers below all codes do not matter.
bool onlyFeedsMaxima(mlir::Operation *op);

/// What calibration saw of `value`: the sketch of the value it rearranges, or the
/// join of those it concatenates, with the borders around them.
std::optional<Histogram> joinObserved(mlir::Value value);

/// Joins observed values with all that they are concatenated with, directly or not, and the borders
/// around them.
class ConcatenatedHistograms {
public:
  Histogram join(ObserveOp observe);

private:
  /// Of values that were found beside another one.
  llvm::DenseMap<mlir::Operation *, Histogram> known;
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_QUANTIZERTYPES_H
