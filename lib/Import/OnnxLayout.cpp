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

/// The sizes in a shape operand.
static Sizes getSizes(Value shape) {
  Sizes sizes;
  for (const APInt &size : shape.getDefiningOp<tosa::ConstShapeOp>().getValues().getValues<APInt>())
    sizes.push_back(size.getSExtValue());
  return sizes;
}

Value NodeScope::transposeMoved(Value value, ArrayRef<int64_t> order, int depth) {
  Operation *op = value.getDefiningOp();
  if (auto earlier = dyn_cast_or_null<tosa::TransposeOp>(op)) {
    for (auto [to, dim] : llvm::enumerate(order))
      if (earlier.getPerms()[dim] != int64_t(to))
        return {};
    return earlier.getInput1();
  }
  if (depth == 0 || !isa_and_nonnull<tosa::PadOp, tosa::SliceOp, tosa::ConcatOp, TakeOp>(op))
    return {};
  size_t count = isa<tosa::ConcatOp>(op) ? op->getNumOperands() : 1;
  SmallVector<Value> sources;
  for (Value operand : op->getOperands().take_front(count))
    if (Value source = transposeMoved(operand, order, depth - 1))
      sources.push_back(source);
  if (sources.size() != count)
    return {};
  auto placeOf = [&](int64_t axis) { return llvm::find(order, axis) - order.begin(); };
  Sizes shape = permute(shapeOf(value), order);
  if (auto pad = dyn_cast<tosa::PadOp>(op)) {
    Sizes amounts = getSizes(pad.getPadding()), permuted;
    for (int64_t dim : order)
      permuted.append({amounts[2 * dim], amounts[2 * dim + 1]});
    return create<tosa::PadOp>(tensorType(shape), sources[0], shapeConstant(permuted),
                               pad.getPadConst());
  }
  if (auto part = dyn_cast<tosa::SliceOp>(op))
    return slice(sources[0], permute(getSizes(part.getStart()), order), shape);
  if (auto taken = dyn_cast<TakeOp>(op))
    return take(sources[0], taken.getIndices(), placeOf(taken.getAxis()));
  return concat(sources, placeOf(cast<tosa::ConcatOp>(op).getAxis()));
}

/// `value` is a transpose whose dimensions of size 1 have moved. One transpose does it all.
static Value transposeThroughReshape(NodeScope &scope, Value value, ArrayRef<int64_t> order) {
  auto reshape = value.getDefiningOp<tosa::ReshapeOp>();
  if (!reshape || !reshape.getInput1().getDefiningOp<tosa::TransposeOp>())
    return {};
  auto largeDims = [&](Value of) {
    Sizes dims;
    for (auto [dim, size] : llvm::enumerate(scope.shapeOf(of)))
      if (size != 1)
        dims.push_back(dim);
    return dims;
  };
  Value inner = reshape.getInput1();
  Sizes outerDims = largeDims(value), innerDims = largeDims(inner);
  if (permute(scope.shapeOf(value), outerDims) != permute(scope.shapeOf(inner), innerDims))
    return {};
  Sizes innerOrder;
  for (int64_t dim = 0, rank = scope.shapeOf(inner).size(); dim < rank; ++dim)
    if (scope.shapeOf(inner)[dim] == 1)
      innerOrder.push_back(dim);
  for (int64_t dim : order)
    if (scope.shapeOf(value)[dim] != 1)
      innerOrder.push_back(innerDims[llvm::find(outerDims, dim) - outerDims.begin()]);
  return scope.reshape(scope.transpose(inner, innerOrder), permute(scope.shapeOf(value), order));
}

Value NodeScope::transpose(Value value, ArrayRef<int64_t> order) {
  constexpr int kDepth = 4;
  if (keepsElements(shapeOf(value), order))
    return reshape(value, permute(shapeOf(value), order));
  if (auto earlier = value.getDefiningOp<tosa::TransposeOp>()) {
    Sizes combined;
    for (int64_t dim : order)
      combined.push_back(earlier.getPerms()[dim]);
    return transpose(earlier.getInput1(), combined);
  }
  if (Value moved = transposeThroughReshape(*this, value, order))
    return moved;
  if (Value moved = transposeMoved(value, order, kDepth))
    return moved;
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

Value NodeScope::take(Value value, ArrayRef<int64_t> indices, int64_t axis) {
  Sizes shape(shapeOf(value)), start(shape.size(), 0);
  shape[axis] = indices.size();
  bool adjacent = true;
  for (auto [position, index] : llvm::enumerate(indices))
    adjacent &= index == indices[0] + int64_t(position);
  if (adjacent) {
    start[axis] = indices[0];
    return slice(value, start, shape);
  }
  return create<TakeOp>(tensorType(shape), value, builder.getDenseI64ArrayAttr(indices),
                        builder.getI64IntegerAttr(axis));
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
