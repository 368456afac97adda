//===- LimitDigits.cpp - multipliers of few signed digits -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantize/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Math/FixedPoint.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_LIMITDIGITS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-limit-digits"

namespace {
struct LimitDigits : tally::impl::LimitDigitsBase<LimitDigits> {
  using LimitDigitsBase::LimitDigitsBase;

  void runOnOperation() override {
    if (digits < 1) {
      getOperation().emitError() << "requires 'digits' of at least 1, but got "
                                 << digits.getValue();
      return signalPassFailure();
    }
    bool ok = true;
    getOperation().walk([&](RequantizeOp op) { ok &= succeeded(limit(op)); });
    if (!ok)
      signalPassFailure();
  }

  LogicalResult limit(RequantizeOp op) const {
    auto to = dyn_cast_or_null<UniformQuantizedType>(getQuantizedElement(op.getOutput().getType()));
    int64_t zero = to ? to.getZeroPoint() : 0;
    bool half = op.getRounding() == Rounding::HalfUp;
    CodeRange range = getCodeRange(op.getInput());

    SmallVector<int32_t> multipliers;
    SmallVector<int64_t> offsets;
    SmallVector<int8_t> shifts;
    unsigned changed = 0;
    for (auto [channel, multiplier, offset, shift] :
         llvm::enumerate(getIntegers(op.getMultiplier()), getIntegers(op.getOffset()),
                         getIntegers(op.getShift()))) {
      FixedPoint point{int32_t(multiplier), offset, int8_t(shift)};
      std::optional<FixedPoint> limited = limitDigits(point, digits, range, zero, half);
      if (!limited)
        return op.emitError() << "'" << getLayerName(op) << "', channel " << channel
                              << ": multiplier " << multiplier << " with shift " << shift
                              << " has no neighbour of " << digits.getValue()
                              << " signed digits in 32 bits";
      LDBG(2) << "channel " << channel << ": " << point.multiplier << " / 2^" << int(point.shift)
              << " becomes " << limited->multiplier << " / 2^" << int(limited->shift);
      changed += limited->multiplier != point.multiplier || limited->shift != point.shift;
      multipliers.push_back(limited->multiplier);
      offsets.push_back(limited->offset);
      shifts.push_back(limited->shift);
    }
    LDBG() << "'" << getLayerName(op) << "': " << changed << " of " << multipliers.size()
           << " multipliers change";
    auto dense = [&](const auto &values, ElementsAttr like) {
      return DenseElementsAttr::get(cast<ShapedType>(like.getType()), ArrayRef(values));
    };
    op.setMultiplierAttr(dense(multipliers, op.getMultiplier()));
    op.setOffsetAttr(dense(offsets, op.getOffset()));
    op.setShiftAttr(dense(shifts, op.getShift()));
    return success();
  }
};
} // namespace
