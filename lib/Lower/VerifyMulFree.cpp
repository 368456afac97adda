//===- VerifyMulFree.cpp - which operations multiply ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Lower/Multiplications.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;

#define DEBUG_TYPE "tally-verify-mul-free"

namespace tally {
#define GEN_PASS_DEF_VERIFYMULFREE
#include "tally/Lower/Passes.h.inc"

/// Where an operation multiplies.
enum class Multiplies { Nowhere, OutsideSums, InSums, Unknown };

/// Whether a layer on codes has a filter of powers of two: each product is a shift.
static bool hasPowersOfTwo(Operation *op) {
  auto decode = op->getNumOperands() > 1 ? op->getOperand(1).getDefiningOp<DecodeOp>() : DecodeOp();
  ElementsAttr zero =
      op->getNumOperands() > 4 ? getConstantElements(op->getOperand(4)) : ElementsAttr();
  return decode && !isa<FloatType>(getElementTypeOrSelf(decode.getType())) && zero &&
         getIntegers(zero) == std::vector<int64_t>{0};
}

static Multiplies classify(Operation *op) {
  if (isa<tosa::Conv2DOp, tosa::DepthwiseConv2DOp>(op) && hasPowersOfTwo(op))
    return Multiplies::Nowhere;
  if (isa<tosa::Conv2DOp, tosa::DepthwiseConv2DOp, tosa::Conv3DOp, tosa::TransposeConv2DOp,
          tosa::MatMulOp>(op))
    return Multiplies::InSums;
  // Movement, sums, comparisons; decoding is a table.
  if (isa<func::FuncOp, func::ReturnOp, ml_program::GlobalLoadConstOp, AdderConv2DOp, AdderLinearOp,
          BoxSumOp, SumPool2DOp, RequantizeOp, ShuffleChannelsOp, DecodeOp, SnapOp, ObserveOp,
          tosa::AddOp, tosa::SubOp, tosa::AbsOp, tosa::NegateOp, tosa::MaximumOp, tosa::MinimumOp,
          tosa::MaxPool2dOp, tosa::ClampOp, tosa::ReduceSumOp, tosa::ConcatOp, tosa::PadOp,
          tosa::ReshapeOp, tosa::SliceOp, tosa::TransposeOp, tosa::IdentityOp, tosa::ConstOp,
          tosa::ConstShapeOp>(op))
    return Multiplies::Nowhere;
  if (isa<BatchNormOp, ChannelAffineOp, tosa::MulOp, tosa::AvgPool2dOp, tosa::RescaleOp,
          quant::QuantizeCastOp, quant::DequantizeCastOp>(op))
    return Multiplies::OutsideSums;
  return Multiplies::Unknown;
}

std::vector<Multiplication> findMultiplications(ModuleOp module, MulFree level) {
  std::vector<Multiplication> found;
  if (level == MulFree::No)
    return found;
  module.walk([&](Operation *op) {
    if (!op->getParentOfType<func::FuncOp>())
      return;
    std::string reason;
    Multiplies where = classify(op);
    LDBG(2) << "'" << getLayerName(op) << "', " << op->getName() << ": "
            << (where == Multiplies::Nowhere       ? "does not multiply"
                : where == Multiplies::InSums      ? "multiplies in its sums"
                : where == Multiplies::OutsideSums ? "multiplies"
                                                   : "is not in the table");
    switch (where) {
    case Multiplies::Nowhere:
      return;
    case Multiplies::InSums:
      reason = "multiplies in its sums; an adder layer or one of powers of two does not";
      break;
    case Multiplies::OutsideSums:
      if (level == MulFree::Macs)
        return;
      reason = "multiplies; quantized, it is a requantization, which needs shifts and additions "
               "only";
      break;
    case Multiplies::Unknown:
      reason = "is not known to be free of multiplications";
      break;
    }
    found.push_back({getLayerName(op).str(), op->getName().getStringRef().str(), reason, op});
  });
  return found;
}

} // namespace tally

using namespace tally;

namespace {
struct VerifyMulFree : tally::impl::VerifyMulFreeBase<VerifyMulFree> {
  using VerifyMulFreeBase::VerifyMulFreeBase;

  void runOnOperation() override {
    std::optional<MulFree> wanted = parseMulFree(level);
    if (!wanted) {
      getOperation().emitError() << "requires 'level' to be macs, compute or strict, but got '"
                                 << level.getValue() << "'";
      return signalPassFailure();
    }
    std::vector<Multiplication> all = findMultiplications(getOperation(), *wanted);
    LDBG() << all.size() << " operations multiply at level " << stringifyMulFree(*wanted);
    for (const Multiplication &found : all) {
      found.op->emitError() << "'" << found.layer << "': '" << found.operation << "' "
                            << found.reason << " (mul-free=" << stringifyMulFree(*wanted) << ")";
      signalPassFailure();
    }
  }
};
} // namespace
