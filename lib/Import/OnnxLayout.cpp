//===- OnnxLayout.cpp - reshapes, transposes and slices -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values of rank 4 are NHWC in memory; ONNX speaks of NCHW. Operations that mix
// dimensions go through ONNX's order; what was transposed twice for that
// vanishes here.
//
//===----------------------------------------------------------------------===//

#include "OnnxImporter.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace tally::onnx {

Sizes getStorageOrder(int64_t rank) {
  if (rank == 4)
    return {0, 2, 3, 1};
  return llvm::to_vector<4>(llvm::seq<int64_t>(0, rank));
}

int64_t getStorageAxis(int64_t axis, int64_t rank) {
  Sizes order = getStorageOrder(rank);
  return llvm::find(order, axis) - order.begin();
}

Sizes permute(ArrayRef<int64_t> sizes, ArrayRef<int64_t> order) {
  Sizes result;
  for (int64_t dim : order)
    result.push_back(sizes[dim]);
  return result;
}

Value NodeScope::reshape(Value value, ArrayRef<int64_t> shape) {
  while (auto earlier = value.getDefiningOp<tosa::ReshapeOp>())
    value = earlier.getInput1();
  if (shapeOf(value) == shape)
    return value;
  return create<tosa::ReshapeOp>(tensorType(shape), value, shapeConstant(shape));
}

/// Whether the dimensions above 1 keep their order.
static bool keepsElements(ArrayRef<int64_t> shape, ArrayRef<int64_t> order) {
  int64_t last = -1;
  for (int64_t dim : order) {
    if (shape[dim] == 1)
      continue;
    if (dim < last)
      return false;
    last = dim;
  }
  return true;
}

Value NodeScope::transpose(Value value, ArrayRef<int64_t> order) {
  if (keepsElements(shapeOf(value), order))
    return reshape(value, permute(shapeOf(value), order));
  if (auto earlier = value.getDefiningOp<tosa::TransposeOp>()) {
    Sizes combined;
    for (int64_t dim : order)
      combined.push_back(earlier.getPerms()[dim]);
    return transpose(earlier.getInput1(), combined);
  }
  SmallVector<int32_t> perms(order.begin(), order.end());
  return create<tosa::TransposeOp>(tensorType(permute(shapeOf(value), order)), value, perms);
}

Value NodeScope::toLogical(Value value) {
  Sizes order = getStorageOrder(shapeOf(value).size()), inverse(order.size());
  for (const auto &[dim, axis] : llvm::enumerate(order))
    inverse[axis] = dim;
  return transpose(value, inverse);
}

Value NodeScope::toStorage(Value value) {
  return transpose(value, getStorageOrder(shapeOf(value).size()));
}

Value NodeScope::slice(Value value, ArrayRef<int64_t> start, ArrayRef<int64_t> size) {
  if (shapeOf(value) == size)
    return value;
  Value first = shapeConstant(start), extent = shapeConstant(size);
  return create<tosa::SliceOp>(tensorType(size), value, first, extent);
}

Value NodeScope::concat(ArrayRef<Value> values, int64_t axis) {
  if (values.size() == 1)
    return values[0];
  Sizes shape(shapeOf(values[0]));
  shape[axis] = 0;
  for (Value value : values)
    shape[axis] += shapeOf(value)[axis];
  return create<tosa::ConcatOp>(tensorType(shape), values, builder.getI32IntegerAttr(axis));
}

Value NodeScope::multiply(Value a, Value b) {
  // The caller has made the ranks equal and checked that the shapes broadcast.
  Sizes shape = *broadcast(shapeOf(a), shapeOf(b));
  return create<tosa::MulOp>(tensorType(shape), a, b, importer.mulShift);
}

Value NodeScope::addBias(Value value, const Literal &bias) {
  Value one = splat(bias.shape, 1);
  return create<ChannelAffineOp>(value.getType(), value, one, parameter(bias));
}

Value NodeScope::clamp(Value value, float low, float high) {
  return create<tosa::ClampOp>(value.getType(), value, builder.getF32FloatAttr(low),
                               builder.getF32FloatAttr(high));
}

} // namespace tally::onnx
