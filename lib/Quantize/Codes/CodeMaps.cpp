//===- CodeMaps.cpp - what is left to apply before a sum is rounded -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Affine maps and clamps behind a sum are gathered and applied where it becomes a code.
//
//===----------------------------------------------------------------------===//

#include "CodeBuilder.h"
#include "CodeForms.h"
#include "Quantize/FilterLevels.h"

#include "tally/Run/Elementwise.h"
#include "tally/Run/Reference.h"

#include "llvm/Support/DebugLog.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::quant;

#define DEBUG_TYPE "tally-to-quantized"

namespace tally {

/// Half the range of 32 bits, so that a sum of two does not wrap.
constexpr int64_t kFineLimit = (int64_t(1) << 30) - 1;

/// Values that are added to each other are rounded this much finer than the result where 32 bits
/// hold whatever they can be; where nothing bounds them, with so much room beyond the result's
/// range.
constexpr double kGuardSteps = double(1 << 20);
constexpr double kHeadroom = 8;

/// The step of what is added to become `value` in `type`: as fine as 32 bits allow for addends
/// up to their bounds. Sums within sums keep the step that they are given.
double CodeBuilder::getGuardedStep(Value value, UniformQuantizedType type) {
  CodeRange range = getCodeRange(type);
  double span = double(std::max(range.max - type.getZeroPoint(), type.getZeroPoint() - range.min));
  if (span >= double(kFineLimit))
    return type.getScale();
  double largest = bounds.ofAddends(value) / type.getScale();
  if (!std::isfinite(largest)) {
    LDBG() << "nothing bounds what is added to become '" << nameOf(value) << "'";
    largest = kHeadroom * span;
  }
  double room = std::exp2(std::floor(std::log2(double(kFineLimit) / std::max(largest, 1.0))));
  return type.getScale() / std::clamp(room, 1.0, kGuardSteps);
}

CodeBuilder::UniformType CodeBuilder::fineType(double resolution) {
  return getUniformType(builder.getContext(), {-kFineLimit, kFineLimit}, resolution);
}

//===----------------------------------------------------------------------===//
// Factors
//===----------------------------------------------------------------------===//

CodeBuilder::Factors CodeBuilder::Factors::broadcastTo(ArrayRef<int64_t> target) const {
  Factors all{SmallVector<int64_t>(target), {}, {}};
  Shape from(target.size() - shape.size(), 1);
  from.insert(from.end(), shape.begin(), shape.end());
  reference::forEachIndex(target.vec(), [&](int64_t, const Shape &index) {
    int64_t at = reference::broadcastIndex(from, index);
    all.scale.push_back(scale[at]);
    all.bias.push_back(bias[at]);
  });
  return all;
}

/// What two shapes, aligned at their ends, broadcast to.
static SmallVector<int64_t> joinShapes(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  SmallVector<int64_t> joined(a);
  for (auto [size, other] : llvm::zip(llvm::reverse(joined), llvm::reverse(b)))
    size = size == 1 ? other : size;
  return joined;
}

CodeBuilder::Pending CodeBuilder::plain(Value codes) {
  int64_t channels = cast<RankedTensorType>(codes.getType()).getShape().back();
  return {codes,
          {{channels}, std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0)}};
}

/// What the clamp or map `op` takes.
static Value getMapped(Operation *op) { return op->getOperand(getConstantFactor(op) == 0u); }

FailureOr<std::optional<CodeBuilder::Map>> CodeBuilder::readMap(Value value, double resolution) {
  if (value.getDefiningOp<tosa::ClampOp>())
    return std::optional(Map{value, resolution, {}});
  Operation *op = value.getDefiningOp();
  std::vector<float> scale, bias;
  SmallVector<int64_t> shape;
  if (auto affine = dyn_cast_or_null<ChannelAffineOp>(op)) {
    ElementsAttr scaleAttr = getConstantElements(affine.getScale());
    ElementsAttr biasAttr = getConstantElements(affine.getBias());
    scale = scaleAttr ? getFloats(scaleAttr) : std::vector<float>();
    bias = biasAttr ? getFloats(biasAttr) : std::vector<float>();
    shape = {int64_t(scale.size())};
  } else if (auto factor = op ? getConstantFactor(op) : std::nullopt) {
    Value constant = op->getOperand(*factor);
    scale = getFloats(getConstantElements(constant));
    bias.assign(scale.size(), 0.0f);
    llvm::append_range(shape, cast<RankedTensorType>(constant.getType()).getShape());
  } else {
    return std::optional<Map>();
  }
  if (scale.empty() || bias.empty())
    return op->emitError() << "requires constant parameters to be quantized";
  double largest = 1e-12;
  for (float s : scale)
    largest = std::max<double>(largest, std::fabs(s));
  Factors factors{shape, {scale.begin(), scale.end()}, {bias.begin(), bias.end()}};
  return std::optional(Map{value, resolution / largest, std::move(factors)});
}

