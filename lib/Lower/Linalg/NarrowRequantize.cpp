//===- NarrowRequantize.cpp - smaller numbers, the same results -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Elementwise.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Linalg/Scaling.h"
#include "tally/Lower/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_NARROWREQUANTIZE
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-narrow-requantize"

namespace {

struct NarrowRequantize : tally::impl::NarrowRequantizeBase<NarrowRequantize> {
  using NarrowRequantizeBase::NarrowRequantizeBase;

  void runOnOperation() override {
    // Where multipliers become shifts and additions, others may have more digits.
    bool keepMultipliers = getTarget(getOperation()).getMulFree() != MulFree::No;
    getOperation().walk([&](RequantizeOp op) { narrow(op, keepMultipliers); });
  }

  static void narrow(RequantizeOp op, bool keepMultipliers) {
    std::vector<int64_t> multipliers = getIntegers(op.getMultiplier()),
                         shifts = getIntegers(op.getShift()), offsets = getRoundingOffsets(op);
    bool isScalar =
        llvm::all_equal(multipliers) && llvm::all_equal(offsets) && llvm::all_equal(shifts);
    std::vector<Scaling> scalings;
    for (auto [multiplier, offset, shift] : llvm::zip(multipliers, offsets, shifts))
      scalings.push_back({multiplier, offset, shift});
    CodeRange input = getCodeRange(op.getInput()), output = getCodeRange(op.getOutput());
    std::optional<std::vector<Scaling>> narrowed;
    if (!keepMultipliers)
      narrowed = shortenScalings(scalings, input, output);
    if (!narrowed && !isScalar) // else constants in code, no table
      narrowed = narrowScalings(scalings, input, output, keepMultipliers);
    if (!narrowed) {
      LDBG() << "'" << getLayerName(op) << "': stays as it is";
      return;
    }
    SmallVector<int32_t> newMultipliers;
    SmallVector<int64_t> newOffsets;
    SmallVector<int8_t> newShifts;
    for (const Scaling &scaling : *narrowed) {
      newMultipliers.push_back(int32_t(scaling.multiplier));
      newOffsets.push_back(scaling.offset);
      newShifts.push_back(int8_t(scaling.shift));
    }
    LDBG() << "'" << getLayerName(op)
           << "': " << (llvm::all_equal(newShifts) ? "one shift" : "shifts of their own")
           << ", offsets " << (findOffsetZeros(newOffsets) ? "of 32 bits" : "of 64 bits")
           << (fitWords(*narrowed, input) ? ", sums of 32 bits" : "");
    auto dense = [&](auto values, ElementsAttr like) {
      return DenseElementsAttr::get(cast<ShapedType>(like.getType()), ArrayRef(values));
    };
    op.setMultiplierAttr(dense(ArrayRef(newMultipliers), op.getMultiplier()));
    op.setOffsetAttr(dense(ArrayRef(newOffsets), op.getOffset()));
    op.setShiftAttr(dense(ArrayRef(newShifts), op.getShift()));
    op.setRounding(Rounding::Floor); // the half is part of the offset
  }
};

} // namespace
