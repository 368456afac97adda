//===- OperationCount.cpp - what a network costs by kind ------------------===//

#include "tally/Pipeline/OperationCount.h"

#include "tally/IR/BitPacking.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Pipeline/Backends.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;

namespace tally {

void OperationCount::add(const OperationCount &other) {
  additions += other.additions;
  comparisons += other.comparisons;
  multiplications += other.multiplications;
  shifts += other.shifts;
  weightBytes += other.weightBytes;
  packedWeightBytes += other.packedWeightBytes;
}

static int64_t elementsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

/// Bytes that a parameter takes.
static int64_t storedBytes(RankedTensorType type) {
  Type element = type.getElementType();
  if (auto powers = dyn_cast<PowerOfTwoType>(element))
    return packedBytes(type.getNumElements(), powers.getBits());
  bool isFloat = isa<FloatType>(element);
  return type.getNumElements() *
         (isFloat ? element.getIntOrFloatBitWidth() : getStorageType(element).getWidth()) / 8;
}

/// Bits that the codes of an element type need.
static int64_t bitsOf(Type element) {
  if (auto powers = dyn_cast<PowerOfTwoType>(element))
    return powers.getBits();
  if (auto quantized = dyn_cast<quant::QuantizedType>(element)) {
    CodeRange range = getCodeRange(quantized);
    return std::max<int64_t>(1, int64_t(std::ceil(std::log2(double(range.max - range.min) + 1))));
  }
  return element.getIntOrFloatBitWidth();
}

static OperationCount ofRequantize(RequantizeOp op) {
  OperationCount count;
  int64_t elements = elementsOf(op.getOutput());
  // A multiplier of +-1 is a shift, a pass through it with shift 0 only a clamp.
  std::vector<int64_t> multipliers = getIntegers(op.getMultiplier()), shifts = getIntegers(op.getShift());
  int64_t multiplied = 0, shifted = 0, total = multipliers.size();
  for (auto [m, s] : llvm::zip(multipliers, shifts)) {
    multiplied += std::abs(m) != 1;
    shifted += s != 0;
  }
  count.multiplications = elements * multiplied / total;
  count.shifts = elements * shifted / total;
  count.additions = elements;
  count.comparisons = 2 * elements;
  count.weightBytes = count.packedWeightBytes = total * (4 + 8 + 1);
  return count;
}

static OperationCount countOne(Operation *op) {
  OperationCount count;
  int64_t results = elementsOf(op->getResult(0));
  TypeSwitch<Operation *>(op)
      .Case([&](AdderConv2DOp layer) {
        count.additions = 2 * results * layer.getNumTerms();
        count.comparisons = results * layer.getNumTerms();
      })
      .Case([&](AdderLinearOp layer) {
        int64_t terms = cast<RankedTensorType>(layer.getInput().getType()).getDimSize(1);
        count.additions = 2 * results * terms;
        count.comparisons = results * terms;
      })
      .Case([&](tosa::Conv2DOp layer) {
        auto filter = cast<RankedTensorType>(layer.getWeight().getType());
        count.multiplications = count.additions =
            results * (filter.getNumElements() / filter.getDimSize(0));
      })
      .Case([&](tosa::DepthwiseConv2DOp layer) {
        auto filter = cast<RankedTensorType>(layer.getWeight().getType());
        count.multiplications = count.additions =
            results * filter.getDimSize(0) * filter.getDimSize(1);
      })
      .Case([&](tosa::MatMulOp layer) {
        count.multiplications = count.additions =
            results * cast<RankedTensorType>(layer.getA().getType()).getDimSize(2);
      })
      .Case([&](tosa::MaxPool2dOp pool) {
        count.comparisons = results * (pool.getKernel()[0] * pool.getKernel()[1] - 1);
      })
      .Case([&](tosa::AvgPool2dOp pool) {
        count.additions = results * (pool.getKernel()[0] * pool.getKernel()[1] - 1);
        count.multiplications = results;
      })
      .Case([&](SumPool2DOp pool) {
        count.additions = results * (pool.getKernel()[0] * pool.getKernel()[1] - 1);
      })
      .Case([&](BoxSumOp box) {
        int64_t channels = cast<RankedTensorType>(box.getInput().getType()).getDimSize(3);
        count.additions = results * (box.getKernel()[0] * box.getKernel()[1] * channels - 1);
      })
      .Case<BatchNormOp, ChannelAffineOp>([&](auto) {
        count.multiplications = count.additions = results;
      })
      .Case([&](SnapOp snap) {
        count.comparisons = results * int64_t(snap.getLevelType().getLevels().sorted().size() - 1);
        count.additions = count.comparisons;
      })
      .Case([&](RequantizeOp requantize) { count = ofRequantize(requantize); })
      .Case<tosa::AddOp, tosa::SubOp>([&](auto) { count.additions = results; })
      .Case<tosa::MulOp>([&](auto) { count.multiplications = results; })
      .Case<tosa::MaximumOp, tosa::MinimumOp>([&](auto) { count.comparisons = results; })
      .Case<tosa::ClampOp>([&](auto) { count.comparisons = 2 * results; });
  return count;
}

FailureOr<std::vector<LayerCount>> countOperations(ModuleOp module) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return failure();
  int64_t batch = 1;
  if (entry->getNumArguments() > 0)
    if (auto type = dyn_cast<RankedTensorType>(entry->getArgumentTypes()[0]);
        type && type.hasStaticShape() && type.getRank() > 0)
      batch = type.getDimSize(0);
  std::vector<LayerCount> layers;
  llvm::DenseSet<Operation *> counted;
  for (Operation &op : entry->front()) {
    if (op.getNumResults() != 1 || !isa<RankedTensorType>(op.getResult(0).getType()) ||
        isa<ml_program::GlobalLoadConstOp, tosa::ConstOp, DecodeOp>(op))
      continue;
    OperationCount count = countOne(&op);
    for (int64_t *field : {&count.additions, &count.comparisons, &count.multiplications, &count.shifts})
      *field /= batch;
    // Each parameter once, at its first user.
    for (Value operand : op.getOperands()) {
      if (auto decode = operand.getDefiningOp<DecodeOp>())
        operand = decode.getInput();
      if (auto parameter = getParameter(operand); parameter && counted.insert(parameter).second) {
        Type element = getElementTypeOrSelf(parameter.getType());
        count.weightBytes += storedBytes(cast<RankedTensorType>(parameter.getType()));
        count.packedWeightBytes += (elementsOf(operand) * bitsOf(element) + 7) / 8;
      }
    }
    OperationCount nothing;
    if (std::memcmp(&count, &nothing, sizeof(count)) != 0)
      layers.push_back({getLayerName(&op).str(), op.getName().getStringRef().str(), count});
  }
  return layers;
}

} // namespace tally