/// Whether one table of factors does for both: where each has its own for other dimensions, it
/// would be larger than both.
bool CodeBuilder::canCombine(const Pending &pending, const Map &map) {
  if (pending.clamped)
    return false; // the clamp comes first
  const Factors &first = pending.factors, &second = map.factors;
  if (first.shape == second.shape || second.areEqual())
    return true;
  bool perChannel = isa<UniformQuantizedPerAxisType>(getElementTypeOrSelf(pending.codes.getType()));
  if (first.areEqual() && !perChannel)
    return true;
  int64_t joined = ShapedType::getNumElements(joinShapes(first.shape, second.shape));
  return joined == ShapedType::getNumElements(first.shape) ||
         joined == ShapedType::getNumElements(second.shape);
}

FailureOr<CodeBuilder::Pending> CodeBuilder::apply(const Map &map, Pending pending) {
  if (auto clamp = map.result.getDefiningOp<tosa::ClampOp>()) {
    auto low = dyn_cast<FloatAttr>(clamp.getMinValAttr());
    auto high = dyn_cast<FloatAttr>(clamp.getMaxValAttr());
    if (!low || !high)
      return failure();
    auto bound = [&](double v) {
      return std::clamp(v, low.getValueAsDouble(), high.getValueAsDouble());
    };
    pending.low = bound(pending.low);
    pending.high = bound(pending.high);
    pending.clamped = true;
    return pending;
  }
  if (!canCombine(pending, map)) {
    // Round finely in between.
    Value input = getMapped(map.result.getDefiningOp());
    FailureOr<Value> codes = finish(pending, fineType(map.resolution), input);
    if (failed(codes))
      return failure();
    pending = plain(*codes);
  }
  Factors &factors = pending.factors;
  Factors next = map.factors;
  auto narrow = [](Factors &all) { all = {{1}, {all.scale[0]}, {all.bias[0]}}; };
  if (factors.shape != next.shape) {
    bool perChannel =
        isa<UniformQuantizedPerAxisType>(getElementTypeOrSelf(pending.codes.getType()));
    if (next.areEqual())
      narrow(next);
    else if (factors.areEqual() && !perChannel)
      narrow(factors);
    SmallVector<int64_t> joined = joinShapes(factors.shape, next.shape);
    factors = factors.broadcastTo(joined);
    next = next.broadcastTo(joined);
  }
  for (auto [scale, bias, factor, constant] :
       llvm::zip(factors.scale, factors.bias, next.scale, next.bias)) {
    scale *= factor;
    bias = bias * factor + constant;
  }
  return pending;
}

//===----------------------------------------------------------------------===//
// Sums and what comes before them
//===----------------------------------------------------------------------===//

FailureOr<CodeBuilder::Pending> CodeBuilder::pendingOf(Value value, double resolution) {
  SmallVector<Map> maps;
  while (!functions.inputOf(value)) {
    FailureOr<std::optional<Map>> map = readMap(value, resolution);
    if (failed(map))
      return failure();
    if (!*map)
      break;
    resolution = (*map)->resolution;
    value = getMapped(value.getDefiningOp());
    maps.push_back(std::move(**map));
  }
  FailureOr<Pending> pending = pendingOfSource(value, resolution);
  for (const Map &map : llvm::reverse(maps))
    if (succeeded(pending))
      pending = apply(map, std::move(*pending));
  return pending;
}

FailureOr<CodeBuilder::Pending> CodeBuilder::pendingOfSource(Value value, double resolution) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return emitError(value.getLoc()) << "requires a quantizer on the network's input";
  if (endsSoftmax(op))
    return op->emitError() << "layer '" << getLayerName(op)
                           << "' is a Softmax, which has no form on codes; hint: "
                           << (endsNetwork(op->getResult(0))
                                   ? "import with --logits to leave it out, its classes keep their "
                                     "order"
                                   : "layers behind it take its result, so import what is before "
                                     "it and what is behind it as networks of their own");
  if (auto cast = dyn_cast<DequantizeCastOp>(op)) {
    FailureOr<Value> codes = quantized(cast.getInput());
    if (failed(codes))
      return failure();
    return plain(*codes);
  }
  if (getConstantElements(value) || functions.inputOf(value)) {
    FailureOr<Value> codes = codesOf(value, fineType(resolution));
    if (failed(codes))
      return failure();
    return plain(*codes);
  }
  if (isa<tosa::AddOp, tosa::SubOp, tosa::MaximumOp, tosa::MinimumOp>(op))
    return combine(op, resolution);
  if (auto snap = dyn_cast<SnapOp>(op)) {
    FailureOr<Value> codes = codesOf(value, getSnappedType(snap));
    if (failed(codes))
      return failure();
    return plain(*codes);
  }
  if (isDataMovement(op)) {
    UniformType stored = storedTypeOf(value);
    FailureOr<Value> codes = codesOf(value, stored ? stored : fineType(resolution));
    if (failed(codes))
      return failure();
    return plain(*codes);
  }

  FailureOr<Value> sum = isa<tosa::MulOp>(op) ? productOf(op) : sumOf(op);
  if (failed(sum))
    return failure();
  Pending pending = plain(*sum);
  if (auto average = dyn_cast<tosa::AvgPool2dOp>(op))
    divideByTaps(average, pending);
  return pending;
}

