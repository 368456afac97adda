//===- RandomMovement.cpp - codes elsewhere, at random --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "RandomMovement.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally::test {

/// Images do not grow beyond this many elements.
constexpr int64_t kMostElements = 2000;

Value RandomMovement::reshape(Value value, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> sizes(shape);
  return tosa::ReshapeOp::create(builder, loc, tensor(sizes, typeOf(value)), value,
                                 shapeConstant(sizes));
}

Value RandomMovement::transpose(Value value, ArrayRef<int32_t> permutation) {
  SmallVector<int64_t> result;
  for (int32_t dim : permutation)
    result.push_back(shapeOf(value)[dim]);
  return tosa::TransposeOp::create(builder, loc, tensor(result, typeOf(value)), value,
                                   builder.getDenseI32ArrayAttr(permutation));
}

Value RandomMovement::slice(Value value, ArrayRef<int64_t> start, ArrayRef<int64_t> size) {
  return tosa::SliceOp::create(builder, loc, tensor(size, typeOf(value)), value,
                               shapeConstant(start), shapeConstant(size));
}

Value RandomMovement::take(Value value, int64_t axis, ArrayRef<int64_t> indices) {
  SmallVector<int64_t> result(shapeOf(value));
  result[axis] = indices.size();
  return TakeOp::create(builder, loc, tensor(result, typeOf(value)), value, indices, axis);
}

Value RandomMovement::depthToSpace(Value value, int64_t rows, int64_t columns) {
  int64_t height = shapeOf(value)[1], width = shapeOf(value)[2];
  int64_t channels = shapeOf(value)[3] / (rows * columns);
  bool columnRowDepth = chance(2);
  Value apart = columnRowDepth ? reshape(value, {1, height, width, channels, rows, columns})
                               : reshape(value, {1, height, width, rows, columns, channels});
  Value ordered = transpose(apart, columnRowDepth ? ArrayRef<int32_t>{0, 1, 4, 2, 5, 3}
                                                  : ArrayRef<int32_t>{0, 1, 3, 2, 4, 5});
  return reshape(ordered, {1, height * rows, width * columns, channels});
}

Value RandomMovement::spaceToDepth(Value value) {
  int64_t height = shapeOf(value)[1], width = shapeOf(value)[2], channels = shapeOf(value)[3];
  int64_t rows = height % 2 ? 1 : 2, columns = width % 3 ? 1 : 3;
  Value apart = reshape(value, {1, height / rows, rows, width / columns, columns, channels});
  return reshape(transpose(apart, {0, 1, 3, 2, 4, 5}),
                 {1, height / rows, width / columns, rows * columns * channels});
}

Value RandomMovement::shuffle(Value value) {
  SmallVector<int64_t> permutation(shapeOf(value)[3]);
  for (size_t c = 0; c < permutation.size(); ++c)
    permutation[c] = c;
  std::shuffle(permutation.begin(), permutation.end(), random);
  return ShuffleChannelsOp::create(builder, loc, value.getType(), value,
                                   ArrayRef<int64_t>(permutation));
}

Value RandomMovement::pad(Value value) {
  UniformQuantizedType type = typeOf(value);
  SmallVector<int64_t> pads, padded(shapeOf(value));
  for (int64_t dim = 0; dim < 4; ++dim)
    for (int side = 0; side < 2; ++side) {
      pads.push_back(dim == 0 ? 0 : random() % 3);
      padded[dim] += pads.back();
    }
  Value code = scalarConstant(type, randomCode(getCodeRange(type)));
  code.setType(tensor({1}, type));
  return tosa::PadOp::create(builder, loc, tensor(padded, type), value, shapeConstant(pads), code);
}

Value RandomMovement::cut(Value value) {
  SmallVector<int64_t> start, size;
  for (int64_t extent : shapeOf(value)) {
    start.push_back(random() % extent);
    size.push_back(upTo(extent - start.back()));
  }
  return slice(value, start, size);
}

/// Every second element, one repeated, in the other order, or any.
Value RandomMovement::takeSome(Value value) {
  int64_t axis = 1 + random() % 3, size = shapeOf(value)[axis];
  SmallVector<int64_t> indices;
  int64_t kind = random() % 4, first = random() % size;
  for (int64_t i = 0; i < 1 + size / 2; ++i)
    indices.push_back(kind == 0   ? std::min(2 * i, size - 1)
                      : kind == 1 ? first
                      : kind == 2 ? size - 1 - i
                                  : random() % size);
  for (int64_t &index : indices)
    index = std::max<int64_t>(index, 0);
  return take(value, axis, indices);
}

/// Each row and each column several times, as for the nearest element.
Value RandomMovement::enlarge(Value value) {
  for (int64_t axis : {1, 2}) {
    int64_t size = shapeOf(value)[axis], times = upTo(3);
    if (ShapedType::getNumElements(shapeOf(value)) * times > kMostElements)
      continue;
    SmallVector<int64_t> indices;
    for (int64_t i = 0; i < size * times; ++i)
      indices.push_back(i / times);
    value = take(value, axis, indices);
  }
  return value;
}

Value RandomMovement::move(Value value) {
  ArrayRef<int64_t> shape = shapeOf(value);
  switch (random() % 9) {
  case 0:
    return shuffle(value);
  case 1:
    return pad(value);
  case 2:
    return cut(value);
  case 3: {
    static constexpr int32_t perms[][4] = {{0, 3, 1, 2}, {0, 2, 1, 3}, {0, 2, 3, 1}};
    return transpose(value, perms[random() % 3]);
  }
  case 4:
    return takeSome(value);
  case 5:
    return enlarge(value);
  case 6: {
    int64_t rows = shape[3] % 2 ? 1 : 2, columns = shape[3] / rows % 3 ? 1 : 3;
    return depthToSpace(value, rows, columns);
  }
  case 7:
    return spaceToDepth(value);
  default:
    return reshape(value, {1, shape[1] * shape[3], 1, shape[2]});
  }
}

Value RandomMovement::concatenate(Value value, ArrayRef<Value> others) {
  int64_t axis = 1 + random() % 3;
  SmallVector<Value> parts = {value};
  SmallVector<int64_t> shape(shapeOf(value));
  for (Value other : others) {
    SmallVector<int64_t> a(shapeOf(value)), b(shapeOf(other));
    a[axis] = b[axis] = 0;
    if (a != b || parts.size() > 2 || shape[axis] > 30)
      continue;
    if (other.getType() != value.getType() || chance(2))
      other = requantize(other, typeOf(value));
    shape[axis] += shapeOf(other)[axis];
    parts.push_back(other);
  }
  if (chance(3)) {
    SmallVector<int64_t> constant(shapeOf(value));
    constant[axis] = upTo(3);
    shape[axis] += constant[axis];
    parts.insert(parts.begin() + random() % (parts.size() + 1), parameter(constant, typeOf(value)));
  }
  return tosa::ConcatOp::create(builder, loc, tensor(shape, typeOf(value)), parts,
                                builder.getI32IntegerAttr(axis));
}

} // namespace tally::test
