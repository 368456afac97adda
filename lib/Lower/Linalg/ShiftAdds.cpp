//===- ShiftAdds.cpp - requantization without a multiplication ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `code * multiplier` is a sum of shifted codes with signs, one for each signed digit of the
// multiplier. Channels with different multipliers share one form: a table of places and a
// table of signs for each digit, all channels with the same number of digits.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Reductions.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/SignedDigits.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/Support/DebugLog.h"
#include <set>

using namespace mlir;
using namespace tally;

#define DEBUG_TYPE "tally-to-linalg"

namespace {

/// The constants of one requantization, a number a channel.
struct Plan {
  std::vector<int64_t> offsets, shifts;
  /// For each digit.
  std::vector<std::vector<int64_t>> places, signs;
  /// Whether no sum leaves 32 bits.
  bool narrow = true;
};

/// Whether every `code * multiplier + offset` has at most `bits` bits.
bool fits(CodeRange codes, __int128 multiplier, __int128 offset, int bits) {
  __int128 limit = __int128(1) << (bits - 1);
  for (int64_t code : {codes.min, codes.max})
    if (__int128 sum = code * multiplier + offset; sum >= limit || sum < -limit)
      return false;
  return true;
}

Plan makePlan(RequantizeOp op) {
  std::vector<int64_t> multipliers = getIntegers(op.getMultiplier());
  Plan plan{getRoundingOffsets(op), getIntegers(op.getShift()), {}, {}, true};
  CodeRange codes = getCodeRange(op.getInput());

  // One shift for all channels, where 64 bits have room: constant shifts are cheaper.
  int64_t common = *llvm::max_element(plan.shifts);
  bool room = true;
  for (auto [m, o, s] : llvm::zip(multipliers, plan.offsets, plan.shifts))
    room &= common - s < 24 &&
            fits(codes, __int128(m) << (common - s), __int128(o) << (common - s), 63);
  if (room)
    for (auto [m, o, s] : llvm::zip(multipliers, plan.offsets, plan.shifts)) {
      m = int64_t(uint64_t(m) << (common - s));
      o = int64_t(uint64_t(o) << (common - s));
      s = common;
    }

  size_t count = 0;
  bool anyZero = false;
  for (int64_t multiplier : multipliers) {
    count = std::max(count, toSignedDigits(multiplier).size());
    anyZero |= multiplier == 0;
  }
  if (anyZero && count == 1)
    count = 2;
  plan.places.resize(count);
  plan.signs.resize(count);
  for (auto [m, o, s] : llvm::zip(multipliers, plan.offsets, plan.shifts)) {
    plan.narrow &= fits(codes, m, o, 32) && fits(codes, 1, 0, 32) && s < 32;
    for (auto [index, digit] : llvm::enumerate(toSignedDigits(m, unsigned(count)))) {
      plan.places[index].push_back(digit.place);
      plan.signs[index].push_back(digit.negative ? -1 : 0);
      plan.narrow &= digit.place < 32;
    }
  }
  return plan;
}

struct ConvertRequantize : OpConversionPattern<RequantizeOp> {
  ConvertRequantize(const TypeConverter &converter, MLIRContext *context,
                    const OutlinedFunctions &outlined)
      : OpConversionPattern(converter, context), outlined(outlined) {}

