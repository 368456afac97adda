//===- NetworkCost.cpp - a network's operations and bytes -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/NetworkCost.h"

#include "tally/Cost/CostOpInterface.h"
#include "tally/IR/BitPacking.h"
#include "tally/IR/LayerGroups.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tally {

void Traffic::add(const Traffic &other) {
  weights += other.weights;
  read += other.read;
  written += other.written;
}

/// A multiplier of 32, an offset of 64 and a shift of 8 bits.
constexpr int64_t kScalingBytes = 4 + 8 + 1;

static int64_t toBytes(int64_t elements, int64_t bits) { return (elements * bits + 7) / 8; }

/// Bits of an element where code stores it.
static int64_t storedBits(Type element) {
  if (auto powers = dyn_cast<PowerOfTwoType>(element))
    return powers.getBits();
  return isa<FloatType>(element) ? element.getIntOrFloatBitWidth()
                                 : getStorageType(element).getWidth();
}

namespace {

class NetworkCounter {
public:
  NetworkCounter(func::FuncOp function, MulFree level)
      : function(function), activations(findActivations(function)), origins(nameLayers(function)),
        stored(function, activations), level(level) {
    findCopies();
    if (function.getNumArguments() == 0)
      return;
    auto input = dyn_cast<RankedTensorType>(function.getArgumentTypes()[0]);
    if (input && input.getRank() > 0 && input.getDimSize(0) > 0)
      batch = input.getDimSize(0);
  }

  NetworkCost run() {
    NetworkCost network;
    network.level = level;
    network.total.name = "total";
    for (const LayerGroup &group : groupLayers(function, activations)) {
      LayerCost layer = count(group);
      bool costs = !layer.operations.isEmpty() || layer.packed.weights || layer.packed.read ||
                   layer.packed.written || !layer.notCounted.empty();
      if (!costs)
        continue;
      LayerCost &total = network.total;
      total.operations.add(layer.operations);
      total.bitOperations += layer.bitOperations;
      total.spared.add(layer.spared);
      total.int8Operations.add(layer.int8Operations);
      total.packed.add(layer.packed);
      total.stored.add(layer.stored);
      total.int8.add(layer.int8);
      if (layer.skipsZeros) {
        network.skippedWeights += layer.weights;
        network.skippedZeroWeights += layer.zeroWeights;
      }
      network.layers.push_back(std::move(layer));
    }
    return network;
  }

private:
  /// A layer with a step of its own may take a value that is stored already, rounded again. In
  /// int8 it takes that value as it is.
  void findCopies() {
    for (Operation &op : function.front()) {
      if (op.getNumResults() != 1 || !stored.contains(op.getResult(0)) ||
          getCodeBits(getElementTypeOrSelf(op.getResult(0).getType())) > 16)
        continue;
      SmallVector<Operation *> steps;
      Value source = op.getResult(0);
      do {
        auto step = source.getDefiningOp<RequantizeOp>();
        if (!step)
          break;
        steps.push_back(step);
        source = step.getInput();
      } while (!stored.find(source));
      if (Value original = stored.find(source); original && !steps.empty()) {
        copies[op.getResult(0)] = getInt8(original);
        notInInt8.insert(steps.begin(), steps.end());
      }
    }
  }

  /// The tensor that stands for a stored one in int8.
  Value getInt8(Value tensor) const {
    Value original = copies.lookup(tensor);
    return original ? original : tensor;
  }

  /// The stored tensors that one layer reads, and which parts of them.
  using Reads = llvm::MapVector<Value, llvm::SmallSetVector<Value, 2>>;

  static int64_t countElements(Value tensor, const llvm::SmallSetVector<Value, 2> &views) {
    int64_t elements = 0;
    for (Value view : views)
      elements += elementsOf(view);
    return std::min(elements, elementsOf(tensor));
  }

  LayerCost count(const LayerGroup &group) {
    LayerCost layer;
    layer.name = origins.lookup(group.main).layer;
    layer.operation = group.main->getName().getStringRef().str();
    Reads reads, int8Reads;
    for (Operation *op : group.operations) {
      bool inInt8 = !notInInt8.contains(op);
      CountedOperation counted = countOperation(op, level);
      if (std::string name = op->getName().getStringRef().str();
          !counted.known && !llvm::is_contained(layer.notCounted, name))
        layer.notCounted.push_back(name);
      layer.operations.add(counted.operations);
      layer.spared.add(counted.spared);
      if (inInt8)
        layer.int8Operations.add(counted.int8);
      if (op == group.main)
        describe(op, counted, layer);
      addWeights(op, inInt8, layer);

      Value result = op->getResult(0);
      bool isView = stored.find(result) && !stored.contains(result);
      for (Value operand : op->getOperands())
        if (Value tensor = stored.find(operand); tensor && !isView) {
          reads[tensor].insert(operand);
          if (inInt8)
            int8Reads[getInt8(tensor)].insert(operand);
        }
      if (stored.contains(result)) {
        addTraffic(result, elementsOf(result), &Traffic::written, layer);
        layer.int8.written += copies.contains(result) ? 0 : elementsOf(result) / batch;
      }
    }
    for (auto &[tensor, views] : reads)
      addTraffic(tensor, countElements(tensor, views), &Traffic::read, layer);
    for (auto &[tensor, views] : int8Reads)
      layer.int8.read += countElements(tensor, views) / batch;
    layer.operations.divide(batch);
    layer.spared.divide(batch);
    layer.products /= batch;
    layer.bitOperations /= batch;
    layer.int8Operations.divide(batch);
    return layer;
  }

