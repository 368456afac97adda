//===- FoldConstants.cpp - compute what depends on constants alone --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "InlineConstants.h"
#include "Quantize/Network.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Interpreter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tally-fold-constants"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

/// `op` as the `tosa.const` that it is, where its elements are of a kind that TOSA has.
static tosa::ConstOp toTosa(arith::ConstantOp op) {
  auto elements = dyn_cast<ElementsAttr>(op.getValue());
  if (!elements || !isa<RankedTensorType>(op.getType()) || !getTensorElementType(op.getType()))
    return {};
  OpBuilder builder(op);
  return tosa::ConstOp::create(builder, op.getLoc(), op.getType(), elements);
}

/// Whether `op` computes floats from constants that stand in the function.
static bool isFoldable(Operation *op) {
  if (!isa<tosa::TosaDialect>(op->getDialect()) || op->getNumRegions() != 0 ||
      op->getNumOperands() == 0 || op->getNumResults() != 1)
    return false;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  return type && type.hasStaticShape() && type.getElementType().isF32() &&
         llvm::all_of(op->getOperands(), isInlineConstant);
}

namespace {
struct FoldConstants : tally::impl::FoldConstantsBase<FoldConstants> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> network = getFloatNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    for (Operation &op : llvm::make_early_inc_range(network->front()))
      if (failed(fold(op)))
        return signalPassFailure();
  }

  /// Operands come before their users, so one pass over the function is enough.
  static LogicalResult fold(Operation &op) {
    Value constant;
    SmallVector<Value> operands(op.getOperands());
    if (auto other = dyn_cast<arith::ConstantOp>(op)) {
      if (tosa::ConstOp made = toTosa(other))
        constant = made;
    } else if (isFoldable(&op)) {
      FailureOr<Tensor> result = interpretOnConstants(&op);
      if (failed(result))
        return failure();
      OpBuilder builder(&op);
      constant = makeInlineFloats(builder, op.getLoc(), *result);
    }
    if (!constant)
      return success();
    LDBG() << "'" << op.getName() << "' at " << op.getLoc() << " is a constant";
    op.replaceAllUsesWith(ValueRange(constant));
    op.erase();
    for (Value operand : operands)
      if (Operation *source = operand.getDefiningOp(); source && source->use_empty())
        source->erase();
    return success();
  }
};
} // namespace
