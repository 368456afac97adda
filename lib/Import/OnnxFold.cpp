//===- OnnxFold.cpp - constants that move ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exporters leave arithmetic on shapes in the graph. With static shapes all of
// it is constant: Shape, Gather, Concat and their kin are computed here.
//
//===----------------------------------------------------------------------===//

#include "OnnxNodeTable.h"
#include "OnnxTarget.h"

#include <cmath>

using namespace mlir;

namespace tally::onnx {

LogicalResult foldConstant(NodeScope &scope) {
  if (scope.node.attributes.size() != 1)
    return scope.invalid("requires one attribute with the value, but got " +
                         Twine(scope.node.attributes.size()));
  const Attribute &value = scope.node.attributes.begin()->second;
  int64_t ints = value.ints.size(), floats = value.floats.size();
  switch (value.kind) {
  case Attribute::Kind::Tensor: {
    // The output's name is what other nodes know it by.
    Literal literal = *value.tensor;
    literal.name.clear();
    return scope.setConstant(std::move(literal));
  }
  case Attribute::Kind::Int:
    return scope.setConstant(Literal::ofInts({}, {value.integer}));
  case Attribute::Kind::Float:
    return scope.setConstant(Literal::ofFloats({}, {value.real}));
  case Attribute::Kind::Ints:
    return scope.setConstant(Literal::ofInts({ints}, value.ints));
  default:
    return scope.setConstant(Literal::ofFloats({floats}, value.floats));
  }
}

LogicalResult foldShape(NodeScope &scope) {
  ArrayRef<int64_t> shape = scope.input(0).shape;
  if (scope.node.opType == "Size")
    return scope.setConstant(Literal::ofInts({}, {*countElements(shape)}));
  int64_t rank = shape.size();
  auto position = [&](StringRef name, int64_t otherwise) {
    int64_t value = scope.intAttribute(name, otherwise);
    return std::min(std::max<int64_t>(value < 0 ? value + rank : value, 0), rank);
  };
  int64_t start = position("start", 0), end = position("end", rank);
  return scope.setConstant(
      Literal::ofInts(start < end ? shape.slice(start, end - start) : ArrayRef<int64_t>()));
}

LogicalResult foldConstantOfShape(NodeScope &scope) {
  LiteralRef target = scope.ints(0, "input");
  if (!target)
    return failure();
  Sizes shape(target->ints.begin(), target->ints.end());
  auto count = countElements(shape);
  if (failed(scope.spendFolding(count)))
    return failure();
  const Attribute *value = scope.attribute("value");
  if (value && value->tensor->size() != 1)
    return scope.invalid("requires a 'value' of one element");
  if (value && !value->tensor->isFloat) {
    Literal result = Literal::ofInts(shape, std::vector<int64_t>(*count, value->tensor->ints[0]));
    result.elementType = value->tensor->elementType;
    return scope.setConstant(std::move(result));
  }
  float filler = value ? value->tensor->floats[0] : 0;
  return scope.setConstant(Literal::ofFloats(shape, std::vector<float>(*count, filler)));
}

/// A range of floats.
static LogicalResult foldFloatRange(NodeScope &scope, ArrayRef<float> values) {
  float start = values[0], limit = values[1], delta = values[2];
  double count = std::ceil((double(limit) - start) / delta);
  if (!(delta != 0) || !std::isfinite(count))
    return scope.invalid("requires finite bounds and a 'delta' other than 0");
  if (count > double(kMaxElements))
    return scope.unsupported("its constant result is too large");
  int64_t size = std::max<int64_t>(int64_t(count), 0);
  if (failed(scope.spendFolding(size)))
    return failure();
  std::vector<float> result;
  for (int64_t i = 0; i < size; ++i)
    result.push_back(start + float(i) * delta);
  return scope.setConstant(Literal::ofFloats({size}, std::move(result)));
}

LogicalResult foldRange(NodeScope &scope) {
  int64_t values[3];
  SmallVector<float> floats;
  for (int i : {0, 1, 2}) {
    LiteralRef literal = scope.constant(i, "range");
    if (!literal)
      return failure();
    if (literal->size() != 1)
      return scope.invalid("requires bounds of one element");
    if (literal->isFloat)
      floats.push_back(literal->floats[0]);
    else
      values[i] = literal->ints[0];
  }
  if (floats.size() == 3)
    return foldFloatRange(scope, floats);
  if (!floats.empty())
    return scope.invalid("requires bounds of one element type");
  auto [start, limit, delta] = values;
  if (delta == 0)
    return scope.invalid("requires a 'delta' other than 0");
  // In 128 bits, where no difference of two 64-bit numbers overflows.
  __int128 span = delta > 0 ? __int128(limit) - start : __int128(start) - limit;
  __int128 step = delta > 0 ? __int128(delta) : -__int128(delta);
  __int128 count = span <= 0 ? 0 : (span + step - 1) / step;
  if (count > kMaxElements)
    return scope.unsupported("its constant result is too large");
  if (failed(scope.spendFolding(int64_t(count))))
    return failure();
  std::vector<int64_t> result;
  for (__int128 i = 0; i < count; ++i)
    result.push_back(int64_t(start + i * delta));
  return scope.setConstant(Literal::ofInts(result));
}

LogicalResult foldGather(NodeScope &scope) {
  LiteralRef data = scope.constant(0, "data"), indices = scope.ints(1, "indices");
  if (!data || !indices)
    return failure();
  auto axis = scope.axisAttribute("axis", 0, data->rank());
  if (failed(axis))
    return failure();
  int64_t size = data->shape[*axis];
  ArrayRef<int64_t> before = ArrayRef<int64_t>(data->shape).take_front(*axis);
  ArrayRef<int64_t> after = ArrayRef<int64_t>(data->shape).drop_front(*axis + 1);
  Sizes shape(before);
  shape.append(indices->shape.begin(), indices->shape.end());
  shape.append(after.begin(), after.end());
  if (failed(scope.spendFolding(countElements(shape))))
    return failure();
  // Without elements there is nothing to count through, however large the others.
  bool empty = *countElements(shape) == 0;
  int64_t outer = empty ? 0 : *countElements(before), inner = *countElements(after);
  std::vector<int64_t> from;
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t index : indices->ints) {
      auto normalized = normalizeAxis(index, size);
      if (!normalized)
        return scope.invalid("requires 'indices' within " + Twine(size) + " elements, but got " +
                             Twine(index));
      for (int64_t i = 0; i < inner; ++i)
        from.push_back((o * size + *normalized) * inner + i);
    }
  return scope.setConstant(gather(*data, shape, from));
}

