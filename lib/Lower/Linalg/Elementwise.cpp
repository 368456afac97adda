//===- Elementwise.cpp - generics over elements and channels --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Elementwise.h"
#include "tally/IR/Parameters.h"

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
  if (value.getType() == type)
    return value;
  return arith::ExtSIOp::create(b, loc, type, value);
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

std::vector<int64_t> getRoundingOffsets(RequantizeOp op) {
  std::vector<int64_t> offsets = getIntegers(op.getOffset());
  if (op.getRounding() == Rounding::HalfUp)
    for (auto [offset, shift] : llvm::zip(offsets, getIntegers(op.getShift())))
      if (shift > 0)
        offset += int64_t(1) << (shift - 1);
  return offsets;
}

} // namespace tally
