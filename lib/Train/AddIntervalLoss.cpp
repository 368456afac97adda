//===- AddIntervalLoss.cpp - the loss of the worst image nearby -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With z the logits of images that differ from a training image by at most a radius, and t its
// class, the loss is the cross entropy of upper bounds of z[c] - z[t]. Where logits are sums of
// one layer of products over all that it reads, with middle m and radius r of each value,
//
//   u[c] = sum over k of (w[c, k] - w[t, k]) m[k] + |w[c, k] - w[t, k]| r[k]   + b[c] - b[t]
//
// is that bound; otherwise u[c] = high[c] - low[t], and u[t] = 0 either way.
//
//===----------------------------------------------------------------------===//

#include "CrossEntropy.h"
#include "Gradients/TosaBuilder.h"
#include "Intervals.h"
#include "StepSignature.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Train/Passes.h"
#include "tally/Train/TrainingStep.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_ADDINTERVALLOSS
#include "tally/Train/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-add-interval-loss"

namespace {

/// The layer whose sums are the logits, as they are or quantized; null where there is none.
tosa::Conv2DOp findLastLayer(Value result) {
  while (Operation *op = result.getDefiningOp()) {
    if (auto layer = dyn_cast<tosa::Conv2DOp>(op)) {
      ArrayRef<int64_t> in = TosaBuilder::shapeOf(layer.getInput()),
                        filter = TosaBuilder::shapeOf(layer.getWeight()),
                        out = TosaBuilder::shapeOf(layer.getOutput());
      // Every weight meets one value only.
      bool isWhole = out[1] == 1 && out[2] == 1 && in.slice(1) == filter.slice(1) &&
                     llvm::all_of(layer.getPad(), [](int64_t pad) { return pad == 0; });
      return isWhole ? layer : nullptr;
    }
    if (!isa<tosa::ReshapeOp, LearnedQuantizerOp, ObserveOp, quant::QuantizeCastOp,
             quant::DequantizeCastOp>(op))
      return nullptr;
    result = op->getOperand(0);
  }
  return nullptr;
}

/// What computes `result`, in order; not what takes statistics of a batch, which are the same for
/// images nearby.
SmallVector<Operation *> listComputing(func::FuncOp function, Value result) {
  llvm::DenseSet<Value> wanted = {result};
  SmallVector<Operation *> operations;
  for (Operation &op : llvm::reverse(function.front().without_terminator())) {
    if (llvm::none_of(op.getResults(), [&](Value value) { return wanted.contains(value); }))
      continue;
    operations.push_back(&op);
    auto norm = dyn_cast<BatchNormOp>(op);
    for (Value operand : op.getOperands())
      if (!norm || operand == norm.getInput())
        wanted.insert(operand);
  }
  std::reverse(operations.begin(), operations.end());
  return operations;
}

struct AddIntervalLoss : tally::impl::AddIntervalLossBase<AddIntervalLoss> {
  using AddIntervalLossBase::AddIntervalLossBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> entry = getEntry(getOperation());
    if (failed(entry) || failed(rewrite(*entry)))
      signalPassFailure();
  }

  static LogicalResult rewrite(func::FuncOp function) {
    Operation *end = function.front().getTerminator();
    Value targets;
    int64_t inputs = 0;
    for (BlockArgument argument : function.getArguments()) {
      if (tally::getArgumentName(function, argument.getArgNumber()) == kTargetsName)
        targets = argument;
      inputs += !targets;
    }
    if (end->getNumOperands() < 2 || tally::getResultName(function, 0) != kLossName || !targets)
      return function.emitError() << "requires a loss: run tally-add-loss first";
    if (inputs != 1)
      return function.emitError() << "has " << inputs
                                  << " inputs, but intervals are around the images of one";
    Value image = function.getArgument(0), loss = end->getOperand(0), result = end->getOperand(1);
    OpBuilder builder(end);
    TosaBuilder b(builder, end->getLoc());
    Interval around = {addArgument(function, kLowName, image.getType()),
                       addArgument(function, kHighName, image.getType())};
    auto number = RankedTensorType::get({1}, builder.getF32Type());
    Value share = b.reshape(addArgument(function, kIntervalShareName, number), {});

    Intervals intervals(builder);
    intervals.set(image, around);
    for (Operation *op : listComputing(function, result))
      if (failed(intervals.follow(op)))
        return failure();
    std::optional<Interval> bounds = intervals.find(result);
    if (!bounds)
      return function.emitError() << "requires a first result that depends on the images";

    int64_t images = TosaBuilder::shapeOf(result)[0],
            classes = TosaBuilder::typeOf(result).getNumElements() / images;
    Value labels = b.reshape(targets, {images, classes}), margins;
    if (tosa::Conv2DOp last = findLastLayer(result)) {
      LDBG() << "joins '" << getLayerName(last) << "' with the margins";
      builder.setInsertionPoint(end);
      margins = joinMargins(b, last, *intervals.find(last.getInput()), labels);
    } else {
      Value low = b.reshape(bounds->low, {images, classes}),
            high = b.reshape(bounds->high, {images, classes});
      // That of the class itself is no bound: u[t] is 0.
      Value least = b.reduceSum(b.mul(labels, low), 1);
      margins = b.mul(b.sub(high, least), b.add(b.negate(labels), 1));
    }
    Value robust = buildCrossEntropy(b, margins, labels);
    Value all = b.add(b.mul(loss, b.add(b.negate(share), 1)), b.mul(robust, share));
    end->setOperand(0, all);
    return success();
  }

  static Value joinMargins(TosaBuilder &b, tosa::Conv2DOp last, Interval input, Value labels) {
    int64_t images = TosaBuilder::shapeOf(labels)[0], classes = TosaBuilder::shapeOf(labels)[1];
    int64_t terms = TosaBuilder::typeOf(input.low).getNumElements() / images;
    Value middle = b.mul(b.add(input.low, input.high), 0.5),
          radius = b.mul(b.sub(input.high, input.low), 0.5);
    Value weights = b.reshape(last.getWeight(), {1, classes, terms});
    Value own = b.matmul(b.reshape(labels, {1, images, classes}), weights); // w[t, k]
    Value differences = b.sub(weights, b.reshape(own, {images, 1, terms}));
    Value spread = b.mul(b.abs(differences), b.reshape(radius, {images, 1, terms}));
    Value logits = b.matmul(b.reshape(middle, {1, images, terms}), b.transpose(weights, {0, 2, 1}));
    logits = b.add(b.reshape(logits, {images, classes}), last.getBias());
    Value ofLabels = b.reduceSum(b.mul(labels, logits), 1);
    return b.add(b.sub(logits, ofLabels), b.reshape(b.reduceSum(spread, 2), {images, classes}));
  }
};

} // namespace
