//===- CountSums.cpp - convolutions, adder layers, pooling ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CountSums.h"

#include "tally/IR/LayerGroups.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tally {

static RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

int64_t elementsOf(Value value) { return tensorType(value).getNumElements(); }

static bool isFloat(Value value) { return isa<FloatType>(getElementTypeOrSelf(value.getType())); }

OperationType typeOf(OperationKind kind, Value value) {
  return {kind, getCodeBits(getElementTypeOrSelf(value.getType())), isFloat(value)};
}

int getCodeBits(Type element) {
  if (auto powers = dyn_cast<PowerOfTwoType>(element))
    return powers.getBits();
  if (isa<FloatType>(element))
    return element.getIntOrFloatBitWidth();
  CodeRange range = getCodeRange(element);
  return getBitWidth(range.min, range.max);
}

namespace {

/// One layer that combines its input with weights.
struct Layer {
  Value input, weight, output;
  int64_t terms; ///< of one output element
  bool isAdder;
};

std::optional<Layer> getLayer(Operation *op) {
  auto dim = [](Value value, unsigned index) { return tensorType(value).getDimSize(index); };
  return TypeSwitch<Operation *, std::optional<Layer>>(op)
      .Case([&](AdderConv2DOp o) {
        return Layer{o.getInput(), o.getFilter(), o.getOutput(), o.getNumTerms(), true};
      })
      .Case([&](AdderLinearOp o) {
        return Layer{o.getInput(), o.getFilter(), o.getOutput(), dim(o.getInput(), 1), true};
      })
      .Case([&](tosa::Conv2DOp o) {
        Value w = o.getWeight();
        return Layer{o.getInput(), w, o.getOutput(), dim(w, 1) * dim(w, 2) * dim(w, 3), false};
      })
      .Case([&](tosa::DepthwiseConv2DOp o) {
        Value w = o.getWeight();
        return Layer{o.getInput(), w, o.getOutput(), dim(w, 0) * dim(w, 1), false};
      })
      .Case([&](tosa::MatMulOp o) {
        return Layer{o.getA(), o.getB(), o.getOutput(), dim(o.getA(), 2), false};
      })
      .Default(std::optional<Layer>());
}

/// The zeros among constant codes of equal steps.
void countZeros(Value weight, CountedOperation &counted) {
  auto type = getQuantizedElement(weight.getType());
  ElementsAttr elements = type ? getConstantElements(weight) : ElementsAttr();
  if (!elements)
    return;
  int64_t zero = 0;
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(type))
    zero = uniform.getZeroPoint();
  std::vector<int64_t> codes = getIntegers(elements);
  counted.weights = codes.size();
  counted.zeroWeights = llvm::count(codes, zero);
}

/// Each weight shifts and adds as often as its code has terms.
void countShifts(const Layer &layer, DecodeOp decode, CountedOperation &counted) {
  auto type = tensorType(decode.getInput());
  PowerOfTwoLevels levels = cast<PowerOfTwoType>(type.getElementType()).getLevels();
  int64_t terms = 0, widest = 0;
  std::vector<int64_t> termsOfCode(levels.byCode().size());
  for (auto [code, level] : llvm::enumerate(levels.byCode()))
    if (levels.decode(int(code)))
      for (PowerOfTwoTerm term : levels.terms(int(code))) {
        ++termsOfCode[code];
        widest = std::max<int64_t>(widest, term.shift);
      }
  std::optional<std::vector<uint8_t>> codes;
  if (ElementsAttr packed = getConstantElements(decode.getInput()))
    codes = unpackCodes(packed, type);
  if (codes) {
    counted.skipsZeros = true;
    counted.weights = codes->size();
    for (uint8_t code : *codes) {
      terms += termsOfCode[code];
      counted.zeroWeights += termsOfCode[code] == 0;
    }
  } else { // not known before it runs: no code has more
    terms = type.getNumElements() * levels.maxTerms();
  }
  // Every weight meets one input element at each position of the output.
  int64_t filters = type.getNumElements() / layer.terms;
  int64_t positions = elementsOf(layer.output) / filters;
  CodeRange input = getCodeRange(getElementTypeOrSelf(layer.input.getType()));
  int shifted = getBitWidth(__int128(input.min) << widest, __int128(input.max) << widest);
  counted.operations.add({OperationKind::Shift, shifted}, terms * positions);
  counted.operations.add({OperationKind::Add, counted.accumulatorBits}, terms * positions);
}

