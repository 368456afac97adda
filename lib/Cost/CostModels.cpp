//===- CostModels.cpp - what operations on single elements cost -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/CostOpInterface.h"

#include "CountSums.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/SignedDigits.h"
#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally {

namespace {

struct WideRange {
  __int128 min, max;
  int bits() const { return getBitWidth(min, max); }
  void include(WideRange other) {
    min = std::min(min, other.min);
    max = std::max(max, other.max);
  }
};

/// One channel of a requantization.
struct Scaling {
  int64_t multiplier, offset, shift;

  /// Before the shift.
  WideRange apply(WideRange codes) const {
    __int128 a = codes.min * multiplier + offset, b = codes.max * multiplier + offset;
    return {std::min(a, b), std::max(a, b)};
  }
};

std::vector<Scaling> getScalings(RequantizeOp op) {
  std::vector<Scaling> scalings;
  for (auto [m, o, s] : llvm::zip(getIntegers(op.getMultiplier()), getIntegers(op.getOffset()),
                                  getIntegers(op.getShift()))) {
    bool half = op.getRounding() == Rounding::HalfUp && s > 0;
    scalings.push_back({m, o + (half ? int64_t(1) << (s - 1) : 0), s});
  }
  return scalings;
}

/// Adds the shifted codes of each digit to the offset; without one, the first digit that is
/// not negative starts the sum.
void countDigits(const Scaling &scaling, int bits, int64_t elements, OperationCount &count) {
  std::vector<SignedDigit> digits = toSignedDigits(scaling.multiplier);
  bool starts =
      scaling.offset == 0 && llvm::any_of(digits, [](SignedDigit d) { return !d.negative; });
  if (std::abs(scaling.multiplier) != 1)
    count.add({OperationKind::Shift, bits}, elements * digits.size());
  count.add({OperationKind::Add, bits}, elements * (digits.size() - starts));
}

OperationCount countRequantize(RequantizeOp op, MulFree level) {
  OperationCount count;
  std::vector<Scaling> scalings = getScalings(op);
  // Each constant serves as many elements as the others.
  int64_t elements = elementsOf(op.getOutput()) / int64_t(scalings.size());
  CodeRange range = getCodeRange(op.getInput());
  WideRange codes{range.min, range.max};
  CodeRange output = getCodeRange(getElementTypeOrSelf(op.getOutput().getType()));
  // One width for all channels.
  WideRange allSums{0, 0}, allResults{0, 0};
  for (const Scaling &scaling : scalings) {
    WideRange sums = scaling.apply(codes);
    allSums.include(sums);
    allResults.include({sums.min >> scaling.shift, sums.max >> scaling.shift});
  }
  int bits = allSums.bits(), resultBits = allResults.bits();
  for (const Scaling &scaling : scalings) {
    WideRange sums = scaling.apply(codes);
    if (scaling.multiplier == 0)
      continue; // a constant
    bool isSign = std::abs(scaling.multiplier) == 1;
    if (level >= MulFree::Compute || isSign) {
      countDigits(scaling, bits, elements, count);
    } else {
      count.add({OperationKind::Multiply, std::max(32, codes.bits())}, elements);
      count.add({OperationKind::Add, bits}, scaling.offset != 0 ? elements : 0);
    }
    count.add({OperationKind::Shift, bits}, scaling.shift != 0 ? elements : 0);
    bool below = (sums.min >> scaling.shift) < output.min;
    bool above = (sums.max >> scaling.shift) > output.max;
    count.add({OperationKind::Compare, resultBits}, elements * (int64_t(below) + int64_t(above)));
  }
  return count;
}

/// A change of scale whose integers are not chosen yet.
OperationCount countAnyRequantize(int64_t elements) {
  OperationCount count;
  count.add({OperationKind::Multiply, 32}, elements);
  count.add({OperationKind::Add, 64}, elements);
  count.add({OperationKind::Shift, 64}, elements);
  count.add({OperationKind::Compare, 64}, 2 * elements);
  return count;
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// Constants, and tables that are unpacked once.
template <typename OpT> struct Free : CostOpInterface::ExternalModel<Free<OpT>, OpT> {
  CountedOperation getCost(Operation *, MulFree) const { return {}; }
};

/// One operation an element, the same on 32-bit integers where it is one on floats, and `more`
/// bits wider than an operand.
template <typename OpT, OperationKind kind, int more = 0>
struct OneEach : CostOpInterface::ExternalModel<OneEach<OpT, kind, more>, OpT> {
  CountedOperation getCost(Operation *op, MulFree) const {
    Value output = op->getResult(0);
    OperationType type = typeOf(kind, output);
    type.bits += type.isFloat ? 0 : more;
    CountedOperation counted;
    counted.operations.add(type, elementsOf(output));
    counted.int8.add({kind, type.isFloat ? 32 : type.bits}, elementsOf(output));
    return counted;
  }
};
template <typename OpT> using AddingTwo = OneEach<OpT, OperationKind::Add, 1>;
template <typename OpT> using Adding = OneEach<OpT, OperationKind::Add>;
template <typename OpT> using Multiplying = OneEach<OpT, OperationKind::Multiply>;
template <typename OpT> using Comparing = OneEach<OpT, OperationKind::Compare>;

/// Two bounds; in int8 they are the saturation of the requantization before.
struct Clamp : CostOpInterface::ExternalModel<Clamp, tosa::ClampOp> {
  CountedOperation getCost(Operation *op, MulFree) const {
    Value output = op->getResult(0);
    CountedOperation counted;
    counted.operations.add(typeOf(OperationKind::Compare, output), 2 * elementsOf(output));
    return counted;
  }
};

struct Requantize : CostOpInterface::ExternalModel<Requantize, RequantizeOp> {
  CountedOperation getCost(Operation *op, MulFree level) const {
    CountedOperation counted;
    counted.operations = countRequantize(cast<RequantizeOp>(op), level);
    counted.int8 = countRequantize(cast<RequantizeOp>(op), MulFree::No);
    return counted;
  }
};

template <typename OpT> struct Scale : CostOpInterface::ExternalModel<Scale<OpT>, OpT> {
  CountedOperation getCost(Operation *op, MulFree) const {
    Value output = op->getResult(0);
    CountedOperation counted;
    counted.int8 = countAnyRequantize(elementsOf(output));
    if (getQuantizedElement(output.getType())) {
      counted.operations = counted.int8;
      return counted;
    }
    counted.operations.add(typeOf(OperationKind::Multiply, output), elementsOf(output));
    counted.operations.add(typeOf(OperationKind::Add, output), elementsOf(output));
    return counted;
  }
};

/// A comparison with each threshold.
struct Snap : CostOpInterface::ExternalModel<Snap, SnapOp> {
  CountedOperation getCost(Operation *op, MulFree) const {
    auto snap = cast<SnapOp>(op);
    int64_t thresholds = snap.getLevelType().getLevels().sorted().size() - 1;
    CountedOperation counted;
    counted.operations.add(typeOf(OperationKind::Compare, snap.getInput()),
                           elementsOf(snap.getOutput()) * thresholds);
    return counted;
  }
};

/// Of the bits of the wider operand.
struct Product : CostOpInterface::ExternalModel<Product, MultiplyOp> {
  CountedOperation getCost(Operation *op, MulFree) const {
    auto product = cast<MultiplyOp>(op);
    OperationType a = typeOf(OperationKind::Multiply, product.getA());
    OperationType b = typeOf(OperationKind::Multiply, product.getB());
    CountedOperation counted;
    counted.operations.add(a.bits < b.bits ? b : a, elementsOf(product.getOutput()));
    counted.int8.add({OperationKind::Multiply, 8}, elementsOf(product.getOutput()));
    return counted;
  }
};

/// Only adder layers need it: nothing of it in int8.
struct BoxSum : CostOpInterface::ExternalModel<BoxSum, BoxSumOp> {
  CountedOperation getCost(Operation *op, MulFree) const {
    CountedOperation counted = countSum(cast<ReductionOpInterface>(op));
    counted.int8 = {};
    return counted;
  }
};

template <template <typename> class Model, typename... Ops> void attach(MLIRContext *context) {
  (Ops::template attachInterface<Model<Ops>>(*context), ...);
}

} // namespace

void registerCostModels(DialectRegistry &registry) {
  // The tally dialect loads those of the other operations.
  registry.addExtension(+[](MLIRContext *context, TallyDialect *) {
    attach<Free, tosa::ConstOp, tosa::ConstShapeOp, ml_program::GlobalLoadConstOp, DecodeOp,
           TableOp>(context);
    attach<AddingTwo, tosa::AddOp, tosa::SubOp>(context);
    attach<Adding, tosa::AbsOp, tosa::NegateOp>(context);
    attach<Multiplying, tosa::MulOp>(context);
    attach<Comparing, tosa::MaximumOp, tosa::MinimumOp>(context);
    attach<Scale, BatchNormOp, ChannelAffineOp>(context);
    tosa::ClampOp::attachInterface<Clamp>(*context);
    RequantizeOp::attachInterface<Requantize>(*context);
    SnapOp::attachInterface<Snap>(*context);
    MultiplyOp::attachInterface<Product>(*context);
    BoxSumOp::attachInterface<BoxSum>(*context);
  });
}

} // namespace tally

#include "tally/Cost/CostOpInterface.cpp.inc"
