//===- SetBatch.cpp - images in one call ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"
#include "tally/Pipeline/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_SETBATCH
#include "tally/Pipeline/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-set-batch"

namespace {
struct SetBatch : tally::impl::SetBatchBase<SetBatch> {
  using SetBatchBase::SetBatchBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> entry = getEntry(getOperation());
    if (failed(entry) || failed(rewrite(*entry)))
      signalPassFailure();
  }

  LogicalResult rewrite(func::FuncOp function) {
    if (batch < 1)
      return function.emitError() << "requires a batch of at least 1, but got " << batch.getValue();
    int64_t old = 0;
    for (Type type : function.getArgumentTypes()) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || !tensor.hasStaticShape() || tensor.getRank() == 0 ||
          (old && tensor.getDimSize(0) != old))
        return function.emitError()
               << "requires inputs with one leading batch dimension, but has " << type;
      old = tensor.getDimSize(0);
    }
    if (old == 0)
      return function.emitError() << "has no inputs to set a batch of";
    if (old == batch)
      return success();

    auto resize = [&](Value value) {
      auto type = cast<RankedTensorType>(value.getType());
      SmallVector<int64_t> shape(type.getShape());
      shape[0] = batch;
      value.setType(type.clone(shape));
    };
    // All checks come first: a network is rewritten as a whole or not at all.
    llvm::DenseSet<Value> carriers(function.getArguments().begin(), function.getArguments().end());
    SmallVector<Operation *> users;
    for (Operation &op : function.front().without_terminator()) {
      if (llvm::none_of(op.getOperands(), [&](Value v) { return carriers.contains(v); }))
        continue;
      if (failed(check(&op, old)))
        return failure();
      users.push_back(&op);
      carriers.insert(op.getResult(0));
    }
    for (Value result : function.front().getTerminator()->getOperands())
      if (!carriers.contains(result))
        return function.emitError() << "has a result that does not depend on its inputs";

    LDBG() << "'@" << function.getSymName() << "': " << old << " images become " << batch << ", "
           << users.size() << " operations carry them";
    for (BlockArgument argument : function.getArguments())
      resize(argument);
    for (Operation *op : users) {
      resizeShapeOperands(op);
      resize(op->getResult(0));
    }
    function.setType(
        FunctionType::get(&getContext(), function.front().getArgumentTypes(),
                          ValueRange(function.front().getTerminator()->getOperands()).getTypes()));
    return success();
  }

  static LogicalResult check(Operation *op, int64_t old) {
    auto type = op->getNumResults() == 1 ? dyn_cast<RankedTensorType>(op->getResult(0).getType())
                                         : RankedTensorType();
    auto known = dyn_cast<NetworkOpInterface>(op);
    if (!known)
      return op->emitError() << "'" << op->getName()
                             << "' is not known to keep images apart, so their number cannot be "
                                "changed";
    bool keeps = type && type.getRank() > 0 && type.getDimSize(0) == old && known.keepsBatch();
    if (!keeps)
      return op->emitError() << "'" << op->getName()
                             << "' mixes the batch with other dimensions, so it cannot be changed";
    return success();
  }

  /// Target shapes and slice sizes are constants that name the batch too.
  void resizeShapeOperands(Operation *op) {
    OpOperand *shape = cast<NetworkOpInterface>(op).getShapeOperand();
    auto constant = shape ? shape->get().getDefiningOp<tosa::ConstShapeOp>() : tosa::ConstShapeOp();
    if (!constant)
      return;
    SmallVector<int64_t> sizes;
    for (const APInt &size : constant.getValues().getValues<APInt>())
      sizes.push_back(size.getSExtValue());
    sizes[0] = batch;
    OpBuilder builder(op);
    auto attr = DenseIntElementsAttr::get(
        RankedTensorType::get({int64_t(sizes.size())}, builder.getIndexType()), sizes);
    shape->set(tosa::ConstShapeOp::create(builder, constant.getLoc(), constant.getType(), attr));
  }
};
} // namespace
