//===- SetBatch.cpp - images in one call ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Batch.h"
#include "tally/IR/ImageFacts.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
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

    // All checks come first: a network is rewritten as a whole or not at all.
    llvm::DenseSet<Value> carriers(function.getArguments().begin(), function.getArguments().end());
    SmallVector<Operation *> users;
    for (Operation &op : function.front().without_terminator()) {
      if (llvm::none_of(op.getOperands(), [&](Value v) { return carriers.contains(v); }))
        continue;
      auto carries = [&](unsigned index) { return carriers.contains(op.getOperand(index)); };
      if (failed(check(&op, old, carries)) || failed(checkConstants(&op, old, carries)))
        return failure();
      users.push_back(&op);
      carriers.insert(op.getResult(0));
    }
    Operation *end = function.front().getTerminator();
    for (auto [index, result] : llvm::enumerate(end->getOperands()))
      if (!carriers.contains(result) && failed(checkConstantResult(function, index, result, old)))
        return failure();

    LDBG() << "'@" << function.getSymName() << "': " << old << " images become " << batch.getValue()
           << ", " << users.size() << " operations carry them";
    for (BlockArgument argument : function.getArguments())
      resize(argument);
    for (Operation *op : users) {
      resizeShapeOperands(op);
      for (OpOperand &operand : op->getOpOperands())
        if (!carriers.contains(operand.get()) && isNeededByEach(op, operand.getOperandNumber()))
          operand.set(resizeConstant(op, operand.get(), old));
      resize(op->getResult(0));
    }
    for (OpOperand &result : end->getOpOperands())
      if (!carriers.contains(result.get()))
        result.set(resizeConstant(end, result.get(), old));
    function.setType(
        FunctionType::get(&getContext(), function.front().getArgumentTypes(),
                          ValueRange(function.front().getTerminator()->getOperands()).getTypes()));
    return success();
  }

  using Carries = llvm::function_ref<bool(unsigned)>;

  static LogicalResult check(Operation *op, int64_t old, Carries carries) {
    if (!isa<NetworkOpInterface>(op))
      return op->emitError() << "'" << op->getName()
                             << "' is not known to keep images apart, so their number cannot be "
                                "changed";
    auto type = op->getNumResults() == 1 ? dyn_cast<RankedTensorType>(op->getResult(0).getType())
                                         : RankedTensorType();
    bool keeps = type && type.getRank() > 0 && type.getDimSize(0) == old;
    if (!keeps || !keepsBatchesApart(op, carries))
      return op->emitError() << "'" << op->getName()
                             << "' mixes the batch with other dimensions, so it cannot be changed";
    OpOperand *shape = cast<NetworkOpInterface>(op).getShapeOperand();
    if (shape && !shape->get().getDefiningOp<tosa::ConstShapeOp>())
      return op->emitError() << "'" << op->getName()
                             << "' takes a shape that is no constant, so the batch in it cannot be "
                                "changed";
    return success();
  }

  /// What constants hold for each image has to be known for the images that come in addition.
  LogicalResult checkConstants(Operation *op, int64_t old, Carries carries) {
    for (auto [index, operand] : llvm::enumerate(op->getOperands()))
      if (!carries(index) && isNeededByEach(op, index) && batch % old != 0 && !isTheSame(operand))
        return op->emitError() << "'" << op->getName() << "' takes a constant for each of " << old
                               << " images, which does not say what " << batch.getValue()
                               << " images are to take";
    return success();
  }

  /// What does not depend on the inputs has a row for each image if it is to be in a batch.
  LogicalResult checkConstantResult(func::FuncOp function, unsigned index, Value result,
                                    int64_t old) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (type && type.getRank() > 0 && type.getDimSize(0) == old && isTheSame(result))
      return success();
    return function.emitError()
           << "output '" << getOutputName(function, index)
           << "' does not depend on the inputs, and does not have the same row for "
              "each image";
  }

  /// Whether a constant holds the same for each image.
  static bool isTheSame(Value constant) {
    ElementsAttr elements = getConstantElements(constant);
    int64_t images = cast<RankedTensorType>(constant.getType()).getDimSize(0);
    if (images == 1 || !elements)
      return images == 1;
    if (elements.isSplat())
      return true;
    auto same = [&](auto values) {
      auto first = ArrayRef(values).take_front(values.size() / images);
      for (int64_t i = 1; i < images; ++i)
        if (ArrayRef(values).slice(i * first.size(), first.size()) != first)
          return false;
      return true;
    };
    return isa<FloatType>(elements.getElementType()) ? same(getFloats(elements))
                                                     : same(getIntegers(elements));
  }

  Type withImages(Type type, int64_t images) {
    auto tensor = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape(tensor.getShape());
    shape[0] = images;
    return tensor.clone(shape);
  }

  void resize(Value value) { value.setType(withImages(value.getType(), batch)); }

  /// A constant of `old` images for as many as there are now.
  Value resizeConstant(Operation *op, Value constant, int64_t old) {
    OpBuilder builder(op);
    Location loc = constant.getLoc();
    if (batch % old != 0) {
      auto one = cast<RankedTensorType>(withImages(constant.getType(), 1));
      SmallVector<int64_t> start(one.getRank(), 0);
      Value from = makeShape(builder, loc, start), sizes = makeShape(builder, loc, one.getShape());
      constant = tosa::SliceOp::create(builder, loc, one, constant, from, sizes);
      old = 1;
    }
    SmallVector<Value> copies(batch / old, constant);
    return copies.size() == 1
               ? constant
               : tosa::ConcatOp::create(builder, loc, withImages(constant.getType(), batch), copies,
                                        /*axis=*/0);
  }

  /// Target shapes and slice sizes are constants that name the batch too.
  void resizeShapeOperands(Operation *op) {
    OpOperand *shape = cast<NetworkOpInterface>(op).getShapeOperand();
    if (!shape)
      return;
    auto constant = shape->get().getDefiningOp<tosa::ConstShapeOp>();
    SmallVector<int64_t> sizes;
    for (const APInt &size : constant.getValues().getValues<APInt>())
      sizes.push_back(size.getSExtValue());
    sizes[0] = batch;
    OpBuilder builder(op);
    shape->set(makeShape(builder, constant.getLoc(), sizes));
  }

  static Value makeShape(OpBuilder &builder, Location loc, ArrayRef<int64_t> sizes) {
    auto attr = DenseIntElementsAttr::get(
        RankedTensorType::get({int64_t(sizes.size())}, builder.getIndexType()), sizes);
    return tosa::ConstShapeOp::create(
        builder, loc, tosa::shapeType::get(builder.getContext(), sizes.size()), attr);
  }
};
} // namespace
