//===- PowerProducts.cpp - activations times powers of two ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "PowerProducts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace tally {

namespace {
/// Integer operations with constants, without the words.
struct Arithmetic {
  OpBuilder &b;
  Location loc;
  Type type;

  Value constant(int64_t value) const {
    return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, value));
  }
  Value left(Value v, int64_t places) const {
    return places == 0 ? v : arith::ShLIOp::create(b, loc, v, constant(places)).getResult();
  }
  Value right(Value v, int64_t places) const {
    return places == 0 ? v : arith::ShRUIOp::create(b, loc, v, constant(places)).getResult();
  }
  Value mask(Value v, int64_t bits) const {
    return arith::AndIOp::create(b, loc, v, constant(bits));
  }
  Value negate(Value v) const { return arith::SubIOp::create(b, loc, constant(0), v); }
  Value call(const std::string &function, ValueRange operands) const {
    return func::CallOp::create(b, loc, function, type, operands).getResult(0);
  }
  /// 1 where `v` is not 0, else 0.
  Value isSet(Value v) const {
    Value set = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, v, constant(0));
    return arith::ExtUIOp::create(b, loc, type, set);
  }
  /// Minus `v` where `condition` is 1, `v` where it is 0.
  Value negateIf(Value v, Value condition) const {
    Value flipped = arith::XOrIOp::create(b, loc, v, negate(condition));
    return arith::AddIOp::create(b, loc, flipped, condition);
  }
  /// `v` where `condition` is 1, else 0.
  Value keepIf(Value v, Value condition) const {
    return arith::AndIOp::create(b, loc, v, negate(condition));
  }
};
} // namespace

PowerFunctions addPowerFunctions(ModuleOp module) {
  Type i32 = IntegerType::get(module.getContext(), 32);
  auto add = [&](StringRef name, Value (Arithmetic::*build)(Value, Value) const) {
    return addFunction(module, name, {i32, i32}, i32, [&](OpBuilder &b, Location at, ValueRange v) {
      return (Arithmetic{b, at, i32}.*build)(v[0], v[1]);
    });
  };
  return {add("negate_if", &Arithmetic::negateIf), add("keep_if", &Arithmetic::keepIf)};
}

static Value getField(const Arithmetic &a, const PowerOfTwoFormat &format,
                      const PowerOfTwoField &field, Value code) {
  Value shifted = a.right(code, field.low);
  bool reachesTop = !format.isSigned && field.low + field.bits == format.bits;
  return reachesTop ? shifted : a.mask(shifted, (1 << field.bits) - 1);
}

/// The place of a field's power, 0 for none, and `x` or, for none, 0.
static PlacedAddend getTerm(const Arithmetic &a, const PowerOfTwoField &field, Value index, Value x,
                            const PowerFunctions &functions) {
  bool consecutive = true;
  for (size_t i = 1; i < field.shifts.size(); ++i)
    consecutive &= field.shifts[i] == field.shifts[0] + int(i);
  Value present = field.hasNone() ? (field.bits == 1 ? index : a.isSet(index)) : Value();
  Value place;
  if (field.shifts.size() == 1) {
    place = a.constant(field.shifts[0]);
  } else if (consecutive) {
    // None is 0, and the first power comes after it.
    place = present ? arith::SubIOp::create(a.b, a.loc, index, present).getResult() : index;
    if (field.shifts[0] != 0)
      place = arith::AddIOp::create(a.b, a.loc, place, a.constant(field.shifts[0]));
  } else {
    // A table in a word, four bits an entry.
    int64_t table = 0;
    for (auto [i, shift] : llvm::enumerate(field.shifts))
      table |= int64_t(shift) << (4 * (i + field.hasNone()));
    place = a.mask(arith::ShRUIOp::create(a.b, a.loc, a.constant(table), a.left(index, 2)), 15);
  }
  if (present)
    x = functions.keepIf.empty() ? a.keepIf(x, present) : a.call(functions.keepIf, {x, present});
  return {place, x};
}

SmallVector<PlacedAddend> buildAddends(OpBuilder &b, Location loc, const PowerOfTwoLevels &levels,
                                       Value x, Value code, const PowerFunctions &functions) {
  Arithmetic a{b, loc, x.getType()};
  if (levels.format().isSigned) {
    Value negative = a.right(code, levels.format().bits - 1);
    x = functions.negateIf.empty() ? a.negateIf(x, negative)
                                   : a.call(functions.negateIf, {x, negative});
  }
  SmallVector<PlacedAddend> addends;
  for (const PowerOfTwoField &field : levels.fields())
    addends.push_back(getTerm(a, field, getField(a, levels.format(), field, code), x, functions));
  return addends;
}

Value buildProduct(OpBuilder &b, Location loc, const PowerOfTwoLevels &levels, Value x, Value code,
                   const PowerFunctions &functions) {
  Value sum;
  for (const PlacedAddend &term : buildAddends(b, loc, levels, x, code, functions)) {
    Value shifted = arith::ShLIOp::create(b, loc, term.addend, term.place);
    sum = sum ? arith::AddIOp::create(b, loc, sum, shifted).getResult() : shifted;
  }
  return sum;
}

} // namespace tally
