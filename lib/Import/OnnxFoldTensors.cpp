//===- OnnxFoldTensors.cpp - parts and arrangements of constants ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxNodeTable.h"
#include "OnnxTarget.h"

using namespace mlir;

namespace tally::onnx {

//===----------------------------------------------------------------------===//
// Along one dimension
//===----------------------------------------------------------------------===//

/// A constant seen as [outer, size, inner] around one dimension.
struct AroundAxis {
  AroundAxis(const Literal &literal, int64_t axis) : size(literal.shape[axis]) {
    ArrayRef<int64_t> shape = literal.shape;
    inner = *countElements(shape.drop_front(axis + 1));
    outer = size * inner == 0 ? 0 : literal.size() / (size * inner);
  }
  int64_t at(int64_t o, int64_t i, int64_t k) const { return (o * size + i) * inner + k; }
  int64_t outer, size, inner;
};

static double getNumber(const Literal &literal, int64_t index) {
  return literal.isFloat ? double(literal.floats[index]) : double(literal.ints[index]);
}

LogicalResult foldArgExtremum(NodeScope &scope) {
  const Literal &literal = *scope.input(0).literal;
  auto axis = scope.axisAttribute("axis", 0, literal.rank());
  if (failed(axis) || failed(scope.spendFolding(literal.size())))
    return failure();
  AroundAxis around(literal, *axis);
  if (around.size == 0)
    return scope.invalid("requires elements to choose from");
  bool wantsMost = scope.node.opType == "ArgMax";
  bool wantsLast = scope.intAttribute("select_last_index", 0) != 0;
  std::vector<int64_t> chosen;
  for (int64_t o = 0; o < around.outer; ++o)
    for (int64_t k = 0; k < around.inner; ++k) {
      int64_t best = 0;
      for (int64_t i = 1; i < around.size; ++i) {
        double x = getNumber(literal, around.at(o, i, k));
        double y = getNumber(literal, around.at(o, best, k));
        if ((wantsMost ? x > y : x < y) || (wantsLast && x == y))
          best = i;
      }
      chosen.push_back(best);
    }
  Sizes shape = literal.shape;
  shape[*axis] = 1;
  if (scope.intAttribute("keepdims", 1) == 0)
    shape.erase(shape.begin() + *axis);
  return scope.setConstant(Literal::ofInts(shape, std::move(chosen)));
}

static float addWrapping(float a, float b) { return a + b; }
static int64_t addWrapping(int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); }

LogicalResult foldCumSum(NodeScope &scope) {
  Literal result = *scope.input(0).literal;
  LiteralRef axes = scope.ints(1, "axis");
  if (!axes)
    return failure();
  auto axis = axes->size() == 1 ? normalizeAxis(axes->ints[0], result.rank()) : std::nullopt;
  if (!axis)
    return scope.invalid("requires 'axis' within rank " + Twine(result.rank()));
  if (failed(scope.spendFolding(result.size())))
    return failure();
  loseCodes(result, scope.node.name);
  result.name.clear();
  AroundAxis around(result, *axis);
  bool reverse = scope.intAttribute("reverse", 0) != 0;
  bool exclusive = scope.intAttribute("exclusive", 0) != 0;
  auto sumUp = [&](auto &values) {
    for (int64_t o = 0; o < around.outer; ++o)
      for (int64_t k = 0; k < around.inner; ++k) {
        std::decay_t<decltype(values[0])> sum = 0;
        for (int64_t i = 0; i < around.size; ++i) {
          auto &value = values[around.at(o, reverse ? around.size - 1 - i : i, k)];
          auto next = addWrapping(sum, value);
          value = exclusive ? sum : next;
          sum = next;
        }
      }
  };
  result.isFloat ? sumUp(result.floats) : sumUp(result.ints);
  return scope.setConstant(std::move(result));
}

