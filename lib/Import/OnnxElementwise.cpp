//===- OnnxElementwise.cpp - activations and arithmetic -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxDifferences.h"
#include "OnnxLayers.h"
#include "OnnxNodeTable.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace tally::onnx {

constexpr float kMaxFloat = std::numeric_limits<float>::max();

//===----------------------------------------------------------------------===//
// One input
//===----------------------------------------------------------------------===//

template <typename OpTy> static Value createUnary(NodeScope &scope, Value value) {
  return scope.create<OpTy>(value.getType(), value);
}

/// 1 / (1 / sqrt(x)), right at 0 and infinity too.
Value squareRoot(NodeScope &scope, Value value) {
  return createUnary<tosa::ReciprocalOp>(scope, createUnary<tosa::RsqrtOp>(scope, value));
}

LogicalResult importUnary(NodeScope &scope) {
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  StringRef type = scope.node.opType;
  if (type == "Sigmoid")
    value = createUnary<tosa::SigmoidOp>(scope, value);
  else if (type == "Tanh")
    value = createUnary<tosa::TanhOp>(scope, value);
  else if (type == "Erf")
    value = createUnary<tosa::ErfOp>(scope, value);
  else if (type == "Sin")
    value = createUnary<tosa::SinOp>(scope, value);
  else if (type == "Cos")
    value = createUnary<tosa::CosOp>(scope, value);
  else if (type == "Abs")
    value = createUnary<tosa::AbsOp>(scope, value);
  else if (type == "Floor")
    value = createUnary<tosa::FloorOp>(scope, value);
  else if (type == "Ceil")
    value = createUnary<tosa::CeilOp>(scope, value);
  else if (type == "Exp")
    value = createUnary<tosa::ExpOp>(scope, value);
  else if (type == "Log")
    value = createUnary<tosa::LogOp>(scope, value);
  else if (type == "Reciprocal")
    value = createUnary<tosa::ReciprocalOp>(scope, value);
  else if (type == "Sqrt")
    value = squareRoot(scope, value);
  else if (Value negative = findNegative(scope, value); negative && type == "Neg")
    value = negative;
  else if (type == "Neg")
    value =
        scope.create<tosa::NegateOp>(value.getType(), value, scope.zeroPoint(), scope.zeroPoint());
  else
    llvm_unreachable("the table sends no other type here");
  return scope.setResult(value);
}

/// A constant that broadcasts to `value`.
static Value splatLike(NodeScope &scope, Value value, float constant) {
  return scope.splat(Sizes(scope.shapeOf(value).size(), 1), constant);
}

static Value multiplyBy(NodeScope &scope, Value value, float factor) {
  return scope.multiply(value, splatLike(scope, value, factor));
}

LogicalResult importRelu(NodeScope &scope) {
  if (scope.input(0).codes)
    return importIntegerClip(scope);
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  return scope.setResult(scope.clamp(value, 0, kMaxFloat));
}

LogicalResult importClip(NodeScope &scope) {
  if (scope.input(0).codes)
    return importIntegerClip(scope);
  float low = scope.floatAttribute("min", -kMaxFloat);
  float high = scope.floatAttribute("max", kMaxFloat);
  for (size_t index : {1, 2}) {
    if (!scope.hasInput(index))
      continue;
    auto bound = scope.scalar(index, index == 1 ? "min" : "max");
    if (failed(bound))
      return failure();
    (index == 1 ? low : high) = *bound;
  }
  if (std::isnan(low) || std::isnan(high))
    return scope.invalid("requires bounds that are numbers");
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  // ONNX: the upper bound wins.
  return scope.setResult(scope.clamp(value, std::min(low, high), high));
}

LogicalResult importLeakyRelu(NodeScope &scope) {
  float alpha = scope.floatAttribute("alpha", 0.01f);
  if (!std::isfinite(alpha))
    return scope.invalid("requires a finite 'alpha'");
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  Value scaled = multiplyBy(scope, value, alpha);
  return scope.setResult(alpha <= 1
                             ? scope.create<tosa::MaximumOp>(value.getType(), value, scaled)
                             : scope.create<tosa::MinimumOp>(value.getType(), value, scaled));
}

LogicalResult importHardSigmoid(NodeScope &scope) {
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  Value line = multiplyBy(scope, value, scope.floatAttribute("alpha", 0.2f));
  line = scope.create<tosa::AddOp>(value.getType(), line,
                                   splatLike(scope, value, scope.floatAttribute("beta", 0.5f)));
  return scope.setResult(scope.clamp(line, 0, 1));
}

/// x * clamp(x / 6 + 1 / 2, 0, 1).
LogicalResult importHardSwish(NodeScope &scope) {
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  Value scaled = multiplyBy(scope, value, 1.0f / 6);
  Value line = scope.create<tosa::AddOp>(value.getType(), scaled, splatLike(scope, value, 0.5f));
  return scope.setResult(scope.multiply(value, scope.clamp(line, 0, 1)));
}

