//===- OnnxShapes.cpp - data movement as operations -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxNodeTable.h"
#include "OnnxTarget.h"

using namespace mlir;

namespace tally::onnx {

LogicalResult importIdentity(NodeScope &scope) { return scope.forward(scope.input(0)); }

LogicalResult checkDropout(NodeScope &scope) {
  if (scope.isUsed(1))
    return scope.unsupported("its output 'mask' is used", "export the network in evaluation mode");
  return success();
}

LogicalResult importDropout(NodeScope &scope) {
  if (scope.hasInput(2)) {
    LiteralRef training = scope.ints(2, "training_mode");
    if (!training)
      return failure();
    if (llvm::any_of(training->ints, [](int64_t v) { return v != 0; }))
      return scope.unsupported("it is in training mode", "export the network in evaluation mode");
  }
  return importIdentity(scope);
}

LogicalResult importConcat(NodeScope &scope) {
  auto target = getConcatTarget(scope);
  if (failed(target))
    return failure();
  SmallVector<Value> values;
  for (size_t index = 0; index < scope.numInputs(); ++index) {
    if (scope.input(index).codes != scope.input(0).codes)
      return scope.unsupported("its inputs are integers of different scales or zero points",
                               "put DequantizeLinear in front of it");
    values.push_back(scope.tensor(index));
    if (!values.back())
      return failure();
  }
  return scope.setResult(scope.concat(values, getStorageAxis(target->axis, target->shape.size())));
}

LogicalResult importReshape(NodeScope &scope) {
  auto target = getReshapeTarget(scope);
  if (failed(target) || failed(requireElements(scope, *target)))
    return failure();
  Value value = scope.logicalTensor(0);
  if (!value)
    return failure();
  return scope.setLogicalResult(scope.reshape(value, *target));
}

LogicalResult importTranspose(NodeScope &scope) {
  auto order = getTransposeOrder(scope);
  Value value = scope.logicalTensor(0);
  if (failed(order) || !value)
    return failure();
  return scope.setLogicalResult(scope.transpose(value, *order));
}

LogicalResult importSlice(NodeScope &scope) {
  auto target = getSliceTarget(scope);
  if (failed(target) || failed(requireElements(scope, target->size)))
    return failure();
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  int64_t rank = target->size.size();
  Sizes order = getStorageOrder(rank);
  // Neighbours first, which are a view; then those that are further apart.
  Sizes start(rank, 0), size(scope.shapeOf(value));
  for (int64_t dim = 0; dim < rank; ++dim)
    if (int64_t axis = order[dim]; target->step[axis] == 1 || target->size[axis] == 1) {
      start[dim] = target->start[axis];
      size[dim] = target->size[axis];
    }
  value = scope.slice(value, start, size);
  for (int64_t dim = 0; dim < rank; ++dim) {
    int64_t axis = order[dim];
    if (target->step[axis] == 1 || target->size[axis] == 1)
      continue;
    Sizes indices;
    for (int64_t i = 0; i < target->size[axis]; ++i)
      indices.push_back(target->start[axis] + i * target->step[axis]);
    value = scope.take(value, indices, dim);
  }
  return scope.setResult(value);
}

LogicalResult importSplit(NodeScope &scope) {
  const Operand &input = scope.input(0);
  auto axis = scope.axisAttribute("axis", 0, input.rank());
  if (failed(axis))
    return failure();
  auto parts = getSplitSizes(scope, input.shape[*axis]);
  Value value = scope.tensor(0);
  if (failed(parts) || !value)
    return failure();
  int64_t dim = getStorageAxis(*axis, input.rank());
  Sizes start(input.rank(), 0), size(scope.shapeOf(value));
  for (auto [index, part] : llvm::enumerate(*parts)) {
    size[dim] = part;
    if (failed(scope.setResult(scope.slice(value, start, size), index)))
      return failure();
    start[dim] += part;
  }
  return success();
}

LogicalResult checkPad(NodeScope &scope) {
  std::string mode = scope.stringAttribute("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge" && mode != "wrap")
    return scope.invalid("requires 'mode' to be constant, reflect, edge or wrap, but got '" + mode +
                         "'");
  return success();
}

/// The constant to pad with; of integers, the real that it stands for.
static FailureOr<float> readPadding(NodeScope &scope, const Operand &input) {
  bool given = scope.hasInput(2);
  if (!input.codes)
    return given ? scope.scalar(2, "constant_value")
                 : FailureOr<float>(scope.floatAttribute("value", 0));
  LiteralRef literal = given ? scope.ints(2, "constant_value") : nullptr;
  if (given && !literal)
    return failure();
  auto format = getIntegerFormat(input.codes->elementType);
  if (given && (literal->size() != 1 || !format || !format->contains(literal->ints[0])))
    return scope.invalid("requires 'constant_value' to be one integer of the input's type");
  int64_t integer = given ? literal->ints[0] : 0;
  return float(double(integer - input.codes->zeros[0]) * input.codes->scales[0]);
}

/// What Pad adds in front of and behind each dimension in memory; less than 0 where it takes away.
static FailureOr<Sizes> readPads(NodeScope &scope, int64_t rank) {
  Sizes pads = scope.intsAttribute("pads").value_or(Sizes());
  if (!scope.attribute("pads")) {
    LiteralRef literal = scope.ints(1, "pads");
    if (!literal)
      return failure();
    pads.assign(literal->ints.begin(), literal->ints.end());
  }
  Sizes axes = llvm::to_vector<4>(llvm::seq<int64_t>(0, rank)), amounts(2 * rank, 0);
  if (scope.hasInput(3)) {
    LiteralRef literal = scope.ints(3, "axes");
    if (!literal)
      return failure();
    axes.assign(literal->ints.begin(), literal->ints.end());
  }
  size_t count = axes.size();
  if (pads.size() != 2 * count)
    return scope.invalid("requires " + Twine(2 * count) + " numbers in 'pads', but got " +
                         Twine(pads.size()));
  for (auto [index, axis] : llvm::enumerate(axes)) {
    auto normalized = normalizeAxis(axis, rank);
    if (!normalized)
      return scope.invalid("requires 'axes' within rank " + Twine(rank));
    int64_t dim = getStorageAxis(*normalized, rank);
    int64_t before = pads[index], after = pads[index + count];
    bool sensible =
        std::max(before, after) <= kMaxElements && std::min(before, after) >= -kMaxElements;
    if (!sensible || amounts[2 * dim] || amounts[2 * dim + 1])
      return scope.invalid("requires different 'axes' and sensible 'pads'");
    amounts[2 * dim] = before;
    amounts[2 * dim + 1] = after;
  }
  return amounts;
}

/// Which of `size` elements stands at `position` of what continues them beyond their ends.
static int64_t continueBeyond(int64_t position, int64_t size, StringRef mode) {
  if (mode == "edge" || size == 1)
    return std::clamp<int64_t>(position, 0, size - 1);
  int64_t period = mode == "wrap" ? size : 2 * (size - 1);
  position = (position % period + period) % period;
  return position < size ? position : period - position;
}

LogicalResult importPad(NodeScope &scope) {
  const Operand &input = scope.input(0);
  int64_t rank = input.rank();
  std::string mode = scope.stringAttribute("mode", "constant");
  auto amounts = readPads(scope, rank);
  FailureOr<float> constant = mode == "constant" ? readPadding(scope, input) : 0.0f;
  if (failed(amounts) || failed(constant))
    return failure();
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  Sizes start(rank, 0), kept(scope.shapeOf(value)), shape(scope.shapeOf(value));
  for (int64_t dim = 0; dim < rank; ++dim) {
    int64_t &before = (*amounts)[2 * dim], &after = (*amounts)[2 * dim + 1];
    shape[dim] += before + after;
    kept[dim] += std::min<int64_t>(before, 0) + std::min<int64_t>(after, 0);
    start[dim] = std::max<int64_t>(-before, 0);
  }
  if (llvm::any_of(kept, [](int64_t size) { return size < 1; }))
    return scope.unsupported("it keeps no element of its input");
  if (failed(mode == "constant" ? requireElements(scope, shape) : requireIndices(scope, shape)))
    return failure();
  if (mode != "constant") {
    for (int64_t dim = 0; dim < rank; ++dim) {
      int64_t size = scope.shapeOf(value)[dim];
      Sizes indices;
      for (int64_t i = 0; i < shape[dim]; ++i) {
        int64_t before = (*amounts)[2 * dim];
        indices.push_back(continueBeyond(i - before, size, mode));
        // Runtimes do not agree whether what is cut off still counts for what continues the rest.
        int64_t ofRest = continueBeyond(i - std::max<int64_t>(before, 0), kept[dim], mode);
        if (start[dim] + ofRest != indices.back())
          return scope.unsupported("mode '" + mode + "' with a negative amount in dimension " +
                                       Twine(dim) + " of what is stored",
                                   "put a Slice in front that cuts off");
      }
      value = scope.take(value, indices, dim);
    }
    return scope.setResult(value);
  }
  value = scope.slice(value, start, kept);
  if (shape == kept)
    return scope.setResult(value);
  for (int64_t &amount : *amounts)
    amount = std::max<int64_t>(amount, 0);
  return scope.setResult(scope.create<tosa::PadOp>(
      scope.tensorType(shape), value, scope.shapeConstant(*amounts), scope.splat({1}, *constant)));
}

} // namespace tally::onnx
