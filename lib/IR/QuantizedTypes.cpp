//===- QuantizedTypes.cpp - questions about !quant.uniform types ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Shapes.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include <algorithm>
#include <limits>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

QuantizedType getQuantizedElement(Type type) {
  if (auto shaped = dyn_cast<ShapedType>(type))
    type = shaped.getElementType();
  return dyn_cast<QuantizedType>(type);
}

CodeRange getStepRange(Type elementType) {
  CodeRange range = getCodeRange(elementType);
  auto uniform = dyn_cast<UniformQuantizedType>(elementType);
  int64_t zero = uniform ? uniform.getZeroPoint() : 0;
  return {range.min - zero, range.max - zero};
}

CodeRange getCodeRange(Type elementType) {
  if (auto quantized = dyn_cast<QuantizedType>(elementType))
    return {quantized.getStorageTypeMin(), quantized.getStorageTypeMax()};
  auto integer = cast<IntegerType>(elementType);
  unsigned width = integer.getWidth();
  if (integer.isUnsigned()) {
    assert(width < 64 && "unsigned 64-bit codes do not occur");
    return {0, (int64_t(1) << width) - 1};
  }
  if (width >= 64)
    return {INT64_MIN, INT64_MAX};
  return {-(int64_t(1) << (width - 1)), (int64_t(1) << (width - 1)) - 1};
}

CodeRange getCodeRange(Value value) {
  CodeRange range = getCodeRange(getElementTypeOrSelf(value.getType()));
  if (isa_and_nonnull<tosa::AddOp, tosa::SubOp>(value.getDefiningOp()))
    return {2 * range.min, 2 * range.max};
  return range;
}

CodeRange getAdderSumRange(QuantizedType a, QuantizedType b, int64_t terms) {
  CodeRange ra = getCodeRange(a), rb = getCodeRange(b);
  int64_t difference = std::max(ra.max - rb.min, rb.max - ra.min);
  return {saturatedProduct({-1, terms, difference}), 0};
}

CodeRange getSumRange(UniformQuantizedType type, int64_t terms) {
  CodeRange range = getCodeRange(type);
  int64_t zero = type.getZeroPoint();
  return {std::min<int64_t>(0, saturatedProduct({terms, range.min - zero})),
          std::max<int64_t>(0, saturatedProduct({terms, range.max - zero}))};
}

CodeRange getProductRange(UniformQuantizedType a, UniformQuantizedType b) {
  CodeRange x = getCodeRange(a), y = getCodeRange(b), range{INT64_MAX, INT64_MIN};
  for (int64_t i : {x.min - a.getZeroPoint(), x.max - a.getZeroPoint()})
    for (int64_t j : {y.min - b.getZeroPoint(), y.max - b.getZeroPoint()}) {
      range.min = std::min(range.min, i * j);
      range.max = std::max(range.max, i * j);
    }
  return range;
}

unsigned getStorageWidth(CodeRange range) {
  for (unsigned width : {8u, 16u, 32u}) {
    int64_t span = int64_t(1) << width;
    if (range.min >= 0 ? range.max < span : range.min >= -span / 2 && range.max < span / 2)
      return width;
  }
  return 64;
}

double boundScale(double scale) {
  return std::clamp(scale, double(std::numeric_limits<float>::min()),
                    double(std::numeric_limits<float>::max()));
}

/// Codes of 32 bits always have a sign, so that every code fits an `int32_t`.
static bool isSigned(CodeRange range, unsigned width) { return range.min < 0 || width == 32; }

UniformQuantizedType getUniformType(MLIRContext *context, CodeRange range, double scale,
                                    int64_t zeroPoint) {
  unsigned width = getStorageWidth(range);
  if (width > 32 || range.max > INT32_MAX)
    return {};
  scale = boundScale(scale);
  unsigned flags = isSigned(range, width) ? QuantizationFlags::Signed : 0;
  return UniformQuantizedType::get(flags, IntegerType::get(context, width),
                                   Float32Type::get(context), scale, zeroPoint, range.min,
                                   range.max);
}

UniformQuantizedPerAxisType getPerAxisType(MLIRContext *context, CodeRange range,
                                           ArrayRef<double> scales, int32_t axis) {
  unsigned width = getStorageWidth(range);
  if (width > 32 || range.max > INT32_MAX)
    return {};
  unsigned flags = isSigned(range, width) ? QuantizationFlags::Signed : 0;
  SmallVector<int64_t> zeroPoints(scales.size(), 0);
  SmallVector<double> bounded;
  for (double scale : scales)
    bounded.push_back(boundScale(scale));
  return UniformQuantizedPerAxisType::get(flags, IntegerType::get(context, width),
                                          Float32Type::get(context), bounded, zeroPoints, axis,
                                          range.min, range.max);
}

IntegerType getStorageType(Type elementType) {
  unsigned width = 0;
  if (auto quantized = dyn_cast<QuantizedType>(elementType))
    width = quantized.getStorageTypeIntegralWidth();
  else
    width = cast<IntegerType>(elementType).getWidth();
  return IntegerType::get(elementType.getContext(), width);
}

bool hasUnsignedStorage(Type elementType) {
  if (auto quantized = dyn_cast<QuantizedType>(elementType))
    return !quantized.isSigned();
  return cast<IntegerType>(elementType).isUnsigned();
}

} // namespace tally
