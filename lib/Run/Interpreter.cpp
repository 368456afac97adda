//===- Interpreter.cpp - runs a module operation by operation -------------===//

#include "tally/Run/Interpreter.h"

#include "OperationTable.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace tally {

std::optional<ElementType> getTensorElementType(Type type) {
  type = getElementTypeOrSelf(type);
  if (type.isF32())
    return ElementType::F32;
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

FailureOr<Tensor> makeTensor(Operation *op, ElementsAttr elements, Type type) {
  auto shaped = cast<RankedTensorType>(type);
  auto elementType = getTensorElementType(type);
  if (!elements || !elementType)
    return op->emitError() << "has constant elements that cannot be read";
  Tensor tensor(*elementType, shaped.getShape().vec());
  if (*elementType == ElementType::F32) {
    std::vector<float> values = getFloats(elements);
    if (int64_t(values.size()) != tensor.size())
      return op->emitError() << "has constant elements that cannot be read";
    std::copy(values.begin(), values.end(), tensor.data<float>());
    return tensor;
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

namespace {

/// Values that are still needed, and how often.
class Environment {
public:
  explicit Environment(func::FuncOp function) {
    function.walk([&](Operation *op) {
      for (Value operand : op->getOperands())
        ++uses[operand];
    });
  }
  void set(Value value, Tensor tensor) {
    if (uses.lookup(value))
      values[value] = std::move(tensor);
  }
  /// The value, freed with its last use so that a batch needs little memory.
  Tensor take(Value value) {
    auto it = values.find(value);
    assert(it != values.end() && "operands are computed before their users");
    Tensor tensor = it->second;
    if (--uses[value] == 0)
      values.erase(it);
    return tensor;
  }

private:
  llvm::DenseMap<Value, Tensor> values;
  llvm::DenseMap<Value, unsigned> uses;
};

} // namespace

/// How many copies of the network the inputs hold; fails on inputs that do not fit.
static FailureOr<int64_t> getBatchFactor(func::FuncOp function,
                                         ArrayRef<Tensor> inputs) {
  if (inputs.size() != function.getNumArguments())
    return function.emitError() << "takes " << function.getNumArguments()
                                << " inputs, but got " << inputs.size();
  int64_t factor = 1;
  for (auto [index, input] : llvm::enumerate(inputs)) {
    auto type = dyn_cast<RankedTensorType>(function.getArgumentTypes()[index]);
    if (!type || !type.hasStaticShape() ||
        getTensorElementType(type) != input.type())
      return function.emitError()
             << "takes input " << index << " of type "
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
      return function.emitError() << "takes input " << index << " of type "
                                  << type << ", and got another shape";
  }
  return factor;
}

FailureOr<std::vector<Tensor>> interpret(func::FuncOp function,
                                         ArrayRef<Tensor> inputs,
                                         const InterpreterOptions &options) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError() << "requires one block to be interpreted";
  FailureOr<int64_t> batch = getBatchFactor(function, inputs);
  if (failed(batch))
    return failure();

  Environment environment(function);
  for (auto [argument, input] : llvm::zip(function.getArguments(), inputs))
    environment.set(argument, input);

  for (Operation &op : function.front()) {
    SmallVector<Tensor> operands;
    for (Value operand : op.getOperands())
      operands.push_back(environment.take(operand));
    if (isa<func::ReturnOp>(op))
      return std::vector<Tensor>(operands.begin(), operands.end());

    Execution execution{&op, operands, *batch, options.threads};
    FailureOr<Tensor> result = execute(execution);
    if (failed(result))
      return failure();
    Tensor results[] = {std::move(*result)};
    if (options.onResults)
      options.onResults(&op, results);
    environment.set(op.getResult(0), std::move(results[0]));
  }
  return function.emitError() << "requires a return to be interpreted";
}

} // namespace tally