  static void describe(Operation *op, const CountedOperation &counted, LayerCost &layer) {
    layer.products = counted.products;
    layer.product = counted.product;
    layer.inputBits = counted.inputBits;
    layer.weightBits = counted.weightBits;
    layer.accumulatorBits = counted.accumulatorBits;
    layer.bitOperations = counted.bitOperations;
    layer.weights = counted.weights;
    layer.zeroWeights = counted.zeroWeights;
    layer.skipsZeros = counted.skipsZeros;
    layer.isAdditive = counted.isAdditive;
  }

  static int64_t elementsOf(Value value) {
    return cast<RankedTensorType>(value.getType()).getNumElements();
  }

  void addTraffic(Value tensor, int64_t elements, int64_t Traffic::*field, LayerCost &layer) const {
    Type element = getElementTypeOrSelf(tensor.getType());
    elements /= batch;
    layer.packed.*field += toBytes(elements, getCodeBits(element));
    layer.stored.*field += toBytes(elements, storedBits(element));
  }

  /// Each constant once, at the first layer that takes it.
  void addWeights(Operation *op, bool inInt8, LayerCost &layer) {
    if (auto requantize = dyn_cast<RequantizeOp>(op)) {
      int64_t bytes = kScalingBytes * requantize.getMultiplier().getNumElements();
      layer.packed.weights += bytes;
      layer.stored.weights += bytes;
      layer.int8.weights += inInt8 ? bytes : 0;
    }
    // Real factors become those of a requantization in int8.
    auto known = dyn_cast<NetworkOpInterface>(op);
    bool isScaling = known && known.isChannelwise() && op->getNumOperands() > 1;
    if (isScaling)
      layer.int8.weights += kScalingBytes * elementsOf(op->getOperand(1));
    for (OpOperand &use : op->getOpOperands()) {
      Value value = use.get();
      if (auto decode = value.getDefiningOp<DecodeOp>())
        value = decode.getInput();
      ml_program::GlobalOp parameter = getParameter(value);
      if (!parameter || !counted.insert(parameter).second)
        continue;
      Type element = getElementTypeOrSelf(value.getType());
      int64_t elements = elementsOf(value);
      layer.packed.weights += toBytes(elements, getCodeBits(element));
      layer.stored.weights += toBytes(elements, storedBits(element));
      auto reduction = dyn_cast<ReductionOpInterface>(op);
      bool isFilter = reduction && reduction.getWeightOperand() == &use;
      if (!isScaling)
        layer.int8.weights += toBytes(elements, isFilter ? 8 : storedBits(element));
    }
  }

  func::FuncOp function;
  llvm::DenseSet<Value> activations;
  llvm::DenseMap<Operation *, Origin> origins;
  StoredTensors stored;
  MulFree level;
  int64_t batch = 1;
  llvm::DenseMap<Value, Value> copies;   ///< and what they are made from in the end
  llvm::DenseSet<Operation *> notInInt8; ///< what makes the copies
  llvm::DenseSet<Operation *> counted;   ///< parameters
};

} // namespace

/// Whether elements of `type` can be counted and have a width.
static LogicalResult check(Operation *op, ShapedType type) {
  if (!type.hasRank() || !type.hasStaticShape())
    return op->emitError() << "'" << getLayerName(op)
                           << "' has a shape that is known only at run time; its cost is not known";
  if (!isa<FloatType, IntegerType, quant::QuantizedType, PowerOfTwoType>(type.getElementType()))
    return op->emitError() << "'" << getLayerName(op) << "' has elements of type "
                           << type.getElementType() << "; their cost is not known";
  // Far beyond any memory, and counts of its operations still fit 64 bits.
  constexpr double kMostElements = 1e12;
  double elements = 1;
  for (int64_t size : type.getShape())
    elements *= double(size);
  if (elements > kMostElements)
    return op->emitError() << "'" << getLayerName(op) << "' has " << elements
                           << " elements, too many to be counted";
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto decode = dyn_cast<DecodeOp>(op);
  ElementsAttr packed = decode && tensor == decode.getInput().getType()
                            ? getConstantElements(decode.getInput())
                            : ElementsAttr();
  if (packed && !unpackCodes(packed, tensor, op->getLoc()))
    return failure();
  return success();
}

static bool hasModels(MLIRContext *context) {
  auto name = RegisteredOperationName::lookup(TypeID::get<RequantizeOp>(), context);
  return name && name->hasInterface<CostOpInterface>();
}

FailureOr<NetworkCost> countNetwork(ModuleOp module, MulFree level) {
  assert(hasModels(module.getContext()) &&
         "requires registerUpstreamModels and registerCostModels");
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return failure();
  ParameterIndex parameters(module);
  for (Operation &op : entry->front())
    for (Type type : llvm::concat<const Type>(op.getOperandTypes(), op.getResultTypes()))
      if (auto tensor = dyn_cast<ShapedType>(type); tensor && failed(check(&op, tensor)))
        return failure();
  return NetworkCounter(*entry, level).run();
}

} // namespace tally
