//===- Interpreter.cpp - runs a module operation by operation -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Run/Interpreter.h"

#include "OperationTable.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally {

std::optional<ElementType> getTensorElementType(Type type) {
  type = getElementTypeOrSelf(type);
  if (type.isF32())
    return ElementType::F32;
  if (isa<PowerOfTwoType>(type))
    return ElementType::U8;
  if (!isa<IntegerType, quant::QuantizedType>(type))
    return std::nullopt;
  bool isUnsigned = hasUnsignedStorage(type);
  switch (getStorageType(type).getWidth()) {
  case 8:
    return isUnsigned ? ElementType::U8 : ElementType::I8;
  case 16:
    return isUnsigned ? ElementType::U16 : ElementType::I16;
  case 32:
    return isUnsigned ? ElementType::U32 : ElementType::I32;
  case 64:
    return ElementType::I64;
  default:
    return std::nullopt;
  }
}

ElementType Execution::elementTypeFor(Type type) const {
  ElementType element = *getTensorElementType(type);
  return element == ElementType::F32 && precision == Precision::Double ? ElementType::F64 : element;
}

Tensor toPrecision(const Tensor &tensor, Precision precision) {
  if (tensor.type() != ElementType::F32 || precision == Precision::Single)
    return tensor;
  Tensor wide(ElementType::F64, tensor.shape());
  std::copy_n(tensor.data<float>(), tensor.size(), wide.data<double>());
  return wide;
}

FailureOr<Tensor> makeTensor(const Execution &x, ElementsAttr elements, Type type) {
  Operation *op = x.op;
  auto shaped = cast<RankedTensorType>(type);
  auto elementType = getTensorElementType(type);
  if (!elements || !elementType)
    return op->emitError() << "has constant elements that cannot be read";
  Tensor tensor(*elementType, shaped.getShape().vec());
  if (isa<PowerOfTwoType>(shaped.getElementType())) {
    auto codes = unpackCodes(elements, shaped, op->getLoc());
    if (!codes)
      return failure();
    std::copy(codes->begin(), codes->end(), tensor.data<uint8_t>());
    return tensor;
  }
  if (*elementType == ElementType::F32) {
    std::vector<float> values = getFloats(elements);
    if (int64_t(values.size()) != tensor.size())
      return op->emitError() << "has constant elements that cannot be read";
    std::copy(values.begin(), values.end(), tensor.data<float>());
    return toPrecision(tensor, x.precision);
  }
  std::vector<int64_t> values = getIntegers(elements);
  if (int64_t(values.size()) != tensor.size())
    return op->emitError() << "has constant elements that cannot be read";
  dispatch(*elementType, [&](auto tag) {
    using T = decltype(tag);
    T *data = tensor.data<T>();
    for (size_t i = 0; i < values.size(); ++i)
      data[i] = T(values[i]);
  });
  return tensor;
}

/// How many copies of the network the inputs hold; fails on inputs that do not fit.
static FailureOr<int64_t> getBatchFactor(func::FuncOp function, ArrayRef<Tensor> inputs,
                                         Precision precision) {
  if (inputs.size() != function.getNumArguments())
    return function.emitError() << "takes " << function.getNumArguments() << " inputs, but got "
                                << inputs.size();
  int64_t factor = 1;
  for (auto [index, input] : llvm::enumerate(inputs)) {
    auto type = dyn_cast<RankedTensorType>(function.getArgumentTypes()[index]);
    auto elementType = type ? getTensorElementType(type) : std::nullopt;
    bool isWidened = precision == Precision::Double && elementType == ElementType::F32 &&
                     input.type() == ElementType::F64;
    if (!type || !type.hasStaticShape() || (elementType != input.type() && !isWidened))
      return function.emitError() << "takes input " << index << " of type "
                                  << function.getArgumentTypes()[index]
                                  << ", and got another element type";
    Shape expected = type.getShape().vec(), got = input.shape();
    bool fits = expected.size() == got.size();
    if (fits && !expected.empty()) {
      if (index == 0 && got[0] % expected[0] == 0)
        factor = got[0] / expected[0];
      expected[0] *= factor;
      fits = expected == got;
    }
    if (!fits)
      return function.emitError() << "takes input " << index << " of type " << type
                                  << ", and got another shape";
  }
  return factor;
}

