//===- CodeMaps.cpp - what is left to apply before a sum is rounded -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Affine maps and clamps behind a sum are gathered and applied where it becomes a code.
//
//===----------------------------------------------------------------------===//

#include "CodeBuilder.h"
#include "Quantize/FilterLevels.h"

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

/// Values that are added to each other are rounded this much finer than the result, where their
/// quantizers bound them; and where nothing does, with so much room beyond the result's range.
constexpr double kGuardSteps = double(1 << 20);
constexpr double kUnboundedGuardSteps = 256;
constexpr double kHeadroom = 8;

/// The step of what is added to become `value` in `type`: as fine as 32 bits allow for addends
/// up to their bounds. Sums within sums keep the step that they are given.
double CodeBuilder::getGuardedStep(Value value, UniformQuantizedType type) {
  CodeRange range = getCodeRange(type);
  double span = double(std::max(range.max - type.getZeroPoint(), type.getZeroPoint() - range.min));
  if (span >= double(kFineLimit))
    return type.getScale();
  double largest = bounds.ofAddends(value) / type.getScale(), finest = kGuardSteps;
  if (!std::isfinite(largest)) {
    largest = kHeadroom * span;
    finest = kUnboundedGuardSteps;
  }
  double room = std::exp2(std::floor(std::log2(double(kFineLimit) / std::max(largest, 1.0))));
  return type.getScale() / std::clamp(room, 1.0, finest);
}

CodeBuilder::UniformType CodeBuilder::fineType(double resolution) {
  return getUniformType(builder.getContext(), {-kFineLimit, kFineLimit}, resolution);
}

/// The last operation of an imported Softmax or LogSoftmax.
static bool endsSoftmax(Operation *op) {
  return isa<tosa::MulOp, tosa::SubOp>(op) && llvm::any_of(op->getOperands(), [](Value operand) {
           return isa_and_nonnull<tosa::ExpOp, tosa::LogOp>(operand.getDefiningOp());
         });
}

CodeBuilder::Pending CodeBuilder::plain(Value codes) {
  int64_t channels = cast<RankedTensorType>(codes.getType()).getShape().back();
  return {codes, std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0), -INFINITY,
          INFINITY};
}

FailureOr<std::optional<CodeBuilder::Map>> CodeBuilder::readMap(Value value, double resolution) {
  if (value.getDefiningOp<tosa::ClampOp>())
    return std::optional(Map{value, resolution, {}, {}});
  auto affine = value.getDefiningOp<ChannelAffineOp>();
  if (!affine)
    return std::optional<Map>();
  ElementsAttr scaleAttr = getConstantElements(affine.getScale());
  ElementsAttr biasAttr = getConstantElements(affine.getBias());
  std::vector<float> scale = scaleAttr ? getFloats(scaleAttr) : std::vector<float>();
  std::vector<float> bias = biasAttr ? getFloats(biasAttr) : std::vector<float>();
  if (scale.empty() || bias.empty())
    return affine.emitError() << "requires constant parameters to be quantized";
  double largest = 1e-12;
  for (float s : scale)
    largest = std::max<double>(largest, std::fabs(s));
  return std::optional(Map{value, resolution / largest, std::move(scale), std::move(bias)});
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
  if (pending.clamped) {
    // The clamp comes before this map: round finely in between.
    Value input = map.result.getDefiningOp<ChannelAffineOp>().getInput();
    FailureOr<Value> codes = finish(pending, fineType(map.resolution), input);
    if (failed(codes))
      return failure();
    pending = plain(*codes);
  }
  for (auto [c, scale] : llvm::enumerate(map.scale)) {
    pending.scale[c] *= scale;
    pending.bias[c] = pending.bias[c] * scale + map.bias[c];
  }
  return pending;
}

FailureOr<CodeBuilder::Pending> CodeBuilder::pendingOf(Value value, double resolution) {
  SmallVector<Map> maps;
  for (;;) {
    FailureOr<std::optional<Map>> map = readMap(value, resolution);
    if (failed(map))
      return failure();
    if (!*map)
      break;
    resolution = (*map)->resolution;
    value = value.getDefiningOp()->getOperand(0);
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
                           << "' is a Softmax, which has no form on codes: import with --logits "
                              "to leave it out, its classes keep their order";
  if (auto cast = dyn_cast<DequantizeCastOp>(op)) {
    FailureOr<Value> codes = quantized(cast.getInput());
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

  FailureOr<Value> sum = sumOf(op);
  if (failed(sum))
    return failure();
  Pending pending = plain(*sum);
  if (auto average = dyn_cast<tosa::AvgPool2dOp>(op))
    std::fill(pending.scale.begin(), pending.scale.end(),
              1.0 / double(average.getKernel()[0] * average.getKernel()[1]));
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

Value CodeBuilder::channelParameter(StringRef name, ArrayRef<double> values) {
  std::vector<float> floats(values.begin(), values.end());
  return makeParameter(builder, builder.getUnknownLoc(), name, int64_t(floats.size()), floats);
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
      std::vector<double> none(pending.scale.size(), 0.0),
          end(pending.scale.size(), double(narrow.min - type.getZeroPoint()) * type.getScale());
      return finish({pending.codes, none, end, -INFINITY, INFINITY}, type, named);
    }
    if (narrow.min != range.min || narrow.max != range.max) {
      // Keep storage and signedness, only the range shrinks.
      rounded = UniformType::get(type.getFlags(), type.getStorageType(), type.getExpressedType(),
                                 type.getScale(), type.getZeroPoint(), narrow.min, narrow.max);
    }
  }
  auto affine = [&](Value codes, UniformType to, ArrayRef<double> scale, ArrayRef<double> bias,
                    StringRef label) {
    Value s = channelParameter((name + label + ".factor").str(), scale);
    Value b = channelParameter((name + label + ".offset").str(), bias);
    auto op = ChannelAffineOp::create(builder, loc, withElement(codes, to), codes, s, b);
    op->setAttr(TallyDialect::kNameAttr, builder.getStringAttr(name));
    return op.getOutput();
  };
  Value codes = affine(pending.codes, rounded, pending.scale, pending.bias, "");
  if (rounded != type) {
    std::vector<double> one(pending.scale.size(), 1.0), zero(pending.scale.size(), 0.0);
    codes = affine(codes, type, one, zero, ".widen");
  }
  return codes;
}

} // namespace tally
