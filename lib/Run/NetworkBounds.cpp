//===- NetworkBounds.cpp - intervals through a network --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Run/NetworkBounds.h"

#include "OperationTable.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Elementwise.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tally {

namespace {

/// One operation and between what its operands lie.
struct BoundedExecution {
  Operation *op;
  ArrayRef<Bounds> operands;
  int64_t batch;

  FailureOr<Tensor> runOn(ArrayRef<Tensor> tensors) const {
    return execute({op, tensors, batch, /*threads=*/1});
  }
  /// At the low or the high end of each operand.
  FailureOr<Tensor> runAt(ArrayRef<bool> high) const {
    SmallVector<Tensor> tensors;
    for (auto [operand, isHigh] : llvm::zip(operands, high))
      tensors.push_back(isHigh ? operand.high : operand.low);
    return runOn(tensors);
  }
};

/// How bounds go through an operation.
enum class Rule : uint8_t {
  None,       ///< they do not
  Rising,     ///< it rises with each operand
  Difference, ///< it rises with the first and falls with the second
  Corners,    ///< element by element, it rises or falls with each operand while the others stay
  Table,
  Layer,
};

Rule getRule(Operation *op) {
  return TypeSwitch<Operation *, Rule>(op)
      .Case<tosa::AddOp, tosa::MaximumOp, tosa::MinimumOp, tosa::MaxPool2dOp, SumPool2DOp, BoxSumOp,
            SnapOp>([](auto) { return Rule::Rising; })
      .Case<tosa::SubOp>([](auto) { return Rule::Difference; })
      .Case<RequantizeOp, MultiplyOp>([](auto) { return Rule::Corners; })
      .Case<TableOp>([](auto) { return Rule::Table; })
      .Case<AdderConv2DOp, AdderLinearOp, tosa::Conv2DOp, tosa::DepthwiseConv2DOp>(
          [](auto) { return Rule::Layer; })
      .Default([](Operation *other) {
        return isa<DataMovementOpInterface>(other) ? Rule::Rising : Rule::None;
      });
}

FailureOr<Bounds> rising(const BoundedExecution &x) {
  FailureOr<Tensor> low = x.runAt(SmallVector<bool>(x.operands.size(), false));
  FailureOr<Tensor> high = x.runAt(SmallVector<bool>(x.operands.size(), true));
  if (failed(low) || failed(high))
    return failure();
  return Bounds(*low, *high);
}

FailureOr<Bounds> difference(const BoundedExecution &x) {
  FailureOr<Tensor> low = x.runAt({false, true}), high = x.runAt({true, false});
  if (failed(low) || failed(high))
    return failure();
  return Bounds(*low, *high);
}

/// The extremes of what is monotone in each operand are at the ends of all.
FailureOr<Bounds> corners(const BoundedExecution &x) {
  std::optional<Bounds> all;
  for (unsigned corner = 0; corner < 1u << x.operands.size(); ++corner) {
    SmallVector<bool> high;
    bool isNew = true; // a point has one end
    for (auto [index, operand] : llvm::enumerate(x.operands)) {
      high.push_back(corner >> index & 1);
      isNew &= !high.back() || !operand.isPoint();
    }
    if (!isNew)
      continue;
    FailureOr<Tensor> result = x.runAt(high);
    if (failed(result))
      return failure();
    all = all ? reference::hull(*all, Bounds(*result)) : Bounds(*result);
  }
  return *all;
}

Tensor widen(const Tensor &tensor) {
  Tensor wide(ElementType::I64, tensor.shape());
  dispatch(tensor.type(), [&](auto tag) {
    const auto *from = tensor.data<decltype(tag)>();
    std::copy_n(from, tensor.size(), wide.data<int64_t>());
  });
  return wide;
}

/// Sums as their type stores them. Fails where it does not hold all of them: the reference would
/// wrap, and there are no ends.
FailureOr<Bounds> store(const BoundedExecution &x, const Bounds &sums) {
  Type type = x.op->getResult(0).getType();
  Tensor low(*getTensorElementType(type), sums.low.shape()), high = low;
  const int64_t *fromLow = sums.low.data<int64_t>(), *fromHigh = sums.high.data<int64_t>();
  return dispatch(low.type(), [&](auto tag) -> FailureOr<Bounds> {
    using T = decltype(tag);
    if constexpr (std::is_integral_v<T>) {
      T *toLow = low.data<T>(), *toHigh = high.data<T>();
      for (int64_t i = 0, e = low.size(); i < e; ++i) {
        toLow[i] = T(fromLow[i]);
        toHigh[i] = T(fromHigh[i]);
        if (toLow[i] != fromLow[i] || toHigh[i] != fromHigh[i])
          return x.op->emitError()
                 << "layer '" << getLayerName(x.op) << "' may compute codes from " << fromLow[i]
                 << " to " << fromHigh[i] << ", but " << getElementTypeOrSelf(type)
                 << " does not store them, so there are no bounds behind it";
      }
      return Bounds(low, high);
    }
    llvm_unreachable("codes are integers");
  });
}

/// Sums of codes are exact in 64 bits.
template <typename Rule> FailureOr<Bounds> exactly(const BoundedExecution &x, Rule rule) {
  SmallVector<Bounds> wide;
  for (const Bounds &operand : x.operands)
    wide.push_back(operand.isPoint() ? Bounds(widen(operand.low))
                                     : Bounds(widen(operand.low), widen(operand.high)));
  FailureOr<Bounds> sums = rule(BoundedExecution{x.op, wide, x.batch});
  return failed(sums) ? FailureOr<Bounds>(failure()) : store(x, *sums);
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

int64_t zeroPointOf(Value value) {
  auto type = dyn_cast_or_null<quant::UniformQuantizedType>(getQuantizedElement(value.getType()));
  return type ? type.getZeroPoint() : 0;
}

int64_t scalarOf(const Bounds &point) {
  return dispatch(point.low.type(),
                  [&](auto tag) { return int64_t(point.low.data<decltype(tag)>()[0]); });
}

reference::LayerOptions optionsOf(Operation *op, int64_t group = 1) {
  return {*cast<ReductionOpInterface>(op).getWindow(), group, /*threads=*/1};
}

Bounds adderLinear(const BoundedExecution &x) {
  auto asImages = [](const Tensor &t) { return t.reshaped({t.dim(0), 1, 1, t.dim(1)}); };
  const Bounds &input = x.operands[0];
  const Tensor &filter = x.operands[1].low;
  reference::LayerOptions options;
  options.threads = 1;
  Bounds sums = reference::adderConv2d(Bounds(asImages(input.low), asImages(input.high)),
                                       asImages(filter), 0, options);
  Shape shape = {input.low.dim(0), filter.dim(0)};
  return {sums.low.reshaped(shape), sums.high.reshaped(shape)};
}

FailureOr<Bounds> layer(const BoundedExecution &x) {
  for (const Bounds &other : x.operands.drop_front())
    if (!other.isPoint())
      return x.op->emitError() << "layer '" << getLayerName(x.op)
                               << "' has weights that the network computes from its input, through "
                                  "which intervals do not go";
  const Bounds &input = x.operands[0];
  auto weight = [&](unsigned index) -> const Tensor & { return x.operands[index].low; };
  return TypeSwitch<Operation *, FailureOr<Bounds>>(x.op)
      .Case([&](AdderConv2DOp op) {
        return store(x, reference::adderConv2d(input, weight(1), zeroPointOf(op.getInput()),
                                               optionsOf(op, op.getGroup())));
      })
      .Case([&](AdderLinearOp) { return store(x, adderLinear(x)); })
      .Case([&](tosa::Conv2DOp op) {
        return store(x, reference::conv2d(input, weight(1), weight(2), scalarOf(x.operands[3]),
                                          scalarOf(x.operands[4]), optionsOf(op)));
      })
      .Case([&](tosa::DepthwiseConv2DOp op) {
        return store(x, reference::depthwiseConv2d(input, weight(1), weight(2),
                                                   scalarOf(x.operands[3]), scalarOf(x.operands[4]),
                                                   optionsOf(op)));
      });
}

FailureOr<Bounds> table(const BoundedExecution &x, TableOp op) {
  if (!x.operands[1].isPoint())
    return x.op->emitError() << "layer '" << getLayerName(x.op)
                             << "' has a table that the network computes from its input, through "
                                "which intervals do not go";
  int64_t lowest = getCodeRange(getElementTypeOrSelf(op.getInput().getType())).min;
  return reference::lookUp(x.operands[0], lowest, x.operands[1].low);
}

FailureOr<Bounds> bound(const BoundedExecution &x) {
  if (llvm::all_of(x.operands, [](const Bounds &operand) { return operand.isPoint(); })) {
    SmallVector<Tensor> points;
    for (const Bounds &operand : x.operands)
      points.push_back(operand.low);
    FailureOr<Tensor> result = x.runOn(points);
    return failed(result) ? FailureOr<Bounds>(failure()) : Bounds(*result);
  }
  switch (getRule(x.op)) {
  case Rule::Rising:
    return isa<tosa::AddOp>(x.op) ? exactly(x, rising) : rising(x);
  case Rule::Difference:
    return exactly(x, difference);
  case Rule::Corners:
    return corners(x);
  case Rule::Table:
    return table(x, cast<TableOp>(x.op));
  case Rule::Layer:
    return layer(x);
  case Rule::None:
    break;
  }
  llvm_unreachable("refused when the network was taken");
}

} // namespace

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

FailureOr<NetworkBounds> NetworkBounds::create(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments())
    if (isa<FloatType>(getElementTypeOrSelf(argument.getType())))
      return function.emitError() << "takes " << argument.getType()
                                  << ", and intervals go through integers only";
  NetworkBounds network(function);
  ParameterIndex parameters(function->getParentOfType<ModuleOp>());
  for (Operation &op : function.front().without_terminator()) {
    if (op.getNumResults() != 1)
      return op.emitError() << "'" << op.getName() << "' has no bounds";
    SmallVector<Tensor> operands;
    for (Value operand : op.getOperands())
      if (const Tensor *constant = network.getConstant(operand))
        operands.push_back(*constant);
    if (operands.size() == op.getNumOperands()) {
      FailureOr<Tensor> result = execute({&op, operands, /*batch=*/1, /*threads=*/1});
      if (failed(result))
        return failure();
      network.constants[op.getResult(0)] = *result;
    } else if (isa<FloatType>(getElementTypeOrSelf(op.getResult(0).getType()))) {
      return op.emitError() << "layer '" << getLayerName(&op)
                            << "' computes floats, and intervals go through integers only";
    } else if (getRule(&op) == Rule::None) {
      return op.emitError() << "layer '" << getLayerName(&op) << "' is computed by '"
                            << op.getName() << "', through which intervals do not go";
    }
  }
  return network;
}