//===----------------------------------------------------------------------===//
// Several inputs, broadcast
//===----------------------------------------------------------------------===//

/// Input `index` in memory order, with leading dimensions of size 1 up to `rank`.
/// With `reciprocal`, one over it: folded where it is a constant.
static Value getBroadcastable(NodeScope &scope, size_t index, int64_t rank,
                              bool reciprocal = false) {
  const Operand &operand = scope.input(index);
  Sizes shape(rank - operand.rank(), 1);
  shape.append(operand.shape.begin(), operand.shape.end());
  if (operand.isConstant() && operand.literal->isFloat && operand.literal->size()) {
    Literal literal = *operand.literal;
    literal.shape = shape;
    if (reciprocal)
      for (float &value : literal.floats)
        value = 1.0f / value;
    return scope.parameter(transpose(literal, getStorageOrder(rank)));
  }
  Value value = scope.tensor(index);
  if (!value)
    return value;
  if (operand.rank() != rank)
    value = scope.toStorage(scope.reshape(scope.toLogical(value), shape));
  return reciprocal ? createUnary<tosa::ReciprocalOp>(scope, value) : value;
}

static FailureOr<Sizes> broadcastInputs(NodeScope &scope) {
  Sizes shape = scope.input(0).shape;
  for (size_t index = 1; index < scope.numInputs(); ++index) {
    if (!scope.hasInput(index))
      return scope.invalid("requires its input number " + Twine(index));
    auto both = broadcast(shape, scope.input(index).shape);
    if (!both)
      return scope.invalid("requires inputs that broadcast to one shape");
    shape = *both;
  }
  return shape;
}

template <typename OpTy> static Value createBinary(NodeScope &scope, Value a, Value b) {
  return scope.create<OpTy>(scope.tensorType(*broadcast(scope.shapeOf(a), scope.shapeOf(b))), a, b);
}

/// The number that input `index` is everywhere, where it is one that others can be compared with.
static std::optional<float> getBound(NodeScope &scope, size_t index) {
  LiteralRef literal = scope.knownConstant(index);
  if (!literal || !literal->isFloat || literal->size() == 0 || std::isnan(literal->floats[0]) ||
      !llvm::all_equal(literal->floats))
    return std::nullopt;
  return std::clamp(literal->floats[0], -kMaxFloat, kMaxFloat);
}

/// torch.onnx takes the root of order p + 1e-6 of torch.cdist's sums.
constexpr float kNearOne = 2e-6f;

/// What needs no operation: a power of 1, and products with -1 and differences from 0 where the
/// negative is there. Null for everything else.
static Value simplify(NodeScope &scope, ArrayRef<int64_t> shape) {
  StringRef type = scope.node.opType;
  std::optional<float> left = getBound(scope, 0), right = getBound(scope, 1);
  const Operand &other = scope.input(left ? 1 : 0);
  if (left.has_value() == right.has_value() || !other.value ||
      ArrayRef<int64_t>(other.shape) != shape)
    return {};
  if ((type == "Mul" && (left ? left : right) == -1) || (type == "Div" && right == -1) ||
      (type == "Sub" && left == 0))
    return findNegative(scope, other.value);
  if (type != "Pow" || left)
    return {};
  if (right == 1)
    return other.value;
  if (std::fabs(*right - 1) > kNearOne || !isSumOfDifferences(other.value))
    return {};
  scope.note("is left out: its exponent " + llvm::formatv("{0:F6}", *right).str() +
             " is 1 but for what torch.onnx adds to the order of torch.cdist");
  return other.value;
}

LogicalResult importBinary(NodeScope &scope) {
  if (scope.input(0).codes || scope.input(1).codes)
    return importIntegerSum(scope);
  auto shape = broadcastInputs(scope);
  if (failed(shape))
    return failure();
  if (Value same = simplify(scope, *shape))
    return scope.setResult(same);
  StringRef type = scope.node.opType;
  int64_t rank = shape->size();
  Value a = getBroadcastable(scope, 0, rank);
  Value b = getBroadcastable(scope, 1, rank, /*reciprocal=*/type == "Div");
  if (!a || !b)
    return failure();
  if (type == "Add")
    return scope.setResult(createBinary<tosa::AddOp>(scope, a, b));
  if (type == "Sub")
    return scope.setResult(createBinary<tosa::SubOp>(scope, a, b));
  if (type == "Pow")
    return scope.setResult(createBinary<tosa::PowOp>(scope, a, b));
  return scope.setResult(scope.multiply(a, b));
}

/// `value` between two numbers; one operation with a clamp that it comes from.
static Value clampFurther(NodeScope &scope, Value value, float low, float high) {
  auto before = value.getDefiningOp<tosa::ClampOp>();
  if (!before)
    return scope.clamp(value, low, high);
  auto bound = [&](mlir::Attribute end) {
    return std::clamp(cast<FloatAttr>(end).getValue().convertToFloat(), low, high);
  };
  return scope.clamp(before.getInput(), bound(before.getMinValAttr()),
                     bound(before.getMaxValAttr()));
}