FailureOr<NetworkRun> NetworkRun::start(func::FuncOp function, ArrayRef<Tensor> inputs, int threads,
                                        Precision precision) {
  if (!llvm::hasSingleElement(function.getBody()) ||
      !isa<func::ReturnOp>(function.front().getTerminator()))
    return function.emitError() << "requires one block to be interpreted";
  FailureOr<int64_t> batch = getBatchFactor(function, inputs, precision);
  if (failed(batch))
    return failure();
  NetworkRun run;
  run.batch = *batch;
  run.threads = threads;
  run.precision = precision;
  run.nextOp = &function.front().front();
  for (auto [argument, input] : llvm::zip(function.getArguments(), inputs))
    run.set(argument, toPrecision(input, precision));
  return run;
}

const Tensor &NetworkRun::get(Value value) const {
  auto it = values.find(value);
  assert(it != values.end() && "the value was not computed yet or has no users left");
  return it->second.tensor;
}

void NetworkRun::set(Value value, Tensor tensor) {
  Held &held = values[value];
  held.tensor = std::move(tensor);
  held.uses = value.getNumUses();
}

LogicalResult NetworkRun::advance() {
  assert(!isa<func::ReturnOp>(nextOp) && "there is nothing left to run");
  SmallVector<Tensor> operands;
  for (Value operand : nextOp->getOperands())
    operands.push_back(get(operand));
  FailureOr<Tensor> result = execute({nextOp, operands, batch, threads, precision});
  if (failed(result))
    return failure();
  // Free what has no users left, so that a batch needs little memory.
  for (Value operand : nextOp->getOperands())
    ++values.find(operand)->second.consumed;
  for (Value operand : nextOp->getOperands())
    eraseUnlessNeeded(operand);
  set(nextOp->getResult(0), std::move(*result));
  nextOp = nextOp->getNextNode();
  return success();
}

void NetworkRun::eraseUnlessNeeded(Value value) {
  auto it = values.find(value);
  if (it != values.end() && it->second.consumed >= it->second.uses && kept.lookup(value) == 0)
    values.erase(it);
}

void NetworkRun::release(Value value) {
  auto it = kept.find(value);
  if (it == kept.end() || --it->second != 0)
    return;
  kept.erase(it);
  eraseUnlessNeeded(value);
}

void NetworkRun::continueAt(Operation *op, ValueRange changed) {
  for (Value value : changed)
    if (auto it = values.find(value); it != values.end()) {
      it->second.uses = value.getNumUses();
      eraseUnlessNeeded(value);
    }
  nextOp = op;
}

std::vector<Tensor> NetworkRun::results() const {
  assert(isa<func::ReturnOp>(nextOp) && "the run is not at its end");
  std::vector<Tensor> tensors;
  for (Value operand : nextOp->getOperands()) {
    const Tensor &tensor = get(operand);
    // What does not depend on the inputs is the same for all.
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    bool once = batch != 1 && type && type.getRank() != 0 && tensor.dim(0) == type.getDimSize(0);
    tensors.push_back(once ? repeat(tensor, batch) : tensor);
  }
  return tensors;
}

FailureOr<std::vector<Tensor>> interpret(func::FuncOp function, ArrayRef<Tensor> inputs,
                                         const InterpreterOptions &options) {
  FailureOr<NetworkRun> run =
      NetworkRun::start(function, inputs, options.threads, options.precision);
  if (failed(run))
    return failure();
  ParameterIndex parameters(function->getParentOfType<ModuleOp>());
  while (!isa<func::ReturnOp>(run->next())) {
    Operation *op = run->next();
    if (failed(run->advance()))
      return failure();
    if (options.onResult)
      options.onResult(op, run->get(op->getResult(0)));
  }
  return run->results();
}

FailureOr<Tensor> interpretOperation(Operation *op, ArrayRef<Tensor> operands) {
  return execute({op, operands, /*batch=*/1, /*threads=*/0});
}

FailureOr<Tensor> interpretOnConstants(Operation *op) {
  SmallVector<Tensor> operands;
  for (Value operand : op->getOperands()) {
    FailureOr<Tensor> value = interpretOperation(operand.getDefiningOp(), {});
    if (failed(value))
      return failure();
    operands.push_back(*value);
  }
  return interpretOperation(op, operands);
}

} // namespace tally
