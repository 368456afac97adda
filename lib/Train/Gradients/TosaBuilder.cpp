//===- TosaBuilder.cpp - arithmetic on tensors, in short ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TosaBuilder.h"

#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally {

/// `x` with dimensions of size 1 in front.
Value TosaBuilder::broadcastTo(Value x, int64_t rank) {
  SmallVector<int64_t> shape(rank - typeOf(x).getRank(), 1);
  if (shape.empty())
    return x;
  llvm::append_range(shape, shapeOf(x));
  return reshape(x, shape);
}

std::pair<Value, Value> TosaBuilder::align(Value x, Value y) {
  int64_t rank = std::max(typeOf(x).getRank(), typeOf(y).getRank());
  return {broadcastTo(x, rank), broadcastTo(y, rank)};
}

RankedTensorType TosaBuilder::broadcastType(Value x, Value y) {
  SmallVector<int64_t> shape;
  for (auto [a, c] : llvm::zip_equal(shapeOf(x), shapeOf(y)))
    shape.push_back(a == 1 ? c : a);
  return typeOf(x).clone(shape);
}

Value TosaBuilder::makeShape(Sizes sizes) {
  return tosa::ConstShapeOp::create(b, loc, tosa::shapeType::get(b.getContext(), sizes.size()),
                                    b.getIndexTensorAttr(sizes));
}

Value TosaBuilder::zeroPoint() { return splat({1}, 0); }

Value TosaBuilder::add(Value x, Value y) {
  std::tie(x, y) = align(x, y);
  return tosa::AddOp::create(b, loc, broadcastType(x, y), x, y);
}

Value TosaBuilder::sub(Value x, Value y) {
  std::tie(x, y) = align(x, y);
  return tosa::SubOp::create(b, loc, broadcastType(x, y), x, y);
}

Value TosaBuilder::mul(Value x, Value y) {
  std::tie(x, y) = align(x, y);
  auto type = RankedTensorType::get({1}, b.getI8Type());
  Value shift =
      tosa::ConstOp::create(b, loc, type, DenseElementsAttr::get(type, b.getI8IntegerAttr(0)));
  return tosa::MulOp::create(b, loc, broadcastType(x, y), x, y, shift);
}

Value TosaBuilder::mul(Value x, double factor) {
  return mul(x, splat(SmallVector<int64_t>(typeOf(x).getRank(), 1), factor));
}

Value TosaBuilder::add(Value x, double term) {
  return add(x, splat(SmallVector<int64_t>(typeOf(x).getRank(), 1), term));
}

Value TosaBuilder::maximum(Value x, double least) {
  Value bound = splat(SmallVector<int64_t>(typeOf(x).getRank(), 1), least);
  return tosa::MaximumOp::create(b, loc, x.getType(), x, bound);
}

Value TosaBuilder::negate(Value x) { return mul(x, -1); }
Value TosaBuilder::exp(Value x) { return tosa::ExpOp::create(b, loc, x.getType(), x); }
Value TosaBuilder::log(Value x) { return tosa::LogOp::create(b, loc, x.getType(), x); }
Value TosaBuilder::rsqrt(Value x) { return tosa::RsqrtOp::create(b, loc, x.getType(), x); }
Value TosaBuilder::sin(Value x) { return tosa::SinOp::create(b, loc, x.getType(), x); }
Value TosaBuilder::cos(Value x) { return tosa::CosOp::create(b, loc, x.getType(), x); }
Value TosaBuilder::reciprocal(Value x) {
  return tosa::ReciprocalOp::create(b, loc, x.getType(), x);
}

Value TosaBuilder::pow(Value x, Value exponent) {
  std::tie(x, exponent) = align(x, exponent);
  return tosa::PowOp::create(b, loc, broadcastType(x, exponent), x, exponent);
}

Value TosaBuilder::inside(Value x, double low, double high) {
  return InsideOp::create(b, loc, x, b.getF32FloatAttr(low), b.getF32FloatAttr(high));
}

Value TosaBuilder::splat(Sizes shape, double value) {
  auto type = RankedTensorType::get(shape, b.getF32Type());
  return tosa::ConstOp::create(b, loc, type, DenseElementsAttr::get(type, float(value)));
}

