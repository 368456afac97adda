//===- CountSums.cpp - convolutions, adder layers, pooling ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CountSums.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally {

static RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

static bool isFloat(Value value) { return isa<FloatType>(getElementTypeOrSelf(value.getType())); }

namespace {

/// From the highest to the lowest digit that is 1.
int getSpan(int64_t code) {
  uint64_t magnitude = code < 0 ? -uint64_t(code) : uint64_t(code);
  return magnitude ? int(llvm::Log2_64(magnitude)) - llvm::countr_zero(magnitude) + 1 : 0;
}

/// The zeros and the digits among constant codes of equal steps, each at `positions` of an input.
void countCodes(Value weight, int64_t positions, bool isProduct, CountedOperation &counted) {
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
  if (isProduct)
    for (int64_t code : codes)
      counted.bitOperations += int64_t(getSpan(code - zero)) * counted.inputBits * positions;
}

/// Each weight shifts and adds as often as its code has terms.
void countShifts(ReductionOpInterface layer, DecodeOp decode, CountedOperation &counted) {
  auto type = tensorType(decode.getInput());
  PowerOfTwoLevels levels = cast<PowerOfTwoType>(type.getElementType()).getLevels();
  counted.isAdditive = levels.format().additive;
  int64_t terms = 0, widest = 0;
  std::vector<int64_t> termsOfCode(levels.byCode().size()), spanOfCode(levels.byCode().size());
  for (auto [code, level] : llvm::enumerate(levels.byCode()))
    if (levels.decode(int(code))) {
      spanOfCode[code] = getSpan(level);
      for (PowerOfTwoTerm term : levels.terms(int(code))) {
        ++termsOfCode[code];
        widest = std::max<int64_t>(widest, term.shift);
      }
    }
  // Every weight meets one input element at each position of the output.
  int64_t filters = type.getNumElements() / layer.getNumTerms();
  int64_t positions = elementsOf(layer->getResult(0)) / filters;
  std::optional<std::vector<uint8_t>> codes;
  if (ElementsAttr packed = getConstantElements(decode.getInput()))
    codes = unpackCodes(packed, type);
  if (codes) {
    counted.skipsZeros = true;
    counted.weights = codes->size();
    for (uint8_t code : *codes) {
      terms += termsOfCode[code];
      counted.zeroWeights += termsOfCode[code] == 0;
      counted.bitOperations += spanOfCode[code] * counted.inputBits * positions;
    }
  } else { // not known before it runs: no code has more
    terms = type.getNumElements() * levels.maxTerms();
  }
  CodeRange input = getCodeRange(getElementTypeOrSelf(layer->getOperand(0).getType()));
  int shifted = getBitWidth(__int128(input.min) << widest, __int128(input.max) << widest);
  counted.operations.add({OperationKind::Shift, shifted}, terms * positions);
  counted.operations.add({OperationKind::Add, counted.accumulatorBits}, terms * positions);
  int64_t spared = type.getNumElements() * levels.maxTerms() - terms;
  counted.spared.add({OperationKind::Shift, shifted}, spared * positions);
  counted.spared.add({OperationKind::Add, counted.accumulatorBits}, spared * positions);
}

/// One that combines its input with weights.
void countLayer(ReductionOpInterface layer, Value weight, CountedOperation &counted) {
  int64_t products = elementsOf(layer->getResult(0)) * layer.getNumTerms();
  auto decode = weight.getDefiningOp<DecodeOp>();
  bool onFloats = isFloat(layer->getOperand(0));
  bool isAdder = layer.getReduction() == Reduction::Differences;
  counted.weightBits =
      getCodeBits(getElementTypeOrSelf((decode ? Value(decode.getInput()) : weight).getType()));
  counted.int8.add({OperationKind::Multiply, 8}, products);
  counted.int8.add({OperationKind::Add, 32}, products);
  counted.products = products;
  if (decode && !onFloats && !isAdder) {
    counted.product = {OperationKind::Shift, counted.accumulatorBits};
    return countShifts(layer, decode, counted);
  }
  if (!decode)
    countCodes(weight, products / elementsOf(weight), !isAdder, counted);
  int bits = std::max(counted.inputBits, getCodeBits(getElementTypeOrSelf(weight.getType())));
  counted.product = {isAdder ? OperationKind::Sad : OperationKind::Multiply, bits, onFloats};
  counted.operations.add(counted.product, products);
  counted.operations.add({OperationKind::Add, counted.accumulatorBits, onFloats}, products);
}

/// One that takes its input as it is: each result takes several elements, and one operation less.
void countPool(ReductionOpInterface pool, CountedOperation &counted) {
  Value output = pool->getResult(0);
  bool compares = pool.getReduction() == Reduction::Extremum;
  OperationKind kind = compares ? OperationKind::Compare : OperationKind::Add;
  int64_t count = elementsOf(output) * (pool.getNumTerms() - 1);
  counted.operations.add(typeOf(kind, output), count);
  counted.int8.add({kind, compares ? 8 : 32}, count);
  if (pool.getReduction() == Reduction::Mean) {
    counted.operations.add(typeOf(OperationKind::Multiply, output), elementsOf(output));
    counted.int8.add({OperationKind::Multiply, 32}, elementsOf(output));
  }
}

} // namespace

CountedOperation countSum(ReductionOpInterface sum) {
  CountedOperation counted;
  counted.inputBits = getCodeBits(getElementTypeOrSelf(sum->getOperand(0).getType()));
  if (sum.getReduction() != Reduction::Extremum)
    counted.accumulatorBits = getCodeBits(getElementTypeOrSelf(sum->getResult(0).getType()));
  if (OpOperand *weight = sum.getWeightOperand())
    countLayer(sum, weight->get(), counted);
  else
    countPool(sum, counted);
  return counted;
}

} // namespace tally
