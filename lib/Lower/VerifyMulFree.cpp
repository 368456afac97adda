//===- VerifyMulFree.cpp - which operations multiply ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Parameters.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Multiplications.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

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
    switch (getMultiplies(op)) {
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
    std::optional<MulFree> wanted =
        level == "target" ? getTarget(getOperation()).getMulFree() : symbolizeMulFree(level);
    if (!wanted) {
      getOperation().emitError()
          << "requires 'level' to be macs, compute, strict or target, but got '" << level.getValue()
          << "'";
      return signalPassFailure();
    }
    for (const Multiplication &found : findMultiplications(getOperation(), *wanted)) {
      found.op->emitError() << "'" << found.layer << "': '" << found.operation << "' "
                            << found.reason << " (mul-free=" << stringifyMulFree(*wanted) << ")";
      signalPassFailure();
    }
  }
};
} // namespace
