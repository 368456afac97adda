//===- MultipliesToShifts.cpp - products with constants as sums -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/SignedDigits.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_MULTIPLIESTOSHIFTS
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-multiplies-to-shifts"

/// Whether `use` is where an address ends: an index of a buffer, or a bound of a loop.
static bool endsAddress(OpOperand &use) {
  if (auto load = dyn_cast<memref::LoadOp>(use.getOwner()))
    return llvm::is_contained(load.getIndices(), use.get());
  if (auto load = dyn_cast<vector::LoadOp>(use.getOwner()))
    return llvm::is_contained(load.getIndices(), use.get());
  if (auto store = dyn_cast<memref::StoreOp>(use.getOwner()))
    return use.get() != store.getValue();
  return isa<scf::ForOp>(use.getOwner()) && use.getOperandNumber() < 3;
}

/// Whether `value` goes nowhere but into addresses, by arithmetic on indices alone. What is
/// compared, converted or handed on decides about data.
static bool isAddress(Value value) {
  return value.getType().isIndex() && llvm::all_of(value.getUses(), [](OpOperand &use) {
           return endsAddress(use) ||
                  (isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::ShLIOp, arith::ShRUIOp,
                       arith::DivUIOp, arith::RemUIOp>(use.getOwner()) &&
                   isAddress(use.getOwner()->getResult(0)));
         });
}

namespace {
struct MultipliesToShifts : tally::impl::MultipliesToShiftsBase<MultipliesToShifts> {
  using MultipliesToShiftsBase::MultipliesToShiftsBase;

  void runOnOperation() override {
    MulFree level = getTarget(getOperation()).getMulFree();
    if (level != MulFree::Strict && level != MulFree::Compute)
      return;
    getOperation().walk([&](arith::MulIOp op) {
      if (level == MulFree::Compute && isAddress(op.getResult()))
        return;
      Value value = op.getLhs();
      APInt constant;
      if (!matchPattern(op.getRhs(), m_ConstantInt(&constant))) {
        value = op.getRhs();
        if (!matchPattern(op.getLhs(), m_ConstantInt(&constant)))
          return;
      }
      if (constant.getSignificantBits() <= 64)
        expand(op, value, constant.getSExtValue());
    });
  }

  static void expand(arith::MulIOp op, Value value, int64_t factor) {
    LDBG() << op.getLoc() << ": a product by " << factor << " becomes "
           << tally::toSignedDigits(factor).size() << " shifted terms";
    OpBuilder b(op);
    op.replaceAllUsesWith(times(b, op.getLoc(), value, factor));
    op.erase();
  }

  static Value times(OpBuilder &b, Location loc, Value value, int64_t factor) {
    auto constant = [&](int64_t number) -> Value {
      return arith::ConstantOp::create(b, loc, b.getIntegerAttr(value.getType(), number));
    };
    // The highest digit is first: the sum starts without a minus where it can.
    Value sum;
    for (tally::SignedDigit digit : tally::toSignedDigits(factor)) {
      Value term = value;
      if (digit.place > 0)
        term = arith::ShLIOp::create(b, loc, value, constant(digit.place));
      if (!sum)
        sum = digit.negative ? arith::SubIOp::create(b, loc, constant(0), term).getResult() : term;
      else if (digit.negative)
        sum = arith::SubIOp::create(b, loc, sum, term);
      else
        sum = arith::AddIOp::create(b, loc, sum, term);
    }
    return sum ? sum : constant(0);
  }
};
} // namespace
