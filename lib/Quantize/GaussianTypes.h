//===- GaussianTypes.h - types by the spread of values ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize: scales from the deviation of values in place of their range (DAQ: Hong et
// al., 2022; there anew for each image, here once).
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_GAUSSIANTYPES_H
#define TALLY_LIB_QUANTIZE_GAUSSIANTYPES_H

#include "tally/Quantize/Math/Histogram.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace tally {

/// Signed symmetric codes of a convolution's filter: for each output channel (input channel in
/// depthwise form) the step of a bell curve around 0, or a smaller one where that reaches beyond
/// the largest weight.
mlir::quant::QuantizedType getGaussianFilterType(mlir::RankedTensorType filter,
                                                 llvm::ArrayRef<float> weights, bool depthwise,
                                                 int bits);

/// Unsigned codes of up to 8 bits from the first to the last level of a bell curve with the mean
/// and the deviation of what was seen, of the positive part where it is not negative; 0 is always a
/// code, and what was not seen has none.
mlir::quant::UniformQuantizedType getGaussianActivationType(mlir::MLIRContext *context,
                                                            const Histogram &seen, bool nonNegative,
                                                            int bits);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_GAUSSIANTYPES_H
