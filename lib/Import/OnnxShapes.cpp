//===- OnnxShapes.cpp - data movement as operations -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxNodeTable.h"
#include "OnnxTarget.h"

using namespace mlir;

namespace tally::onnx {

/// TOSA has no tensors without elements.
static LogicalResult requireElements(NodeScope &scope, ArrayRef<int64_t> shape) {
  if (countElements(shape).value_or(0) == 0)
    return scope.unsupported("its result has no elements, or too many");
  return success();
}

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
  if (failed(target))
    return failure();
  for (auto [step, size] : llvm::zip(target->step, target->size))
    if (step != 1 && size != 1)
      return scope.unsupported("it has a step of " + Twine(step), "only steps of 1 are supported");
  if (failed(requireElements(scope, target->size)))
    return failure();
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  Sizes order = getStorageOrder(target->size.size());
  return scope.setResult(
      scope.slice(value, permute(target->start, order), permute(target->size, order)));
}

/// The sizes of Split's parts along its axis of `size` elements.
static FailureOr<Sizes> getSplitSizes(NodeScope &scope, int64_t size) {
  Sizes parts = scope.intsAttribute("split").value_or(Sizes());
  if (scope.hasInput(1)) {
    LiteralRef literal = scope.ints(1, "split");
    if (!literal)
      return failure();
    parts.assign(literal->ints.begin(), literal->ints.end());
  }
  int64_t count = scope.node.outputs.size();
  if (parts.empty()) {
    // Equal parts; the last one may be smaller.
    int64_t part = (size + count - 1) / count;
    for (int64_t rest = size; rest > 0; rest -= part)
      parts.push_back(std::min(part, rest));
  }
  int64_t sum = 0;
  bool positive = true;
  for (int64_t part : parts) {
    positive &= part >= 1 && part <= size;
    sum += positive ? part : 0;
    if (!positive || sum > size)
      break;
  }
  if (!positive || sum != size || int64_t(parts.size()) != count)
    return scope.invalid("requires " + Twine(count) + " parts that sum to " + Twine(size));
  return parts;
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
  if (mode != "constant")
    return scope.unsupported("mode '" + Twine(mode) + "'", "pad with a constant");
  return success();
}

/// The constant to pad with; of integers, the real that it stands for.
static FailureOr<float> readPadding(NodeScope &scope, const Operand &input) {
  if (!input.codes)
    return scope.scalar(2, "constant_value");
  LiteralRef literal = scope.ints(2, "constant_value");
  if (!literal)
    return failure();
  auto format = getIntegerFormat(input.codes->elementType);
  if (literal->size() != 1 || !format || !format->contains(literal->ints[0]))
    return scope.invalid("requires 'constant_value' to be one integer of the input's type");
  return float(double(literal->ints[0] - input.codes->zeros[0]) * input.codes->scales[0]);
}

LogicalResult importPad(NodeScope &scope) {
  const Operand &input = scope.input(0);
  int64_t rank = input.rank();
  LiteralRef pads = scope.ints(1, "pads");
  if (!pads)
    return failure();
  float constant = 0;
  if (scope.hasInput(2)) {
    auto value = readPadding(scope, input);
    if (failed(value))
      return failure();
    constant = *value;
  } else if (input.codes) {
    constant = float(-double(input.codes->zeros[0]) * input.codes->scales[0]);
  }
  Sizes axes = llvm::to_vector<4>(llvm::seq<int64_t>(0, rank));
  if (scope.hasInput(3)) {
    LiteralRef literal = scope.ints(3, "axes");
    if (!literal)
      return failure();
    axes.assign(literal->ints.begin(), literal->ints.end());
  }
  size_t count = axes.size();
  if (size_t(pads->size()) != 2 * count)
    return scope.invalid("requires " + Twine(2 * count) + " numbers in 'pads', but got " +
                         Twine(pads->size()));

  Value value = scope.tensor(0);
  if (!value)
    return failure();
  Sizes shape(scope.shapeOf(value)), amounts(2 * rank, 0);
  for (auto [index, axis] : llvm::enumerate(axes)) {
    auto normalized = normalizeAxis(axis, rank);
    if (!normalized)
      return scope.invalid("requires 'axes' within rank " + Twine(rank));
    int64_t dim = getStorageAxis(*normalized, rank);
    int64_t before = pads->ints[index], after = pads->ints[index + count];
    if (before < 0 || after < 0)
      return scope.unsupported("it has negative 'pads'", "use Slice");
    if (before > kMaxElements || after > kMaxElements || amounts[2 * dim] || amounts[2 * dim + 1])
      return scope.invalid("requires different 'axes' and sensible 'pads'");
    amounts[2 * dim] = before;
    amounts[2 * dim + 1] = after;
    shape[dim] += before + after;
  }
  if (rank == 0 || shape == ArrayRef<int64_t>(scope.shapeOf(value)))
    return scope.setResult(value);
  if (failed(requireElements(scope, shape)))
    return failure();
  return scope.setResult(scope.create<tosa::PadOp>(
      scope.tensorType(shape), value, scope.shapeConstant(amounts), scope.splat({1}, constant)));
}

} // namespace tally::onnx
