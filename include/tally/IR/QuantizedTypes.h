//===- QuantizedTypes.h - questions about !quant.uniform types --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tally keeps upstream's per-tensor and per-axis uniform types on values. These
// functions answer what passes and lowerings ask of them.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_QUANTIZEDTYPES_H
#define TALLY_IR_QUANTIZEDTYPES_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include <cstdint>

namespace tally {

/// An inclusive range of integers.
struct CodeRange {
  int64_t min = 0, max = 0;
  bool contains(CodeRange other) const { return min <= other.min && other.max <= max; }
};

/// The quantized element type of a tensor type, or null.
mlir::quant::QuantizedType getQuantizedElement(mlir::Type type);

/// The codes that a quantized or signless integer element type can hold.
/// Signless integers count as signed.
CodeRange getCodeRange(mlir::Type elementType);

/// Those of a uniform type, less its zero point: steps of the scale. Of several zero points 0.
CodeRange getStepRange(mlir::Type elementType);

/// The codes of a quantized value: those of its type, or twice those where it is a sum or a
/// difference, which may leave the type of what is added.
CodeRange getCodeRange(mlir::Value value);

/// `[-K * D, 0]`: every sum of an adder layer, where `K` is the number of terms
/// and `D` the largest difference between a code of `a` and a code of `b`.
CodeRange getAdderSumRange(mlir::quant::QuantizedType a, mlir::quant::QuantizedType b,
                           int64_t terms);

/// Every sum of `terms` values `code - zeroPoint`.
CodeRange getSumRange(mlir::quant::UniformQuantizedType type, int64_t terms);

/// Every product of a code of `a` and one of `b`, each less its zero point.
CodeRange getProductRange(mlir::quant::UniformQuantizedType a, mlir::quant::UniformQuantizedType b);

/// Storage width in bits that holds `range`: 8, 16, 32, or 64 where 32 is too
/// narrow; signed when `range.min < 0`.
unsigned getStorageWidth(CodeRange range);

/// `scale`, or the nearest number that a scale expressed in f32 may be.
double boundScale(double scale);

/// A per-tensor uniform type that stores exactly `range` in the narrowest of
/// 8, 16 or 32 bits, expressed in f32. Null where 32 bits do not hold `range`.
mlir::quant::UniformQuantizedType getUniformType(mlir::MLIRContext *context, CodeRange range,
                                                 double scale, int64_t zeroPoint = 0);

/// A per-axis uniform type with zero points 0, as `getUniformType`.
mlir::quant::UniformQuantizedPerAxisType getPerAxisType(mlir::MLIRContext *context, CodeRange range,
                                                        llvm::ArrayRef<double> scales,
                                                        int32_t axis);

/// The signless integer type that stores codes of `elementType`.
mlir::IntegerType getStorageType(mlir::Type elementType);

/// Whether codes of `elementType` are stored without a sign.
bool hasUnsignedStorage(mlir::Type elementType);

} // namespace tally

#endif // TALLY_IR_QUANTIZEDTYPES_H
