//===- ElementFunctions.cpp - values that follow from one another ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ElementFunctions.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Interpreter.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally {

namespace {

/// How an operation takes part in functions.
enum class Part {
  None,
  Map,      ///< of one operand, with a form of its own on codes
  Function, ///< of one operand
  Join,     ///< of two operands, with a form of its own on codes
  Product,  ///< of two operands
};

/// The operand of `op` that is no number, where the other one is; null elsewhere.
Value getOnlyOperand(Operation *op) {
  for (unsigned index : {0u, 1u})
    if (getNumber(op->getOperand(index)))
      return op->getOperand(1 - index);
  return {};
}

/// What `op` is, and its operands that are no numbers.
std::pair<Part, SmallVector<Value>> classify(Operation *op) {
  if (isa<tosa::ClampOp, tosa::NegateOp>(op))
    return {Part::Map, {op->getOperand(0)}};
  if (auto affine = dyn_cast<ChannelAffineOp>(op)) {
    bool uniform = getNumber(affine.getScale()) && getNumber(affine.getBias());
    return {uniform ? Part::Map : Part::None, {affine.getInput()}};
  }
  if (isa<tosa::SigmoidOp, tosa::TanhOp, tosa::ErfOp, tosa::ExpOp, tosa::LogOp, tosa::SinOp,
          tosa::CosOp, tosa::ReciprocalOp, tosa::RsqrtOp, tosa::AbsOp, tosa::FloorOp, tosa::CeilOp>(
          op))
    return {Part::Function, {op->getOperand(0)}};
  bool joins = isa<tosa::AddOp, tosa::SubOp, tosa::MaximumOp, tosa::MinimumOp>(op);
  if (!joins && !isa<tosa::MulOp, tosa::PowOp>(op))
    return {Part::None, {}};
  if (Value only = getOnlyOperand(op))
    return {isa<tosa::PowOp>(op) ? Part::Function : Part::Map, {only}};
  return {joins ? Part::Join : Part::Product, {op->getOperand(0), op->getOperand(1)}};
}

} // namespace

ElementFunctions::ElementFunctions(func::FuncOp network) {
  for (Operation &op : network.front())
    if (op.getNumResults() == 1)
      known[op.getResult(0)] = compute(&op);
  // What a function of an earlier value goes through is a function of that one too: in GELU the
  // Erf, in whose nearest pieces there is only the scaled value, in LeakyRelu(x) * x the maximum.
  for (Operation &op : llvm::reverse(network.front())) {
    Value input = op.getNumResults() == 1 ? inputOf(op.getResult(0)) : Value();
    if (!input)
      continue;
    for (Value operand : classify(&op).second)
      if (auto it = known.find(operand); operand != input && it != known.end() && it->second.parent)
        it->second.input = input;
  }
  for (auto &[value, facts] : known)
    if (facts.input)
      inputs.insert(facts.input);
}

/// The nearest value of which both are functions; null where there is none.
Value ElementFunctions::findCommon(Value a, Value b) const {
  while (a && b && a != b) {
    Facts ofA = known.lookup(a), ofB = known.lookup(b);
    if (ofA.depth >= ofB.depth)
      a = ofA.parent;
    if (ofB.depth >= ofA.depth)
      b = ofB.parent;
  }
  return a && b ? a : Value();
}

ElementFunctions::Facts ElementFunctions::compute(Operation *op) const {
  auto [part, operands] = classify(op);
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (part == Part::None || !type || !type.getElementType().isF32())
    return {};
  for (Value operand : operands)
    if (operand.getType() != type || getConstantElements(operand))
      return {};
  Facts facts;
  facts.parent = operands.size() == 1 ? operands[0] : findCommon(operands[0], operands[1]);
  if (!facts.parent)
    return {};
  Facts parent = known.lookup(facts.parent);
  facts.depth = parent.depth + 1;
  facts.input = parent.input;
  bool isFunction =
      part == Part::Function || part == Part::Product || llvm::any_of(operands, [&](Value operand) {
        return known.lookup(operand).input != parent.input;
      });
  if (isFunction && !facts.input)
    facts.input = facts.parent;
  return facts;
}

bool ElementFunctions::isInput(OpOperand &use) const {
  Operation *owner = use.getOwner();
  if (owner->getNumResults() != 1)
    return false;
  // A map that leads into the function has to see the same codes.
  bool isMap = inputs.contains(use.get()) && known.lookup(owner->getResult(0)).parent;
  return isMap || use.get() == inputOf(owner->getResult(0));
}

bool ElementFunctions::isInside(OpOperand &use) const {
  Operation *owner = use.getOwner();
  Value input = owner->getNumResults() == 1 ? inputOf(owner->getResult(0)) : Value();
  return input && use.get() != input && !getConstantElements(use.get());
}

/// What computes `value` from its input, in program order.
std::vector<Operation *> ElementFunctions::findOperations(Value value) const {
  Value input = inputOf(value);
  llvm::DenseSet<Operation *> found;
  std::vector<Operation *> operations = {value.getDefiningOp()};
  for (size_t i = 0; i < operations.size(); ++i)
    for (Value operand : classify(operations[i]).second)
      if (operand != input && found.insert(operand.getDefiningOp()).second)
        operations.push_back(operand.getDefiningOp());
  llvm::sort(operations, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return operations;
}

UniformQuantizedType ElementFunctions::inputTypeOf(Value input) {
  auto cast = input.getDefiningOp<DequantizeCastOp>();
  auto type = cast ? dyn_cast<UniformQuantizedType>(getElementTypeOrSelf(cast.getInput().getType()))
                   : UniformQuantizedType();
  return type && type.getStorageTypeIntegralWidth() == 8 ? type : UniformQuantizedType();
}

FailureOr<std::vector<float>> ElementFunctions::evaluate(Value value) const {
  UniformQuantizedType type = inputTypeOf(inputOf(value));
  assert(type && "only what is rounded to 8 bits has few inputs");
  CodeRange codes = getCodeRange(type);
  std::vector<float> inputs;
  for (int64_t code = codes.min; code <= codes.max; ++code)
    inputs.push_back(float(double(code - type.getZeroPoint()) * type.getScale()));
  llvm::DenseMap<Value, Tensor> tensors;
  tensors[inputOf(value)] = Tensor::of<float>({int64_t(inputs.size()), 1}, inputs);
  for (Operation *op : findOperations(value)) {
    SmallVector<Tensor> operands;
    for (Value operand : op->getOperands()) {
      auto it = tensors.find(operand);
      if (it != tensors.end())
        operands.push_back(it->second);
      else if (std::optional<float> number = getNumber(operand))
        operands.push_back(Tensor::of<float>({1, 1}, {*number}));
      else // what only floats do not use
        operands.push_back(Tensor::of<int8_t>({1}, {0}));
    }
    FailureOr<Tensor> result = interpretOperation(op, operands);
    if (failed(result))
      return failure();
    tensors[op->getResult(0)] = std::move(*result);
  }
  const Tensor &result = tensors.find(value)->second;
  return std::vector<float>(result.data<float>(), result.data<float>() + result.size());
}

} // namespace tally
