//===- CountOperation.cpp - what one operation of a network costs ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/CountOperation.h"

#include "CountSums.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/SignedDigits.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

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

/// The codes of a value. The sum of two codes may leave its type.
WideRange rangeOf(Value value) {
  CodeRange range = getCodeRange(getElementTypeOrSelf(value.getType()));
  bool isSum = isa_and_nonnull<tosa::AddOp, tosa::SubOp>(value.getDefiningOp());
  return {__int128(range.min) * (isSum ? 2 : 1), __int128(range.max) * (isSum ? 2 : 1)};
}

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
  WideRange codes = rangeOf(op.getInput());
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

/// Movement, constants, and tables that are unpacked once.
bool isFree(Operation *op) {
  return isa<tosa::ReshapeOp, tosa::TransposeOp, tosa::ConcatOp, tosa::PadOp, tosa::SliceOp,
             tosa::IdentityOp, tosa::ConstOp, tosa::ConstShapeOp, ShuffleChannelsOp, ObserveOp,
             DecodeOp, ml_program::GlobalLoadConstOp, func::ReturnOp>(op);
}

} // namespace

CountedOperation countOperation(Operation *op, MulFree level) {
  CountedOperation counted;
  if (countSum(op, counted) || isFree(op))
    return counted;
  if (op->getNumResults() != 1 || !isa<RankedTensorType>(op->getResult(0).getType())) {
    counted.known = false;
    return counted;
  }
  Value output = op->getResult(0);
  int64_t results = elementsOf(output);
  // The same operation on 32-bit integers where it is one on floats.
  auto addBoth = [&](OperationKind kind, int64_t count, int more = 0) {
    OperationType type = typeOf(kind, output);
    type.bits += type.isFloat ? 0 : more;
    counted.operations.add(type, count);
    counted.int8.add({kind, type.isFloat ? 32 : type.bits}, count);
  };
  TypeSwitch<Operation *>(op)
      .Case([&](RequantizeOp requantize) {
        counted.operations = countRequantize(requantize, level);
        counted.int8 = countRequantize(requantize, MulFree::No);
      })
      .Case<BatchNormOp, ChannelAffineOp>([&](auto) {
        counted.int8 = countAnyRequantize(results);
        if (getQuantizedElement(output.getType())) {
          counted.operations = counted.int8;
          return;
        }
        counted.operations.add(typeOf(OperationKind::Multiply, output), results);
        counted.operations.add(typeOf(OperationKind::Add, output), results);
      })
      .Case([&](SnapOp snap) {
        int64_t thresholds = snap.getLevelType().getLevels().sorted().size() - 1;
        counted.operations.add(typeOf(OperationKind::Compare, snap.getInput()),
                               results * thresholds);
      })
      // One bit more than an operand.
      .Case<tosa::AddOp, tosa::SubOp>([&](auto) { addBoth(OperationKind::Add, results, 1); })
      .Case<tosa::AbsOp, tosa::NegateOp>([&](auto) { addBoth(OperationKind::Add, results); })
      .Case<tosa::MulOp>([&](auto) { addBoth(OperationKind::Multiply, results); })
      .Case<tosa::MaximumOp, tosa::MinimumOp>(
          [&](auto) { addBoth(OperationKind::Compare, results); })
      // In int8 the saturation of the requantization before it.
      .Case<tosa::ClampOp>([&](auto) {
        counted.operations.add(typeOf(OperationKind::Compare, output), 2 * results);
      })
      .Default([&](Operation *) { counted.known = false; });
  return counted;
}

} // namespace tally