  LogicalResult matchAndRewrite(RequantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (onlyClamps(op)) {
      rewriter.replaceOp(op, clampCodes(rewriter, adaptor.getInput(), op));
      return success();
    }
    Location loc = op.getLoc();
    auto resultType = cast<RankedTensorType>(op.getOutput().getType());
    Plan plan = makePlan(op);
    ElementwiseOperands operands(rewriter, loc, adaptor.getInput(), resultType.getRank(),
                                 cast<ShapedType>(op.getMultiplier().getType()).getShape());
    ElementwiseParameter offset, shift;
    SmallVector<ElementwiseParameter> places, signs;
    for (size_t digit = 0; digit < plan.places.size(); ++digit) {
      places.push_back(operands.add(plan.places[digit], 8));
      signs.push_back(operands.add(plan.signs[digit], 8));
      // Machines without a vector shift by different amounts multiply 32-bit lanes by
      // powers of two instead; 64-bit lanes they shift.
      if (!outlined.outlined)
        plan.narrow &= places.back().isScalar;
    }
    offset = plan.narrow         ? operands.add(plan.offsets, 32)
             : outlined.outlined ? operands.addOffsets(plan.offsets)
                                 : operands.add(plan.offsets, 64);
    shift = operands.add(plan.shifts, 8);

    LDBG() << "'" << getLayerName(op) << "': requantizes by " << plan.places.size()
           << " shifts, in " << (plan.narrow ? 32 : 64) << " bits";
    Type type = rewriter.getIntegerType(plan.narrow ? 32 : 64);
    Type inputElement = getElementTypeOrSelf(op.getInput().getType());
    IntegerType storage = getStorageType(resultType.getElementType());
    CodeRange range = getCodeRange(resultType.getElementType());
    rewriter.replaceOp(
        op,
        buildElementwise(rewriter, loc, resultType.getShape(), storage, operands.inputs,
                         operands.maps, [&](OpBuilder &b, Location at, ValueRange v) -> Value {
                           if (outlined.outlined)
                             return callFunction(b, at, v, inputElement, storage, range,
                                                 plan.narrow, offset, shift, places, signs);
                           auto constant = [&](int64_t value) -> Value {
                             return arith::ConstantOp::create(b, at, b.getIntegerAttr(type, value));
                           };
                           Value code = extendCode(b, at, v[0], inputElement, type);
                           Value sum = offset.get(b, at, v, type);
                           for (auto [place, sign] : llvm::zip(places, signs))
                             sum = addDigit(b, at, v, sum, code, place, sign);
                           if (!shift.is(0))
                             sum = arith::ShRSIOp::create(b, at, sum, shift.get(b, at, v, type));
                           CodeRange bounds = clip(range, plan.narrow);
                           sum = arith::MaxSIOp::create(b, at, sum, constant(bounds.min));
                           sum = arith::MinSIOp::create(b, at, sum, constant(bounds.max));
                           return type == storage
                                      ? sum
                                      : arith::TruncIOp::create(b, at, storage, sum).getResult();
                         }));
    return success();
  }

private:
  Value callFunction(OpBuilder &b, Location at, ValueRange v, Type inputElement,
                     IntegerType storage, CodeRange range, bool narrow,
                     const ElementwiseParameter &offset, const ElementwiseParameter &shift,
                     ArrayRef<ElementwiseParameter> places,
                     ArrayRef<ElementwiseParameter> signs) const {
    Type i32 = b.getI32Type();
    auto bound = [&](int64_t value) -> Value {
      return arith::ConstantOp::create(b, at, b.getI32IntegerAttr(value));
    };
    SmallVector<Value> arguments = {extendCode(b, at, v[0], inputElement, i32),
                                    offset.get(b, at, v, narrow ? i32 : b.getI64Type()),
                                    shift.get(b, at, v, i32), bound(range.min), bound(range.max)};
    for (auto [place, sign] : llvm::zip(places, signs)) {
      arguments.push_back(place.get(b, at, v, i32));
      arguments.push_back(sign.get(b, at, v, i32));
    }
    Value result =
        func::CallOp::create(b, at, outlined.shiftAdds.at({places.size(), narrow}), i32, arguments)
            .getResult(0);
    if (storage.getWidth() == 32)
      return result;
    return arith::TruncIOp::create(b, at, storage, result);
  }

  /// `sum` plus or minus the shifted `code`, modulo the width: the last sum fits.
  Value addDigit(OpBuilder &b, Location at, ValueRange values, Value sum, Value code,
                 const ElementwiseParameter &place, const ElementwiseParameter &sign) const {
    Type type = sum.getType();
    Value term = code;
    if (!place.is(0))
      term = arith::ShLIOp::create(b, at, code, place.get(b, at, values, type));
    if (sign.is(0))
      return arith::AddIOp::create(b, at, sum, term);
    if (sign.is(-1))
      return arith::SubIOp::create(b, at, sum, term);
    Value mask = sign.get(b, at, values, type);
    Value flipped = arith::XOrIOp::create(b, at, term, mask);
    Value negated = arith::SubIOp::create(b, at, flipped, mask);
    return arith::AddIOp::create(b, at, sum, negated);
  }