static void appendCodes(Codes &to, const Codes &from, int64_t first, int64_t count) {
  to.lowest = std::min(to.lowest, from.lowest);
  to.highest = std::max(to.highest, from.highest);
  auto append = [&](auto &ends, const auto &begins) {
    ends.insert(ends.end(), begins.begin() + first, begins.begin() + first + count);
  };
  append(to.codes, from.codes);
  append(to.scales, from.scales);
}

LogicalResult foldConcat(NodeScope &scope) {
  auto target = getConcatTarget(scope);
  if (failed(target) || failed(scope.spendFolding(countElements(target->shape))))
    return failure();
  Literal result;
  result.shape = target->shape;
  result.isFloat = scope.input(0).literal->isFloat;
  result.elementType = scope.input(0).literal->elementType;
  ArrayRef<int64_t> shape = target->shape;
  bool empty = *countElements(shape) == 0;
  int64_t outer = empty ? 0 : *countElements(shape.take_front(target->axis));
  bool codes = true;
  for (size_t index = 0; index < scope.numInputs(); ++index)
    codes &= scope.input(index).literal->codes.has_value();
  for (size_t index = 0; index < scope.numInputs() && !codes; ++index)
    if (const Literal &part = *scope.input(index).literal; part.codes)
      result.codesLostBy = scope.node.name;
  if (codes)
    result.codes.emplace();
  for (int64_t o = 0; o < outer; ++o)
    for (size_t index = 0; index < scope.numInputs(); ++index) {
      const Literal &part = *scope.input(index).literal;
      if (part.isFloat != result.isFloat)
        return scope.invalid("requires inputs of one element type");
      int64_t chunk = part.size() / outer;
      auto append = [&](auto &to, const auto &from) {
        to.insert(to.end(), from.begin() + o * chunk, from.begin() + (o + 1) * chunk);
      };
      if (part.isFloat)
        append(result.floats, part.floats);
      else
        append(result.ints, part.ints);
      if (codes)
        appendCodes(*result.codes, *part.codes, o * chunk, chunk);
    }
  return scope.setConstant(std::move(result));
}

LogicalResult foldReshape(NodeScope &scope) {
  auto target = getReshapeTarget(scope);
  LiteralRef literal = scope.input(0).literal;
  if (failed(target) || failed(scope.spendFolding(literal->size())))
    return failure();
  Literal result = *literal;
  result.shape = *target;
  return scope.setConstant(std::move(result));
}

LogicalResult foldTranspose(NodeScope &scope) {
  auto order = getTransposeOrder(scope);
  LiteralRef literal = scope.input(0).literal;
  if (failed(order) || failed(scope.spendFolding(literal->size())))
    return failure();
  return scope.setConstant(transpose(*literal, *order));
}

LogicalResult foldSlice(NodeScope &scope) {
  auto target = getSliceTarget(scope);
  if (failed(target) || failed(scope.spendFolding(countElements(target->size))))
    return failure();
  const Literal &literal = *scope.input(0).literal;
  Sizes strides = getStrides(literal.shape);
  int64_t first = 0;
  for (auto [stride, start, step, size] :
       llvm::zip(strides, target->start, target->step, target->size)) {
    first += start * stride;
    // A single element needs no step, and a step beyond the array must not
    // overflow.
    stride = size > 1 ? stride * step : 0;
  }
  return scope.setConstant(gather(literal, target->size, getIndices(target->size, strides, first)));
}

LogicalResult foldExpand(NodeScope &scope) {
  LiteralRef data = scope.constant(0, "input"), target = scope.ints(1, "shape");
  if (!data || !target)
    return failure();
  if (llvm::any_of(target->ints, [](int64_t size) { return size < 0; }))
    return scope.invalid("requires a 'shape' without negative sizes");
  auto shape = broadcast(data->shape, target->ints);
  if (!shape)
    return scope.invalid("requires a 'shape' that the input broadcasts to");
  if (failed(scope.spendFolding(countElements(*shape))))
    return failure();
  return scope.setConstant(gather(*data, *shape, getBroadcastIndices(data->shape, *shape)));
}

} // namespace tally::onnx