const Tensor *NetworkBounds::getConstant(Value value) const {
  auto it = constants.find(value);
  return it == constants.end() ? nullptr : &it->second;
}

FailureOr<std::vector<Bounds>> NetworkBounds::run(ArrayRef<Bounds> inputs,
                                                  const Observer &observe) const {
  func::FuncOp entry = function;
  llvm::DenseMap<Value, std::pair<Bounds, unsigned>> values; // and how many users are to come
  auto add = [&](Value value, Bounds bounds) {
    if (observe)
      observe(value, bounds);
    values[value] = {std::move(bounds), unsigned(value.getNumUses())};
  };
  auto take = [&](Value value) {
    if (const Tensor *constant = getConstant(value))
      return Bounds(*constant);
    auto it = values.find(value);
    Bounds bounds = it->second.first;
    if (--it->second.second == 0)
      values.erase(it);
    return bounds;
  };
  assert(inputs.size() == entry.getNumArguments() && "one for each input");
  for (auto [argument, bounds] : llvm::zip(entry.getArguments(), inputs))
    add(argument, bounds);
  auto first = cast<RankedTensorType>(entry.getArgumentTypes()[0]);
  int64_t batch = inputs[0].low.dim(0) / first.getDimSize(0);
  for (Operation &op : entry.front().without_terminator()) {
    if (constants.contains(op.getResult(0)))
      continue;
    SmallVector<Bounds> operands;
    for (Value operand : op.getOperands())
      operands.push_back(take(operand));
    FailureOr<Bounds> result = bound({&op, operands, batch});
    if (failed(result))
      return failure();
    add(op.getResult(0), std::move(*result));
  }
  std::vector<Bounds> results;
  for (auto [index, value] : llvm::enumerate(entry.front().getTerminator()->getOperands())) {
    Bounds bounds = take(value);
    // What does not depend on inputs is the same for all.
    if (getConstant(value) && batch != 1)
      bounds = Bounds(repeat(bounds.low, batch));
    results.push_back(std::move(bounds));
  }
  return results;
}

} // namespace tally