  /// Bounds as the sum's type can hold them: beyond it they bound nothing.
  static CodeRange clip(CodeRange range, bool narrow) {
    if (!narrow)
      return range;
    return {std::max<int64_t>(range.min, INT32_MIN), std::min<int64_t>(range.max, INT32_MAX)};
  }

  OutlinedFunctions outlined;
};

} // namespace

void tally::addShiftAddFunctions(ModuleOp module, OutlinedFunctions &functions) {
  std::set<std::pair<size_t, bool>> needed;
  module.walk([&](RequantizeOp op) {
    if (onlyClamps(op))
      return;
    Plan plan = makePlan(op);
    needed.insert({plan.places.size(), plan.narrow});
  });
  Builder types(module.getContext());
  Type i32 = types.getI32Type(), i64 = types.getI64Type();
  auto extend = [&](OpBuilder &b, Location at, Value value, Type type) -> Value {
    return value.getType() == type ? value : arith::ExtSIOp::create(b, at, type, value).getResult();
  };
  // Compilers of C write shifts of one value, added, as its product with a constant.
  std::string apart = addFunction(module, "apart", {i32}, i32,
                                  [](OpBuilder &, Location, ValueRange v) { return v[0]; });
  module.lookupSymbol(apart)->setAttr(TallyDialect::kOpaqueAttr, types.getUnitAttr());
  // `sum + (code << place)`, or minus it where the sign is -1 and not 0.
  std::map<bool, std::string> addDigit;
  for (auto [digits, narrow] : needed)
    if (digits > 0 && addDigit[narrow].empty()) {
      Type type = narrow ? i32 : i64;
      addDigit[narrow] =
          addFunction(module, narrow ? "shift_add" : "shift_add_wide", {type, i32, i32, i32}, type,
                      [&](OpBuilder &b, Location at, ValueRange v) {
                        Value sign = extend(b, at, v[3], type);
                        Value code = func::CallOp::create(b, at, apart, i32, v[1]).getResult(0);
                        Value wide = extend(b, at, code, type), by = extend(b, at, v[2], type);
                        Value shifted = arith::ShLIOp::create(b, at, wide, by);
                        Value flipped = arith::XOrIOp::create(b, at, shifted, sign);
                        Value term = arith::SubIOp::create(b, at, flipped, sign);
                        return arith::AddIOp::create(b, at, v[0], term).getResult();
                      });
    }
  // (code, offset, shift, lowest, highest, then place and sign of each digit)
  for (auto [digits, narrow] : needed) {
    Type type = narrow ? i32 : i64;
    SmallVector<Type> arguments = {i32, type, i32, i32, i32};
    arguments.append(2 * digits, i32);
    functions.shiftAdds[{digits, narrow}] = addFunction(
        module, "requantize_" + std::to_string(digits) + (narrow ? "" : "_wide"), arguments, i32,
        [&, digits = digits, narrow = narrow](OpBuilder &b, Location at, ValueRange v) {
          auto call = [&](const std::string &name, Type result, ValueRange operands) -> Value {
            return func::CallOp::create(b, at, name, result, operands).getResult(0);
          };
          Value sum = v[1];
          for (size_t digit = 0; digit < digits; ++digit)
            sum = call(addDigit[narrow], type, {sum, v[0], v[5 + 2 * digit], v[6 + 2 * digit]});
          if (narrow)
            return call(functions.clampWord, i32,
                        {arith::ShRSIOp::create(b, at, sum, v[2]), v[3], v[4]});
          return call(functions.clamp, i32,
                      {call(functions.shiftRight, i64, {sum, v[2]}), v[3], v[4]});
        });
  }
}

void tally::populateShiftAddPatterns(const TypeConverter &converter,
                                     const OutlinedFunctions &outlined,
                                     RewritePatternSet &patterns) {
  patterns.add<ConvertRequantize>(converter, patterns.getContext(), outlined);
}
