//===- CodeBuilder.cpp - the network on codes, value by value -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CodeBuilder.h"
#include "FilterCodes.h"
#include "Quantize/FilterLevels.h"
#include "Quantize/QuantizerTypes.h"

#include "tally/IR/LayerNames.h"
#include "tally/Run/Reference.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally {

static bool selects(Operation *op) {
  auto movement = dyn_cast<DataMovementOpInterface>(op);
  return movement && movement.getMovement() == Movement::Selection;
}

/// Movement of one operand's elements that loses none and adds none.
static bool rearranges(Operation *op) {
  return isDataMovement(op) && !selects(op) && !joinsValues(op) &&
         cast<ShapedType>(op->getOperand(0).getType()).getNumElements() ==
             cast<ShapedType>(op->getResult(0).getType()).getNumElements();
}

FailureOr<Value> CodeBuilder::makeQuantized(Value cast) {
  auto type = perTensorType(cast);
  auto op = cast.getDefiningOp<QuantizeCastOp>();
  if (!op || !type)
    return emitError(cast.getLoc()) << "requires a per-tensor quantizer on activations";
  FailureOr<Value> codes = codesOf(op.getInput(), type);
  // A quantizer of the network's own names what it rounds, and reshapes of that.
  Operation *input = op.getInput().getDefiningOp();
  Attribute name = op->getAttr(TallyDialect::kNameAttr);
  Attribute old = input ? input->getAttr(TallyDialect::kNameAttr) : Attribute();
  if (name && succeeded(codes))
    for (Operation *made = codes->getDefiningOp();
         made && (isa<ChannelAffineOp>(made) || rearranges(made)) &&
         (made->getAttr(TallyDialect::kNameAttr) == old || isa<ChannelAffineOp>(made));
         made = made->getOperand(0).getDefiningOp()) {
      made->setAttr(TallyDialect::kNameAttr, name);
      if (isa<ChannelAffineOp>(made))
        break;
    }
  return codes;
}

FailureOr<Value> CodeBuilder::resultOf(Value value, StringRef output) {
  UniformType type = storedTypeOf(value);
  if (ElementsAttr constant = getConstantElements(value);
      constant && constant.getElementType().isF32()) {
    Histogram seen;
    seen.add(getFloats(constant));
    type = getResultType(builder.getContext(), seen);
  }
  if (!type)
    return emitError(value.getLoc())
           << "output '" << output << "' is returned without a per-tensor quantizer; hint: "
           << "calibrate the network again, which observes what it returns";
  return known.get({value, type}, [&](std::pair<Value, Type> wanted) {
    auto uniform = dyn_cast<UniformQuantizedType>(wanted.second);
    return uniform ? makeCodes(wanted.first, uniform) : makeQuantized(wanted.first);
  });
}

FailureOr<Value> CodeBuilder::codesOf(Value value, Type type) {
  if (const Value *codes = known.find({value, type}))
    return *codes;
  return failure();
}

FailureOr<Value> CodeBuilder::makeCodes(Value value, UniformType type) {
  Operation *op = value.getDefiningOp();
  FailureOr<Value> codes = failure();
  auto cast = value.getDefiningOp<DequantizeCastOp>();
  if (getConstantElements(value)) {
    codes = constantCodes(value, type);
  } else if (functions.inputOf(value)) {
    codes = tableOf(value, type);
  } else if (cast && perTensorType(cast.getInput()) == type) {
    codes = quantized(cast.getInput());
  } else if (auto snap = dyn_cast_or_null<SnapOp>(op); snap && type == getSnappedType(snap)) {
    FailureOr<Value> fine = codesOf(snap.getInput(), getUnsnappedType(snap));
    if (failed(fine))
      return failure();
    codes = SnapOp::create(builder, op->getLoc(), withElement(value, type), *fine,
                           snap.getLevelsAttr(), snap.getTiesToEvenAttr())
                .getOutput();
    if (Attribute name = op->getAttr(TallyDialect::kNameAttr))
      codes->getDefiningOp()->setAttr(TallyDialect::kNameAttr, name);
  } else if (UniformType stored = storedTypeOf(value);
             op && selects(op) && stored && stored != type) {
    // Pooled once for all readers, and fewer values are left to round.
    FailureOr<Value> pooled = codesOf(value, stored);
    if (failed(pooled))
      return failure();
    codes = finish(plain(*pooled), type, value);
  } else if (op && isDataMovement(op)) {
    codes = move(op, type);
  } else {
    codes = roundSum(value, type);
  }
  return codes;
}