/// Max or Min with constants of one value each, which do not broadcast the other input: a clamp,
/// as exporters write ReLU and ReLU6. Null where the inputs are others.
static Value clampByConstants(NodeScope &scope, ArrayRef<int64_t> shape) {
  std::optional<size_t> clamped;
  SmallVector<float> bounds;
  for (size_t index = 0; index < scope.numInputs(); ++index) {
    if (std::optional<float> bound = getBound(scope, index))
      bounds.push_back(*bound);
    else if (clamped)
      return {};
    else
      clamped = index;
  }
  if (!clamped || bounds.empty() || scope.input(*clamped).isConstant() ||
      ArrayRef<int64_t>(scope.input(*clamped).shape) != shape)
    return {};
  Value value = scope.tensor(*clamped);
  if (scope.node.opType == "Max")
    return clampFurther(scope, value, *llvm::max_element(bounds), kMaxFloat);
  return clampFurther(scope, value, -kMaxFloat, *llvm::min_element(bounds));
}

LogicalResult importVariadic(NodeScope &scope) {
  auto shape = broadcastInputs(scope);
  if (failed(shape))
    return failure();
  StringRef type = scope.node.opType;
  if (type == "Max" || type == "Min")
    if (Value clamped = clampByConstants(scope, *shape))
      return scope.setResult(clamped);
  Value result;
  for (size_t index = 0; index < scope.numInputs(); ++index) {
    Value next = getBroadcastable(scope, index, shape->size());
    if (!next)
      return failure();
    if (!result)
      result = next;
    else if (type == "Max")
      result = createBinary<tosa::MaximumOp>(scope, result, next);
    else if (type == "Min")
      result = createBinary<tosa::MinimumOp>(scope, result, next);
    else
      result = createBinary<tosa::AddOp>(scope, result, next);
  }
  if (type == "Mean" && scope.numInputs() > 1)
    result = multiplyBy(scope, result, 1.0f / float(scope.numInputs()));
  return scope.setResult(result);
}

/// max(x, 0) + slope * min(x, 0).
LogicalResult importPRelu(NodeScope &scope) {
  auto shape = broadcastInputs(scope);
  if (failed(shape))
    return failure();
  if (*shape != scope.input(0).shape)
    return scope.invalid("requires 'slope' to broadcast to 'X'");
  Value value = scope.tensor(0);
  Value slope = getBroadcastable(scope, 1, shape->size());
  if (!value || !slope)
    return failure();
  Value negative = scope.multiply(scope.clamp(value, -kMaxFloat, 0), slope);
  return scope.setResult(
      scope.create<tosa::AddOp>(value.getType(), scope.clamp(value, 0, kMaxFloat), negative));
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

static Value createSoftmax(NodeScope &scope, Value value, int64_t axis, bool log) {
  IntegerAttr axisAttr = scope.builder.getI32IntegerAttr(axis);
  Sizes shape(scope.shapeOf(value));
  shape[axis] = 1;
  Type reduced = scope.tensorType(shape), full = value.getType();
  Value highest = scope.create<tosa::ReduceMaxOp>(reduced, value, axisAttr);
  Value shifted = scope.create<tosa::SubOp>(full, value, highest);
  Value exponentials = createUnary<tosa::ExpOp>(scope, shifted);
  Value sum = scope.create<tosa::ReduceSumOp>(reduced, exponentials, axisAttr);
  if (log)
    return scope.create<tosa::SubOp>(full, shifted, createUnary<tosa::LogOp>(scope, sum));
  return scope.multiply(exponentials, createUnary<tosa::ReciprocalOp>(scope, sum));
}

LogicalResult importSoftmax(NodeScope &scope) {
  const Operand &input = scope.input(0);
  bool log = scope.node.opType == "LogSoftmax";
  bool flattens = scope.opset() < 13;
  auto axis = scope.axisAttribute("axis", flattens ? 1 : -1, input.rank());
  if (failed(axis))
    return failure();
  if (!flattens || *axis == input.rank() - 1) {
    Value value = scope.tensor(0);
    if (!value)
      return failure();
    return scope.setResult(createSoftmax(scope, value, getStorageAxis(*axis, input.rank()), log));
  }
  // Until opset 12, all dimensions from `axis` on are normalised together.
  Value value = scope.logicalTensor(0);
  if (!value)
    return failure();
  int64_t rows = *countElements(ArrayRef<int64_t>(input.shape).take_front(*axis));
  int64_t columns = *countElements(ArrayRef<int64_t>(input.shape).drop_front(*axis));
  value = createSoftmax(scope, scope.reshape(value, {rows, columns}), 1, log);
  return scope.setLogicalResult(scope.reshape(value, input.shape));
}

} // namespace tally::onnx
