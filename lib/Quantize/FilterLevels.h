//===- FilterLevels.h - filters and values on powers of two -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_FILTERLEVELS_H
#define TALLY_LIB_QUANTIZE_FILTERLEVELS_H

#include "Network.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace tally {

/// Puts packed codes, unpacked by `tally.decode`, in the place of the constant filter of
/// `layer`; returns the first new operation.
mlir::Operation *replaceFilter(mlir::Operation *layer, PowerOfTwoType element,
                               const std::vector<uint8_t> &codes);

/// Where the filter of the convolution `layer` lies on powers of two or sums of them, with one
/// scale or one an output channel, replaces it by their codes. Takes the fewest bits.
bool recognizeLevels(mlir::Operation *layer);

/// The largest step of which all `values` are multiples of at most 127; 0 where there is none.
double recognizeStep(mlir::ArrayRef<float> values);

/// The codes of what `tally.snap` makes of a value, also through movement: levels. Null where
/// it is not snapped.
mlir::quant::UniformQuantizedType getSnappedType(mlir::Value value);
mlir::quant::UniformQuantizedType getSnappedType(SnapOp snap);

/// The codes that `snap` needs at its input.
mlir::quant::UniformQuantizedType getUnsnappedType(SnapOp snap);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_FILTERLEVELS_H
