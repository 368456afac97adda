//===- OnnxPooling.cpp - pooling and reductions ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxDifferences.h"
#include "OnnxLayers.h"
#include "OnnxNodeTable.h"
#include "OnnxTarget.h"
#include "OnnxWindow.h"

using namespace mlir;

namespace tally::onnx {

/// TOSA's limit on the kernel of a pool.
constexpr int64_t kMaxPoolKernel = 8192;

static LogicalResult checkRank(NodeScope &scope, int64_t rank, bool lines = false) {
  if (rank != 4 && !(lines && rank == 3))
    return scope.unsupported("its input has rank " + Twine(rank),
                             "pooling of one and two dimensions (rank 3 and 4) is supported");
  return success();
}

static FailureOr<PlacedWindow> readPool(NodeScope &scope, ArrayRef<int64_t> inputShape) {
  if (failed(checkRank(scope, inputShape.size())))
    return failure();
  auto kernel = scope.intsAttribute("kernel_shape");
  if (kernel->size() != 2)
    return scope.invalid("requires " + Twine(inputShape.size() - 2) +
                         " numbers in 'kernel_shape', but got " + Twine(kernel->size()));
  if (llvm::any_of(*kernel, [](int64_t k) { return k < 1; }))
    return scope.invalid("requires a 'kernel_shape' of at least 1");
  if (llvm::any_of(*kernel, [](int64_t k) { return k > kMaxPoolKernel; }))
    return scope.unsupported("its kernel is larger than " + Twine(kMaxPoolKernel));
  auto placed = getWindow(scope, inputShape, {(*kernel)[0], (*kernel)[1]});
  if (failed(placed))
    return failure();
  for (int i : {0, 1, 2, 3})
    if (placed->declaredPad[i] >= (*kernel)[i / 2])
      return scope.invalid("requires 'pads' smaller than the kernel, but got " +
                           Twine(placed->declaredPad[i]) + " and " + Twine((*kernel)[i / 2]));
  return placed;
}

static Type getPoolType(NodeScope &scope, Value input, const PlacedWindow &placed) {
  return scope.tensorType({scope.shapeOf(input)[0], placed.outputSize[0], placed.outputSize[1],
                           scope.shapeOf(input)[3]});
}

static Value createMaxPool(NodeScope &scope, Value input, const PlacedWindow &placed) {
  const Window &window = placed.window;
  return scope.create<tosa::MaxPool2dOp>(
      getPoolType(scope, input, placed), input, ArrayRef<int64_t>(window.kernel),
      ArrayRef<int64_t>(window.stride), ArrayRef<int64_t>(window.pad));
}

static Value createAveragePool(NodeScope &scope, Value input, const PlacedWindow &placed) {
  const Window &window = placed.window;
  OpBuilder &builder = scope.builder;
  return scope.create<tosa::AvgPool2dOp>(
      getPoolType(scope, input, placed), input, scope.zeroPoint(), scope.zeroPoint(),
      builder.getDenseI64ArrayAttr(window.kernel), builder.getDenseI64ArrayAttr(window.stride),
      builder.getDenseI64ArrayAttr(window.pad), TypeAttr::get(builder.getF32Type()));
}

LogicalResult checkPool(NodeScope &scope) {
  if (scope.isUsed(1))
    return scope.unsupported("its output 'Indices' is used");
  auto dilations = scope.intsAttribute("dilations");
  if (dilations && llvm::any_of(*dilations, [](int64_t d) { return d > 1; }))
    return scope.unsupported("dilated pooling");
  auto kernel = scope.intsAttribute("kernel_shape");
  if (!kernel)
    return scope.invalid("requires the attribute 'kernel_shape'");
  return checkRank(scope, kernel->size() + 2, /*lines=*/true);
}

LogicalResult importMaxPool(NodeScope &scope) {
  auto placed = readPool(scope, scope.input(0).shape);
  Value input = scope.tensor(0);
  if (failed(placed) || !input)
    return failure();
  auto cut = cutUnused(scope, input, *placed);
  if (failed(cut))
    return failure();
  return scope.setResult(createMaxPool(scope, *cut, *placed));
}

LogicalResult importAveragePool(NodeScope &scope) {
  auto placed = readPool(scope, scope.input(0).shape);
  Value input = scope.tensor(0);
  if (failed(placed) || !input)
    return failure();
  // TOSA averages over the input's elements only; counted padding becomes input.
  if (scope.intAttribute("count_include_pad", 0) != 0 &&
      placed->declaredPad != std::array<int64_t, 4>{0, 0, 0, 0}) {
    std::array<int64_t, 4> pad = placed->declaredPad;
    Sizes shape(scope.shapeOf(input));
    shape[1] += pad[0] + pad[1];
    shape[2] += pad[2] + pad[3];
    Value padding = scope.shapeConstant({0, 0, pad[0], pad[1], pad[2], pad[3], 0, 0});
    input = scope.create<tosa::PadOp>(scope.tensorType(shape), input, padding, scope.splat({1}, 0));
    for (int i : {0, 1, 2, 3})
      placed->window.pad[i] -= pad[i];
  }
  auto cut = cutUnused(scope, input, *placed);
  if (failed(cut))
    return failure();
  return scope.setResult(createAveragePool(scope, *cut, *placed));
}

/// The window that is the whole image of the NHWC `input`.
static PlacedWindow getGlobalWindow(ArrayRef<int64_t> shape) {
  PlacedWindow placed;
  placed.window.kernel = {shape[1], shape[2]};
  placed.outputSize = {1, 1};
  placed.declaredPad = {0, 0, 0, 0};
  return placed;
}

LogicalResult importGlobalPool(NodeScope &scope) {
  if (failed(checkRank(scope, scope.input(0).rank())))
    return failure();
  Value input = scope.tensor(0);
  if (!input)
    return failure();
  PlacedWindow placed = getGlobalWindow(scope.shapeOf(input));
  if (std::max(placed.window.kernel[0], placed.window.kernel[1]) > kMaxPoolKernel)
    return scope.unsupported("its image is larger than " + Twine(kMaxPoolKernel));
  return scope.setResult(scope.node.opType == "GlobalMaxPool"
                             ? createMaxPool(scope, input, placed)
                             : createAveragePool(scope, input, placed));
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

// The attribute became an input in opset 13 (ReduceSum) or 18.
FailureOr<SmallVector<bool>> readReducedAxes(NodeScope &scope) {
  int64_t rank = scope.input(0).rank();
  std::optional<Sizes> axes = scope.intsAttribute("axes");
  if (scope.hasInput(1)) {
    LiteralRef literal = scope.ints(1, "axes");
    if (!literal)
      return failure();
    axes = Sizes(literal->ints.begin(), literal->ints.end());
  }
  SmallVector<bool> reduced(rank, false);
  if (!axes || axes->empty()) {
    if (scope.intAttribute("noop_with_empty_axes", 0) == 0)
      reduced.assign(rank, true);
    return reduced;
  }
  for (int64_t axis : *axes) {
    auto normalized = normalizeAxis(axis, rank);
    if (!normalized)
      return scope.invalid("requires axes within rank " + Twine(rank) + ", but got " + Twine(axis));
    reduced[*normalized] = true;
  }
  return reduced;
}

static Value createReduction(NodeScope &scope, Value value, int64_t axis) {
  Sizes shape(scope.shapeOf(value));
  if (shape[axis] == 1)
    return value;
  shape[axis] = 1;
  Type type = scope.tensorType(shape);
  IntegerAttr axisAttr = scope.builder.getI32IntegerAttr(axis);
  if (scope.node.opType == "ReduceMax")
    return scope.create<tosa::ReduceMaxOp>(type, value, axisAttr);
  if (scope.node.opType == "ReduceMin")
    return scope.create<tosa::ReduceMinOp>(type, value, axisAttr);
  return scope.create<tosa::ReduceSumOp>(type, value, axisAttr);
}

LogicalResult importReduce(NodeScope &scope) {
  const Operand &input = scope.input(0);
  auto reduced = readReducedAxes(scope);
  Value value = scope.tensor(0);
  if (failed(reduced) || !value)
    return failure();
  int64_t rank = input.rank(), count = 1;
  Sizes shape;
  for (auto [size, isReduced] : llvm::zip(input.shape, *reduced)) {
    if (isReduced)
      count *= size;
    if (!isReduced)
      shape.push_back(size);
    else if (scope.intAttribute("keepdims", 1) != 0)
      shape.push_back(1);
  }

  StringRef type = scope.node.opType;
  SmallVector<bool> stored;
  for (int64_t axis : getStorageOrder(rank))
    stored.push_back((*reduced)[axis]);
  FailureOr<Value> adder = createSumOfDifferences(scope, value, stored);
  if (failed(adder))
    return failure();
  bool mean = type == "ReduceMean";
  bool spatial = rank == 4 && *reduced == SmallVector<bool>{false, false, true, true};
  if (*adder)
    return scope.setLogicalResult(scope.reshape(*adder, shape));
  if (mean && spatial && std::max(input.shape[2], input.shape[3]) <= kMaxPoolKernel) {
    value = createAveragePool(scope, value, getGlobalWindow(scope.shapeOf(value)));
  } else {
    if (type == "ReduceL1")
      value = scope.create<tosa::AbsOp>(value.getType(), value);
    else if (type == "ReduceL2" || type == "ReduceSumSquare")
      value = scope.multiply(value, value);
    for (int64_t axis = 0; axis < rank; ++axis)
      if ((*reduced)[axis])
        value = createReduction(scope, value, getStorageAxis(axis, rank));
    if (mean && count != 1)
      value = scope.multiply(value, scope.splat(Sizes(rank, 1), 1.0f / float(count)));
    if (type == "ReduceL2")
      value = squareRoot(scope, value);
  }
  return scope.setLogicalResult(scope.reshape(scope.toLogical(value), shape));
}

} // namespace tally::onnx
