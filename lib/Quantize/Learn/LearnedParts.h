//===- LearnedParts.h - of what learned quantizers are made -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_LEARN_LEARNEDPARTS_H
#define TALLY_LIB_QUANTIZE_LEARN_LEARNEDPARTS_H

#include "Quantize/Recipe/Plan.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Quant/IR/Quant.h"

namespace tally {

/// `type` with every scale 1.
mlir::Type withUnitScale(mlir::Type type);

/// The loaded float filter of `layer`, behind a quantizer that it may have; null where it is
/// none.
mlir::Value getFloatFilter(mlir::Operation *layer);

/// A constant vector.
mlir::Value makeConstant(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::ArrayRef<float> numbers);

/// The parameter `NAME.sigma`, one for each of `scales`.
mlir::Value makeSigma(mlir::OpBuilder &builder, mlir::Location loc, const std::string &name,
                      std::vector<float> scales);

/// The masks that drop bits of a quantizer as `plan` says, null where it keeps all: drawn by
/// constant logits, or by the parameter `NAME.masks`.
mlir::Value makeMasks(mlir::OpBuilder &builder, mlir::Location loc, const std::string &name,
                      const LayerPlan &plan);

/// What stands for a weight of 0 where logarithms are taken.
constexpr float kLeastWeight = 1e-12f;

/// `filter` with a number of fractional bits that is learned as the parameter `NAME.fraction`, for
/// each channel or for each weight, and codes of `levels` at most.
mlir::Value learnFractions(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value filter,
                           mlir::Type levels, bool perWeight, const std::string &name);

/// Fractional bits as they are now, for good: quantizers get constant scales and the levels that
/// weights need.
mlir::LogicalResult fixFractions(mlir::ModuleOp module);

/// Erases a quantizer that nothing reads any more.
void eraseUnused(mlir::quant::DequantizeCastOp pair);

/// An adder layer's filter is rounded in the layer's step, which does not change; gradients pass
/// where it is clamped, so that weights may come back.
mlir::LogicalResult keepAdderScale(AdderConv2DOp layer);

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_LEARN_LEARNEDPARTS_H