void countLayer(const Layer &layer, CountedOperation &counted) {
  int64_t products = elementsOf(layer.output) * layer.terms;
  auto decode = layer.weight.getDefiningOp<DecodeOp>();
  bool onFloats = isFloat(layer.input);
  Type weightElement = getElementTypeOrSelf((decode ? decode.getInput() : layer.weight).getType());
  counted.inputBits = getCodeBits(getElementTypeOrSelf(layer.input.getType()));
  counted.weightBits = getCodeBits(weightElement);
  counted.int8.add({OperationKind::Multiply, 8}, products);
  counted.int8.add({OperationKind::Add, 32}, products);
  if (decode && !onFloats && !layer.isAdder)
    return countShifts(layer, decode, counted);
  if (!decode)
    countZeros(layer.weight, counted);
  int bits = std::max(counted.inputBits, getCodeBits(getElementTypeOrSelf(layer.weight.getType())));
  counted.operations.add(
      {layer.isAdder ? OperationKind::Sad : OperationKind::Multiply, bits, onFloats}, products);
  counted.operations.add({OperationKind::Add, counted.accumulatorBits, onFloats}, products);
}

/// Each result takes this many elements, and one operation less.
void countPool(OperationKind kind, Value output, int64_t elements, CountedOperation &counted) {
  OperationType type = typeOf(kind, output);
  int64_t count = elementsOf(output) * (elements - 1);
  counted.operations.add(type, count);
  counted.int8.add({kind, kind == OperationKind::Compare ? 8 : 32}, count);
}

} // namespace

bool countSum(Operation *op, CountedOperation &counted) {
  if (!isReduction(op))
    return false;
  Value output = op->getResult(0);
  if (!isa<tosa::MaxPool2dOp, tosa::ReduceMaxOp, tosa::ReduceMinOp>(op))
    counted.accumulatorBits = getCodeBits(getElementTypeOrSelf(output.getType()));
  if (std::optional<Layer> layer = getLayer(op)) {
    countLayer(*layer, counted);
    return true;
  }
  counted.inputBits = getCodeBits(getElementTypeOrSelf(op->getOperand(0).getType()));
  auto area = [](ArrayRef<int64_t> kernel) { return kernel[0] * kernel[1]; };
  TypeSwitch<Operation *>(op)
      .Case([&](tosa::MaxPool2dOp pool) {
        countPool(OperationKind::Compare, output, area(pool.getKernel()), counted);
      })
      .Case([&](SumPool2DOp pool) {
        countPool(OperationKind::Add, output, area(pool.getKernel()), counted);
      })
      .Case([&](tosa::AvgPool2dOp pool) {
        countPool(OperationKind::Add, output, area(pool.getKernel()), counted);
        counted.operations.add(typeOf(OperationKind::Multiply, output), elementsOf(output));
        counted.int8.add({OperationKind::Multiply, 32}, elementsOf(output));
      })
      .Case([&](BoxSumOp box) {
        // Only adder layers need it: nothing of it in int8.
        int64_t channels = tensorType(box.getInput()).getDimSize(3);
        counted.operations.add(typeOf(OperationKind::Add, output),
                               elementsOf(output) * (area(box.getKernel()) * channels - 1));
      })
      .Default([&](Operation *reduce) {
        int64_t elements = elementsOf(reduce->getOperand(0)) / elementsOf(output);
        countPool(isa<tosa::ReduceSumOp>(reduce) ? OperationKind::Add : OperationKind::Compare,
                  output, elements, counted);
      });
  return true;
}

} // namespace tally
