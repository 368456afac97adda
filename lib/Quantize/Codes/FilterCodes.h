//===- FilterCodes.h - what a filter's codes add up to ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_CODES_FILTERCODES_H
#define TALLY_LIB_QUANTIZE_CODES_FILTERCODES_H

#include "tally/IR/Tally.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include <vector>

namespace tally {

/// The codes of constant `values` of this shape under `type`, per tensor or per axis.
std::vector<int64_t> getCodes(llvm::ArrayRef<float> values, mlir::RankedTensorType shape,
                              mlir::quant::QuantizedType type);

/// The same as an attribute of its storage, for a parameter `name`.
mlir::ElementsAttr makeCodeElements(llvm::ArrayRef<float> values, mlir::RankedTensorType shape,
                                    mlir::quant::QuantizedType type, llvm::StringRef name);

/// The levels that `decode` makes of a packed constant; empty where its input is none.
std::vector<int64_t> getLevels(DecodeOp decode);

/// The largest sum of the magnitudes of one filter's `codes`, which times the largest input
/// bounds the sums of a convolution. Filters are `[F, KH, KW, C]`, depthwise `[KH, KW, C, M]`.
int64_t getLargestFilterSum(llvm::ArrayRef<int64_t> codes, mlir::RankedTensorType shape,
                            bool depthwise);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_CODES_FILTERCODES_H