LogicalResult foldSplit(NodeScope &scope) {
  const Literal &literal = *scope.input(0).literal;
  auto axis = scope.axisAttribute("axis", 0, literal.rank());
  if (failed(axis))
    return failure();
  auto parts = getSplitSizes(scope, literal.shape[*axis]);
  if (failed(parts) || failed(scope.spendFolding(literal.size())))
    return failure();
  Sizes strides = getStrides(literal.shape), shape = literal.shape;
  int64_t start = 0;
  for (auto [index, part] : llvm::enumerate(*parts)) {
    shape[*axis] = part;
    Literal piece = gather(literal, shape, getIndices(shape, strides, start * strides[*axis]));
    if (failed(scope.setConstant(std::move(piece), index)))
      return failure();
    start += part;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// By position
//===----------------------------------------------------------------------===//

/// Calls `visit` with each position in an array of shape `shape`, in row-major order.
static void forEachPosition(ArrayRef<int64_t> shape,
                            function_ref<void(ArrayRef<int64_t> position)> visit) {
  Sizes position(shape.size(), 0);
  for (int64_t left = *countElements(shape); left > 0; --left) {
    visit(position);
    for (int64_t dim = int64_t(shape.size()) - 1; dim >= 0; --dim) {
      if (++position[dim] < shape[dim])
        break;
      position[dim] = 0;
    }
  }
}

static int64_t getOffset(ArrayRef<int64_t> position, ArrayRef<int64_t> strides) {
  int64_t offset = 0;
  for (auto [place, stride] : llvm::zip(position, strides))
    offset += place * stride;
  return offset;
}

LogicalResult foldTile(NodeScope &scope) {
  const Literal &literal = *scope.input(0).literal;
  LiteralRef repeats = scope.ints(1, "repeats");
  if (!repeats)
    return failure();
  if (repeats->size() != literal.rank())
    return scope.invalid("requires " + Twine(literal.rank()) + " numbers in 'repeats', but got " +
                         Twine(repeats->size()));
  Sizes shape = literal.shape, strides = getStrides(literal.shape);
  for (auto [size, count] : llvm::zip(shape, repeats->ints)) {
    if (count < 0 || count > kMaxElements)
      return scope.invalid("requires sensible 'repeats', but got " + Twine(count));
    size *= count;
  }
  if (failed(scope.spendFolding(countElements(shape))))
    return failure();
  std::vector<int64_t> indices;
  forEachPosition(shape, [&](ArrayRef<int64_t> position) {
    int64_t offset = 0;
    for (auto [place, size, stride] : llvm::zip(position, literal.shape, strides))
      offset += place % size * stride;
    indices.push_back(offset);
  });
  return scope.setConstant(gather(literal, shape, indices));
}

LogicalResult foldTrilu(NodeScope &scope) {
  Literal result = *scope.input(0).literal;
  int64_t rank = result.rank(), k = 0;
  if (scope.hasInput(1)) {
    LiteralRef literal = scope.ints(1, "k");
    if (!literal)
      return failure();
    k = literal->size() == 1 ? literal->ints[0] : 0;
  }
  if (rank < 2)
    return scope.invalid("requires matrices, but got rank " + Twine(rank));
  if (failed(scope.spendFolding(result.size())))
    return failure();
  loseCodes(result, scope.node.name);
  result.name.clear();
  bool upper = scope.intAttribute("upper", 1) != 0;
  int64_t index = 0;
  forEachPosition(result.shape, [&](ArrayRef<int64_t> position) {
    // Differences of positions are small; `k` may be any number.
    int64_t diagonal = position[rank - 1] - position[rank - 2];
    if (upper ? diagonal < k : diagonal > k) {
      if (result.isFloat)
        result.floats[index] = 0;
      else
        result.ints[index] = 0;
    }
    ++index;
  });
  return scope.setConstant(std::move(result));
}

LogicalResult foldNonZero(NodeScope &scope) {
  const Literal &literal = *scope.input(0).literal;
  int64_t rank = literal.rank();
  if (failed(scope.spendFolding(literal.size() * std::max<int64_t>(rank, 1))))
    return failure();
  std::vector<std::vector<int64_t>> places(rank);
  int64_t index = 0, count = 0;
  forEachPosition(literal.shape, [&](ArrayRef<int64_t> position) {
    if (getNumber(literal, index++) == 0)
      return;
    ++count;
    for (int64_t dim = 0; dim < rank; ++dim)
      places[dim].push_back(position[dim]);
  });
  std::vector<int64_t> flat;
  for (const auto &dim : places)
    flat.insert(flat.end(), dim.begin(), dim.end());
  return scope.setConstant(Literal::ofInts({rank, count}, std::move(flat)));
}

LogicalResult foldGatherElements(NodeScope &scope) {
  const Literal &data = *scope.input(0).literal;
  LiteralRef indices = scope.ints(1, "indices");
  if (!indices)
    return failure();
  auto axis = scope.axisAttribute("axis", 0, data.rank());
  if (failed(axis))
    return failure();
  bool fits = indices->rank() == data.rank();
  for (int64_t dim = 0; fits && dim < data.rank(); ++dim)
    fits = dim == *axis || indices->shape[dim] <= data.shape[dim];
  if (!fits)
    return scope.invalid("requires 'indices' within the shape of 'data'");
  if (failed(scope.spendFolding(indices->size())))
    return failure();
  Sizes strides = getStrides(data.shape);
  std::vector<int64_t> from;
  std::optional<int64_t> wrong;
  forEachPosition(indices->shape, [&](ArrayRef<int64_t> position) {
    Sizes place(position);
    auto index = normalizeAxis(indices->ints[from.size()], data.shape[*axis]);
    if (!index)
      wrong = indices->ints[from.size()];
    place[*axis] = index.value_or(0);
    from.push_back(getOffset(place, strides));
  });
  if (wrong)
    return scope.invalid("requires 'indices' within " + Twine(data.shape[*axis]) +
                         " elements, but got " + Twine(*wrong));
  return scope.setConstant(gather(data, indices->shape, from));
}

/// Where each row of `indices` [..., K] points to in the first K dimensions of `shape`.
static FailureOr<std::vector<int64_t>> getRowOffsets(NodeScope &scope, const Literal &indices,
                                                     ArrayRef<int64_t> shape) {
  int64_t depth = indices.rank() ? indices.shape.back() : 0;
  if (depth < 1 || depth > int64_t(shape.size()))
    return scope.invalid("requires 'indices' of 1 to " + Twine(shape.size()) +
                         " numbers each, but got " + Twine(depth));
  Sizes strides = getStrides(shape);
  std::vector<int64_t> offsets;
  for (int64_t row = 0; row < indices.size() / depth; ++row) {
    int64_t offset = 0;
    for (int64_t k = 0; k < depth; ++k) {
      auto index = normalizeAxis(indices.ints[row * depth + k], shape[k]);
      if (!index)
        return scope.invalid("requires 'indices' within " + Twine(shape[k]) +
                             " elements, but got " + Twine(indices.ints[row * depth + k]));
      offset += *index * strides[k];
    }
    offsets.push_back(offset);
  }
  return offsets;
}

LogicalResult foldGatherND(NodeScope &scope) {
  const Literal &data = *scope.input(0).literal;
  LiteralRef indices = scope.ints(1, "indices");
  if (!indices)
    return failure();
  if (scope.intAttribute("batch_dims", 0) != 0)
    return scope.unsupported("it has batch dimensions");
  auto offsets = getRowOffsets(scope, *indices, data.shape);
  if (failed(offsets))
    return failure();
  ArrayRef<int64_t> rest = ArrayRef<int64_t>(data.shape).drop_front(indices->shape.back());
  Sizes shape(indices->shape.begin(), indices->shape.end() - 1);
  shape.append(rest.begin(), rest.end());
  if (failed(scope.spendFolding(countElements(shape))))
    return failure();
  std::vector<int64_t> from;
  int64_t inner = *countElements(rest);
  for (int64_t offset : *offsets)
    for (int64_t i = 0; i < inner; ++i)
      from.push_back(offset + i);
  return scope.setConstant(gather(data, shape, from));
}

LogicalResult foldScatterND(NodeScope &scope) {
  Literal result = *scope.input(0).literal;
  LiteralRef indices = scope.ints(1, "indices"), updates = scope.constant(2, "updates");
  if (!indices || !updates)
    return failure();
  if (scope.stringAttribute("reduction", "none") != "none")
    return scope.unsupported("it combines elements");
  auto offsets = getRowOffsets(scope, *indices, result.shape);
  if (failed(offsets) || failed(scope.spendFolding(result.size())))
    return failure();
  int64_t inner = *countElements(ArrayRef<int64_t>(result.shape).drop_front(indices->shape.back()));
  if (updates->isFloat != result.isFloat || updates->size() != int64_t(offsets->size()) * inner)
    return scope.invalid("requires as many 'updates' as 'indices' name");
  loseCodes(result, scope.node.name);
  result.name.clear();
  for (auto [row, offset] : llvm::enumerate(*offsets))
    for (int64_t i = 0; i < inner; ++i) {
      if (result.isFloat)
        result.floats[offset + i] = updates->floats[int64_t(row) * inner + i];
      else
        result.ints[offset + i] = updates->ints[int64_t(row) * inner + i];
    }
  return scope.setConstant(std::move(result));
}

} // namespace tally::onnx
