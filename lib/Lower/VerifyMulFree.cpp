//===- VerifyMulFree.cpp - which operations multiply ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Multiplications.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;

#define DEBUG_TYPE "tally-verify-mul-free"

namespace tally {
#define GEN_PASS_DEF_VERIFYMULFREE
#include "tally/Lower/Passes.h.inc"

static Multiplies getMultiplies(Operation *op) {
  auto known = dyn_cast<NetworkOpInterface>(op);
  return known ? known.getMultiplies() : Multiplies::Unknown;
}

std::vector<Multiplication> findMultiplications(ModuleOp module, MulFree level) {
  std::vector<Multiplication> found;
  if (level == MulFree::No)
    return found;
  module.walk([&](Operation *op) {
    if (!op->getParentOfType<func::FuncOp>() || isa<func::ReturnOp>(op))
      return;
    std::string reason;
    Multiplies where = getMultiplies(op);
    LDBG(2) << "'" << getLayerName(op) << "', " << op->getName() << ": "
            << (where == Multiplies::Nowhere       ? "does not multiply"
                : where == Multiplies::InSums      ? "multiplies in its sums"
                : where == Multiplies::OutsideSums ? "multiplies"
                                                   : "does not say whether it multiplies");
    switch (where) {
    case Multiplies::Nowhere:
      return;
    case Multiplies::InSums:
      reason = "multiplies in its sums; an adder layer or one of powers of two does not";
      break;
    case Multiplies::OutsideSums:
      if (level == MulFree::Macs)
        return;
      reason = isa<MultiplyOp>(op)
                   ? "multiplies two activations; leave the gate out, or use level macs"
                   : "multiplies; quantized, it is a requantization, which needs shifts and "
                     "additions only";
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
    std::optional<MulFree> wanted =
        level == "target" ? getTarget(getOperation()).getMulFree() : symbolizeMulFree(level);
    if (!wanted) {
      getOperation().emitError()
          << "requires 'level' to be macs, compute, strict or target, but got '" << level.getValue()
          << "'";
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
