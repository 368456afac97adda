//===- Elementwise.cpp - generics over elements and channels --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Elementwise.h"
#include "Reductions.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Lower/Linalg/Scaling.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace tally {

Value buildElementwise(OpBuilder &b, Location loc, ArrayRef<int64_t> shape, Type element,
                       ValueRange inputs, ArrayRef<AffineMap> maps,
                       function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  SmallVector<AffineMap> all(maps);
  all.push_back(b.getMultiDimIdentityMap(shape.size()));
  Value empty = tensor::EmptyOp::create(b, loc, shape, element);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), inputs, ValueRange{empty}, all,
             SmallVector<utils::IteratorType>(shape.size(), utils::IteratorType::parallel),
             [&](OpBuilder &nested, Location at, ValueRange args) {
               linalg::YieldOp::create(nested, at, body(nested, at, args));
             })
      .getResult(0);
}

Value ElementwiseParameter::get(OpBuilder &b, Location loc, ValueRange values, Type type) const {
  if (isScalar)
    return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, scalar));
  Value value = values[operand];
  if (value.getType() != type)
    value = arith::ExtSIOp::create(b, loc, type, value);
  if (zeros == 0)
    return value;
  Value places = arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, zeros));
  return arith::ShLIOp::create(b, loc, value, places);
}

ElementwiseOperands::ElementwiseOperands(OpBuilder &builder, Location location, Value input,
                                         int64_t rank, ArrayRef<int64_t> shape)
    : inputs({input}), maps({builder.getMultiDimIdentityMap(rank)}), builder(builder),
      location(location), shape(shape) {
  SmallVector<AffineExpr> results;
  for (auto [index, size] : llvm::enumerate(shape))
    results.push_back(size == 1 ? builder.getAffineConstantExpr(0)
                                : builder.getAffineDimExpr(rank - shape.size() + index));
  broadcast = AffineMap::get(rank, 0, results, builder.getContext());
}

ElementwiseParameter ElementwiseOperands::add(ArrayRef<int64_t> values, unsigned width) {
  ElementwiseParameter parameter;
  parameter.isScalar = llvm::all_equal(values);
  parameter.scalar = values.empty() ? 0 : values.front();
  if (parameter.isScalar)
    return parameter;
  auto type = RankedTensorType::get(shape, builder.getIntegerType(width));
  SmallVector<APInt> elements;
  for (int64_t value : values)
    elements.emplace_back(width, uint64_t(value), /*isSigned=*/true);
  parameter.operand = inputs.size();
  inputs.push_back(
      arith::ConstantOp::create(builder, location, DenseElementsAttr::get(type, elements)));
  maps.push_back(broadcast);
  return parameter;
}

ElementwiseParameter ElementwiseOperands::addOffsets(ArrayRef<int64_t> values) {
  std::optional<int64_t> zeros = findOffsetZeros(values);
  if (!zeros || llvm::all_equal(values))
    return add(values, 64);
  SmallVector<int64_t> short32;
  for (int64_t value : values)
    short32.push_back(value >> *zeros);
  ElementwiseParameter parameter = add(short32, 32);
  parameter.zeros = *zeros;
  return parameter;
}

bool onlyClamps(RequantizeOp op) {
  auto all = [](ElementsAttr numbers, int64_t value) {
    return llvm::all_of(getIntegers(numbers), [&](int64_t number) { return number == value; });
  };
  return all(op.getMultiplier(), 1) && all(op.getOffset(), 0) && all(op.getShift(), 0);
}

Value clampCodes(OpBuilder &builder, Value input, RequantizeOp op) {
  auto resultType = cast<RankedTensorType>(op.getOutput().getType());
  Type from = getElementTypeOrSelf(op.getInput().getType()), wide = builder.getI32Type();
  IntegerType to = getStorageType(resultType.getElementType());
  CodeRange in = getCodeRange(op.getInput()), out = getCodeRange(op.getOutput());
  if (out.contains(in) && getElementTypeOrSelf(input.getType()) == to)
    return input;
  AffineMap map = builder.getMultiDimIdentityMap(resultType.getRank());
  return buildElementwise(builder, op.getLoc(), resultType.getShape(), to, input, map,
                          [&](OpBuilder &b, Location at, ValueRange v) -> Value {
                            auto bound = [&](int64_t code) -> Value {
                              return arith::ConstantOp::create(b, at, b.getI32IntegerAttr(code));
                            };
                            Value code = extendCode(b, at, v[0], from, wide);
                            if (in.min < out.min)
                              code = arith::MaxSIOp::create(b, at, code, bound(out.min));
                            if (in.max > out.max)
                              code = arith::MinSIOp::create(b, at, code, bound(out.max));
                            return to == wide
                                       ? code
                                       : arith::TruncIOp::create(b, at, to, code).getResult();
                          });
}

std::vector<int64_t> getRoundingOffsets(RequantizeOp op) {
  std::vector<int64_t> offsets = getIntegers(op.getOffset());
  if (op.getRounding() == Rounding::HalfUp)
    for (auto [offset, shift] : llvm::zip(offsets, getIntegers(op.getShift())))
      if (shift > 0)
        offset += int64_t(1) << (shift - 1);
  return offsets;
}

AffineMap getElementMap(OpBuilder &builder, int64_t rank, int64_t k) {
  return AffineMap::get(rank, 0, builder.getAffineConstantExpr(k), builder.getContext());
}

AffineMap getVectorMap(OpBuilder &builder, int64_t rank, Value vector, int64_t axis) {
  bool isOne = cast<RankedTensorType>(vector.getType()).getDimSize(0) == 1;
  return AffineMap::get(rank, 0,
                        isOne ? builder.getAffineConstantExpr(0) : builder.getAffineDimExpr(axis));
}

} // namespace tally