/// Two values in one fine step.
FailureOr<CodeBuilder::Pending> CodeBuilder::combine(Operation *op, double resolution) {
  UniformType type = fineType(resolution);
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    if (FailureOr<Value> codes = codesOf(operand, type); succeeded(codes))
      operands.push_back(*codes);
  if (operands.size() != op->getNumOperands())
    return failure();
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(operands);
  state.addAttributes(op->getAttrs());
  state.addTypes(withElement(op->getResult(0), type));
  return plain(builder.create(state)->getResult(0));
}

Value CodeBuilder::makeFactors(StringRef name, ArrayRef<int64_t> shape, ArrayRef<double> values) {
  std::vector<float> floats(values.begin(), values.end());
  return makeParameter(builder, builder.getUnknownLoc(), name, shape, floats);
}

/// The name of the layer that `value` comes from, through quantizers and movement; for a value
/// that is rounded once more, not the layer's own.
std::string CodeBuilder::nameOf(Value value) {
  std::string name, suffix;
  SmallVector<Value> passed;
  for (;; value = passed.back().getDefiningOp()->getOperand(0)) {
    Operation *op = value.getDefiningOp();
    bool clamps = isa_and_nonnull<tosa::ClampOp>(op);
    if (auto it = names.find(value); it != names.end())
      name = it->second;
    else if (!op)
      name = "input" + suffix;
    else if (op->hasAttr(TallyDialect::kNameAttr) ||
             (!clamps && !isa<DequantizeCastOp, QuantizeCastOp>(op) && !isDataMovement(op)))
      name = getLayerName(op).str() + suffix;
    if (!name.empty())
      break;
    suffix = clamps ? ".clamped" : ".requantized";
    passed.push_back(value);
  }
  for (Value each : passed)
    names[each] = name;
  return name;
}

FailureOr<Value> CodeBuilder::roundSum(Value value, UniformType type) {
  FailureOr<Pending> pending = pendingOf(value, getGuardedStep(value, type));
  if (failed(pending))
    return failure();
  return finish(*pending, type, value);
}

/// As `tally.channel_affine` takes them: one for each channel, or as many dimensions as there are.
CodeBuilder::Factors CodeBuilder::getFullFactors(const Pending &pending) {
  auto type = cast<RankedTensorType>(pending.codes.getType());
  int64_t channels = type.getShape().back();
  const Factors &factors = pending.factors;
  bool byPlace =
      llvm::any_of(ArrayRef(factors.shape).drop_back(), [](int64_t s) { return s != 1; });
  if (!byPlace)
    return Factors{{factors.shape.back()}, factors.scale, factors.bias}.broadcastTo({channels});
  SmallVector<int64_t> shape(type.getRank() - factors.shape.size(), 1);
  shape.append(factors.shape);
  if (isa<UniformQuantizedPerAxisType>(type.getElementType()))
    shape.back() = channels;
  return factors.broadcastTo(shape);
}

/// Applies what is pending and rounds to `type`.
FailureOr<Value> CodeBuilder::finish(const Pending &pending, UniformType type, Value named) {
  Operation *source = named.getDefiningOp();
  Location loc = source ? source->getLoc() : named.getLoc();
  std::string name = nameOf(named);
  UniformType rounded = type;
  LDBG() << "'" << name << "': " << getElementTypeOrSelf(pending.codes.getType())
         << " is rounded to " << type << (pending.clamped ? ", clamped" : "");
  if (pending.clamped) {
    CodeRange range = getCodeRange(type);
    auto code = [&](double real) {
      return reference::quantize(real, type.getScale(), type.getZeroPoint(),
                                 {range.min, range.max});
    };
    CodeRange narrow = {code(pending.low), code(pending.high)};
    if (narrow.min == narrow.max) {
      // Nothing is left between the ends, and no type has a single code.
      Pending end{pending.codes, pending.factors};
      llvm::fill(end.factors.scale, 0.0);
      llvm::fill(end.factors.bias, double(narrow.min - type.getZeroPoint()) * type.getScale());
      return finish(end, type, named);
    }
    if (narrow.min != range.min || narrow.max != range.max) {
      // Keep storage and signedness, only the range shrinks.
      rounded = UniformType::get(type.getFlags(), type.getStorageType(), type.getExpressedType(),
                                 type.getScale(), type.getZeroPoint(), narrow.min, narrow.max);
    }
  }
  auto affine = [&](Value codes, UniformType to, const Factors &factors, StringRef label) {
    Value s = makeFactors((name + label + ".factor").str(), factors.shape, factors.scale);
    Value b = makeFactors((name + label + ".offset").str(), factors.shape, factors.bias);
    auto op = ChannelAffineOp::create(builder, loc, withElement(codes, to), codes, s, b);
    op->setAttr(TallyDialect::kNameAttr, builder.getStringAttr(name));
    return op.getOutput();
  };
  Value codes = affine(pending.codes, rounded, getFullFactors(pending), "");
  if (rounded != type)
    codes = affine(codes, type, plain(codes).factors, ".widen");
  return codes;
}

} // namespace tally
