//===- OnnxMovement.cpp - elements taken, repeated, spread over space -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxLayers.h"
#include "OnnxNodeTable.h"
#include "OnnxTarget.h"

using namespace mlir;

namespace tally::onnx {

//===----------------------------------------------------------------------===//
// Gather, Expand, Tile
//===----------------------------------------------------------------------===//

LogicalResult importGather(NodeScope &scope) {
  const Operand &data = scope.input(0);
  LiteralRef literal = scope.ints(1, "indices");
  if (!literal)
    return failure();
  auto axis = scope.axisAttribute("axis", 0, data.rank());
  if (failed(axis))
    return failure();
  Sizes indices;
  for (int64_t index : literal->ints) {
    auto normalized = normalizeAxis(index, data.shape[*axis]);
    if (!normalized)
      return scope.invalid("requires 'indices' within " + Twine(data.shape[*axis]) +
                           " elements, but got " + Twine(index));
    indices.push_back(*normalized);
  }
  Sizes shape(data.shape.begin(), data.shape.begin() + *axis);
  shape.append(literal->shape.begin(), literal->shape.end());
  shape.append(data.shape.begin() + *axis + 1, data.shape.end());
  if (failed(requireElements(scope, shape)))
    return failure();
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  value = scope.take(value, indices, getStorageAxis(*axis, data.rank()));
  if (literal->rank() == 1)
    return scope.setResult(value);
  return scope.setLogicalResult(scope.reshape(scope.toLogical(value), shape));
}

/// `value` in memory order, whose dimensions are repeated until they have the sizes of `shape` in
/// ONNX's order.
static Value repeatTo(NodeScope &scope, Value value, ArrayRef<int64_t> shape) {
  for (auto [dim, axis] : llvm::enumerate(getStorageOrder(shape.size()))) {
    int64_t size = scope.shapeOf(value)[dim];
    Sizes indices;
    for (int64_t i = 0; i < shape[axis]; ++i)
      indices.push_back(i % size);
    value = scope.take(value, indices, dim);
  }
  return value;
}

LogicalResult importExpand(NodeScope &scope) {
  const Operand &input = scope.input(0);
  LiteralRef target = scope.ints(1, "shape");
  if (!target)
    return failure();
  if (llvm::any_of(target->ints, [](int64_t size) { return size < 0; }))
    return scope.invalid("requires a 'shape' without negative sizes");
  auto shape = broadcast(input.shape, target->ints);
  if (!shape)
    return scope.invalid("requires a 'shape' that the input broadcasts to");
  if (failed(requireIndices(scope, *shape)))
    return failure();
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  Sizes padded(shape->size() - input.rank(), 1);
  padded.append(input.shape.begin(), input.shape.end());
  if (padded != input.shape)
    value = scope.toStorage(scope.reshape(scope.toLogical(value), padded));
  return scope.setResult(repeatTo(scope, value, *shape));
}

LogicalResult importTile(NodeScope &scope) {
  const Operand &input = scope.input(0);
  LiteralRef repeats = scope.ints(1, "repeats");
  if (!repeats)
    return failure();
  if (repeats->size() != input.rank())
    return scope.invalid("requires " + Twine(input.rank()) + " numbers in 'repeats', but got " +
                         Twine(repeats->size()));
  Sizes shape = input.shape;
  for (auto [size, count] : llvm::zip(shape, repeats->ints)) {
    if (count < 1 || count > kMaxElements)
      return scope.invalid("requires sensible 'repeats', but got " + Twine(count));
    size *= count;
  }
  if (failed(requireIndices(scope, shape)))
    return failure();
  Value value = scope.tensor(0);
  return value ? scope.setResult(repeatTo(scope, value, shape)) : failure();
}

//===----------------------------------------------------------------------===//
// DepthToSpace and SpaceToDepth
//===----------------------------------------------------------------------===//

Value depthToSpace(NodeScope &scope, Value value, std::array<int64_t, 2> block,
                   bool channelsFirst) {
  ArrayRef<int64_t> shape = scope.shapeOf(value);
  int64_t batch = shape[0], height = shape[1], width = shape[2];
  auto [rows, columns] = block;
  int64_t channels = shape[3] / (rows * columns);
  if (channelsFirst) {
    value = scope.reshape(value, {batch, height, width, channels, rows, columns});
    value = scope.transpose(value, {0, 1, 4, 2, 5, 3});
  } else {
    value = scope.reshape(value, {batch, height, width, rows, columns * channels});
    value = scope.transpose(value, {0, 1, 3, 2, 4});
  }
  return scope.reshape(value, {batch, height * rows, width * columns, channels});
}

static FailureOr<int64_t> readBlock(NodeScope &scope) {
  int64_t rank = scope.input(0).rank(), block = scope.intAttribute("blocksize", 0);
  if (rank != 4)
    return scope.invalid("requires an input of rank 4, but got " + Twine(rank));
  if (block < 1 || block > 1024)
    return scope.invalid("requires a 'blocksize' within 1..1024, but got " + Twine(block));
  return block;
}

LogicalResult importDepthToSpace(NodeScope &scope) {
  auto block = readBlock(scope);
  if (failed(block))
    return failure();
  std::string mode = scope.stringAttribute("mode", "DCR");
  if (mode != "DCR" && mode != "CRD")
    return scope.invalid("requires 'mode' to be DCR or CRD, but got '" + mode + "'");
  int64_t channels = scope.input(0).shape[1];
  if (channels % (*block * *block) != 0)
    return scope.invalid("requires channels for blocks of " + Twine(*block) + " by " +
                         Twine(*block) + ", but got " + Twine(channels));
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  return scope.setResult(depthToSpace(scope, value, {*block, *block}, mode == "CRD"));
}

LogicalResult importSpaceToDepth(NodeScope &scope) {
  auto block = readBlock(scope);
  if (failed(block))
    return failure();
  const Operand &input = scope.input(0);
  if (input.shape[2] % *block != 0 || input.shape[3] % *block != 0)
    return scope.invalid("requires images that divide into blocks of " + Twine(*block) +
                         ", but got " + Twine(input.shape[2]) + " by " + Twine(input.shape[3]));
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  int64_t batch = input.shape[0], channels = input.shape[1];
  int64_t height = input.shape[2] / *block, width = input.shape[3] / *block;
  value = scope.reshape(value, {batch, height, *block, width, *block * channels});
  value = scope.transpose(value, {0, 1, 3, 2, 4});
  return scope.setResult(scope.reshape(value, {batch, height, width, *block * *block * channels}));
}

} // namespace tally::onnx