FailureOr<Value> CodeBuilder::constantCodes(Value constant, UniformType type) {
  std::vector<float> values = getFloats(getConstantElements(constant));
  if (values.empty())
    return emitError(constant.getLoc()) << "requires constants of f32 to be quantized";
  std::string &name = names[constant];
  auto load = constant.getDefiningOp<ml_program::GlobalLoadConstOp>();
  if (name.empty())
    name = load ? takeName(load) : "constant";
  auto shape = cast<RankedTensorType>(constant.getType());
  auto module = builder.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  auto codes =
      addParameter(module, name, shape.clone(type), makeCodeElements(values, shape, type, name));
  return loadParameter(builder, constant.getLoc(), codes);
}

/// The operand whose elements `op` moves; of several the first that is no constant.
static Value getMovedOperand(Operation *op) {
  for (Value operand : cast<DataMovementOpInterface>(op).getMoved())
    if (!getConstantElements(operand))
      return operand;
  return op->getOperand(0);
}

/// The type in which what `value` rearranges is stored; null where it is not.
CodeBuilder::UniformType CodeBuilder::storedTypeOf(Value value) {
  SmallVector<Value> moved;
  for (; !storedTypes.contains(value); value = getMovedOperand(moved.back().getDefiningOp())) {
    moved.push_back(value);
    Operation *op = value.getDefiningOp();
    if (op && isDataMovement(op))
      continue;
    auto cast = dyn_cast_or_null<DequantizeCastOp>(op);
    storedTypes[value] = cast ? perTensorType(cast.getInput()) : UniformType();
    break;
  }
  UniformType type = storedTypes.lookup(value);
  for (Value each : moved)
    storedTypes[each] = type;
  return type;
}

/// Says where the filler of `op` lies outside of what its codes hold. Below them it does not matter
/// to maxima.
static void warnOfFiller(Operation *op, double filler, UniformQuantizedType type) {
  CodeRange range = getCodeRange(type);
  double low = double(range.min - type.getZeroPoint()) * type.getScale();
  double high = double(range.max - type.getZeroPoint()) * type.getScale();
  if ((filler < low && onlyFeedsMaxima(op)) ||
      (filler > low - type.getScale() && filler < high + type.getScale()))
    return;
  std::string text;
  llvm::raw_string_ostream(text) << "' pads with " << llvm::format("%g", filler)
                                 << ", which is taken for "
                                 << llvm::format("%g", filler < low ? low : high)
                                 << ": codes of what it pads reach from " << llvm::format("%g", low)
                                 << " to " << llvm::format("%g", high);
  op->emitWarning() << "layer '" << getLayerName(op) << text;
}

/// The same operation on codes. Rounding is monotone, so moving and taking maxima
/// may come after it.
FailureOr<Value> CodeBuilder::move(Operation *op, UniformType type) {
  OperationState state(op->getLoc(), op->getName());
  state.addAttributes(op->getAttrs());
  state.addTypes(withElement(op->getResult(0), type));
  auto movement = cast<DataMovementOpInterface>(op);
  OpOperand *filler = movement.getFiller();
  for (Value operand : movement.getMoved())
    if (FailureOr<Value> codes = codesOf(operand, type); succeeded(codes))
      state.operands.push_back(*codes);
  if (state.operands.size() != movement.getNumMoved())
    return failure();
  for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
    if (index < movement.getNumMoved())
      continue;
    if (filler && index == filler->getOperandNumber()) {
      ElementsAttr elements = getConstantElements(operand);
      std::vector<float> values = elements ? getFloats(elements) : std::vector<float>();
      if (values.size() != 1)
        return op->emitError() << "requires a constant padding value to be quantized";
      CodeRange range = getCodeRange(type);
      warnOfFiller(op, values[0], type);
      int64_t code = reference::quantize(values[0], type.getScale(), type.getZeroPoint(),
                                         {range.min, range.max});
      unsigned width = type.getStorageTypeIntegralWidth();
      auto storage = RankedTensorType::get(
          {1}, IntegerType::get(builder.getContext(), width,
                                type.isSigned() ? IntegerType::Signless : IntegerType::Unsigned));
      auto constant = tosa::ConstOp::create(
          builder, op->getLoc(), storage,
          DenseElementsAttr::get(storage, APInt(width, uint64_t(code), true, true)));
      constant.getResult().setType(storage.clone(type));
      state.operands.push_back(constant);
    } else {
      state.operands.push_back(builder.clone(*operand.getDefiningOp())->getResult(0));
    }
  }
  return builder.create(state)->getResult(0);
}

} // namespace tally
