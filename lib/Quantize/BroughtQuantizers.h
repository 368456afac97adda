//===- BroughtQuantizers.h - quantizers of the imported network -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize. Until tally-insert-quantizers runs, every quant.qcast and
// quant.dcast is one that the network brought.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_BROUGHTQUANTIZERS_H
#define TALLY_LIB_QUANTIZE_BROUGHTQUANTIZERS_H

#include "Network.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace tally {

/// The load of a parameter of codes that `value` dequantizes; null where it does not.
mlir::ml_program::GlobalLoadConstOp getCodesBehind(mlir::Value value);

/// The values that a constant filter has, as floats, with one step for each, 0 where it holds
/// no codes; empty where it is not constant.
struct FilterValues {
  mlir::ml_program::GlobalLoadConstOp load;
  std::vector<float> values;
  std::vector<double> steps;
};
FilterValues getFilterValues(mlir::Value filter);

/// The type that the network itself rounds `value` to, also through movement. Null where it does
/// not, or to one for each channel.
mlir::quant::UniformQuantizedType getBroughtType(mlir::Value value);

/// The real numbers of the lowest and the highest code.
RealInterval getEnds(mlir::quant::UniformQuantizedType type);

/// The type that the network rounds the input of `layer` to, where 8 bits hold it and the
/// weights are multiples of its step, so that both can be codes of it. Null elsewhere.
mlir::quant::UniformQuantizedType getSharedType(AdderConv2DOp layer);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_BROUGHTQUANTIZERS_H