Value TosaBuilder::constant(Sizes shape, ArrayRef<float> values) {
  auto type = RankedTensorType::get(shape, b.getF32Type());
  return tosa::ConstOp::create(b, loc, type, DenseElementsAttr::get(type, values));
}

Value TosaBuilder::reshape(Value x, Sizes shape) {
  if (shapeOf(x) == shape)
    return x;
  return tosa::ReshapeOp::create(b, loc, typeOf(x).clone(shape), x, makeShape(shape));
}

Value TosaBuilder::transpose(Value x, ArrayRef<int32_t> order) {
  SmallVector<int64_t> shape;
  for (int32_t dim : order)
    shape.push_back(shapeOf(x)[dim]);
  return tosa::TransposeOp::create(b, loc, typeOf(x).clone(shape), x,
                                   b.getDenseI32ArrayAttr(order));
}

Value TosaBuilder::slice(Value x, Sizes start, Sizes size) {
  return tosa::SliceOp::create(b, loc, typeOf(x).clone(size), x, makeShape(start), makeShape(size));
}

Value TosaBuilder::pad(Value x, Sizes before, Sizes after) {
  SmallVector<int64_t> shape(shapeOf(x)), pairs;
  for (auto [dim, low, high] : llvm::enumerate(before, after)) {
    shape[dim] += low + high;
    pairs.append({low, high});
  }
  return tosa::PadOp::create(b, loc, typeOf(x).clone(shape), x, makeShape(pairs), zeroPoint());
}

Value TosaBuilder::concat(ArrayRef<Value> parts) {
  int64_t size = 0;
  for (Value part : parts)
    size += shapeOf(part)[0];
  return tosa::ConcatOp::create(b, loc, typeOf(parts.front()).clone({size}), parts, 0);
}

Value TosaBuilder::reduceSum(Value x, int64_t axis) {
  SmallVector<int64_t> shape(shapeOf(x));
  shape[axis] = 1;
  return tosa::ReduceSumOp::create(b, loc, typeOf(x).clone(shape), x, b.getI32IntegerAttr(axis));
}

Value TosaBuilder::reduceMax(Value x, int64_t axis) {
  SmallVector<int64_t> shape(shapeOf(x));
  shape[axis] = 1;
  return tosa::ReduceMaxOp::create(b, loc, typeOf(x).clone(shape), x, b.getI32IntegerAttr(axis));
}

Value TosaBuilder::sumTo(Value x, Sizes shape) {
  int64_t rank = typeOf(x).getRank(), missing = rank - int64_t(shape.size());
  SmallVector<int64_t> wanted(missing, 1);
  llvm::append_range(wanted, shape);
  // Behind the last dimension, that of channels, for which lanes of a vector are.
  for (int64_t dim = rank - 2; dim >= 0; --dim)
    if (wanted[dim] == 1 && shapeOf(x)[dim] != 1)
      x = reduceSum(x, dim);
  if (rank > 0 && wanted[rank - 1] == 1 && shapeOf(x)[rank - 1] != 1)
    x = reduceSum(x, rank - 1);
  return reshape(x, shape);
}

Value TosaBuilder::sumChannels(Value x) { return sumTo(x, {shapeOf(x).back()}); }

Value TosaBuilder::matmul(Value x, Value y) {
  SmallVector<int64_t> shape = {shapeOf(x)[0], shapeOf(x)[1], shapeOf(y)[2]};
  return tosa::MatMulOp::create(b, loc, typeOf(x).clone(shape), x, y, zeroPoint(), zeroPoint());
}

Value TosaBuilder::abs(Value x) { return tosa::AbsOp::create(b, loc, x.getType(), x); }

Value TosaBuilder::softmax(Value logits) {
  Value powers = exp(sub(logits, reduceMax(logits, 0)));
  return mul(powers, reciprocal(reduceSum(powers, 0)));
}

Value TosaBuilder::alongSoftmax(Value attention, Value g) {
  return mul(attention, sub(g, reduceSum(mul(attention, g), 0)));
}

} // namespace tally
