//===- Calibrate.cpp - record the range of what will be quantized ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantize/BroughtQuantizers.h"
#include "Quantize/ElementFunctions.h"
#include "Quantize/Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Math/Histogram.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/Parallel.h"
#include "tally/Support/Progress.h"

#include "llvm/Support/DebugLog.h"
#include <cmath>

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_CALIBRATE
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-calibrate"

namespace {

/// What reads a value, behind what only moves it.
struct Readers {
  unsigned uses = 0;
  bool isObserved = false, isAdded = false, isRounded = false;

  void collect(Value value, const ElementFunctions &functions) {
    for (OpOperand &use : value.getUses()) {
      Operation *user = use.getOwner();
      isObserved |= isa<ObserveOp>(user);
      if (functions.isInside(use))
        continue;
      // Parts that are joined only to be added, as those of a layer in clusters, are as precise
      // as the whole.
      if (isDataMovement(user) && !functions.isInput(use)) {
        collect(user->getResult(0), functions);
        continue;
      }
      ++uses;
      // The network rounds it itself.
      if (isa<quant::QuantizeCastOp>(user) && value.getDefiningOp())
        continue;
      // What only flows into sums is added with more precision than it is stored.
      bool sums = isa<tosa::AddOp, tosa::SubOp>(user);
      isRounded |=
          functions.isInput(use) || (!isChannelwise(user) && !getConstantFactor(user) && !sums);
      isAdded |= sums;
    }
  }
};

} // namespace

/// Whether `value` is rounded: something reads it that is not itself one value at
/// a time, and it is not a mere rearrangement of values that are rounded before.
static bool needsObserving(Value value, const ElementFunctions &functions) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  Operation *op = value.getDefiningOp();
  if (!type || !type.getElementType().isF32() || value.use_empty() ||
      (op && (isa<tosa::ConstOp, ml_program::GlobalLoadConstOp, ObserveOp, DecodeOp>(op) ||
              isDataMovement(op) || getCodesBehind(value))))
    return false;
  Readers readers;
  readers.collect(value, functions);
  if (readers.isObserved || readers.isRounded)
    return !readers.isObserved;
  // A value that is added and also goes on is stored once for both.
  return readers.uses > 0 && (!op || (readers.uses > 1 && readers.isAdded));
}

namespace {
struct Calibrate : tally::impl::CalibrateBase<Calibrate> {
  using CalibrateBase::CalibrateBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    FailureOr<PassImages> opened = openImages(*network, {data, mean, std, images});
    if (failed(opened))
      return signalPassFailure();
    insertObservers(*network);
    ImageRanges ranges;
    if (failed(observe(*network, *opened, ranges)))
      return signalPassFailure();
    for (auto [index, range] : llvm::enumerate(ranges))
      if (auto seen = join(getSeenRange(*network, index), range))
        setSeenRange(*network, *seen, index);
    getOperation()->setAttr(TallyDialect::kStageAttr,
                            StageAttr::get(&getContext(), Stage::Calibrated));
  }

  static void insertObservers(func::FuncOp network) {
    ParameterIndex parameters(network->getParentOfType<ModuleOp>());
    SmallVector<Value> values(network.getArguments());
    for (Operation &op : network.front())
      values.append(op.result_begin(), op.result_end());
    const ElementFunctions functions(network);
    for (Value value : values) {
      if (!needsObserving(value, functions))
        continue;
      OpBuilder builder(network.getContext());
      builder.setInsertionPointAfterValue(value);
      auto observer =
          ObserveOp::create(builder, value.getLoc(), value.getType(), value, SketchAttr());
      if (Operation *op = value.getDefiningOp())
        if (Attribute name = op->getAttr(TallyDialect::kNameAttr))
          observer->setAttr(TallyDialect::kNameAttr, name);
      value.replaceUsesWithIf(observer.getOutput(), [&](OpOperand &use) {
        return use.getOwner() != observer && !functions.isInside(use);
      });
    }
  }

  LogicalResult observe(func::FuncOp network, const PassImages &opened, ImageRanges &ranges) {
    llvm::DenseMap<Operation *, Histogram> histograms;
    Operation *notFinite = nullptr;
    network.walk([&](ObserveOp op) {
      histograms[op] = op.getSketchAttr() ? Histogram(op.getSketchAttr()) : Histogram();
    });
    int64_t count = opened.count;
    int64_t unit = cast<RankedTensorType>(network.getArgumentTypes()[0]).getDimSize(0);
    int64_t batch = std::max<int64_t>(1, 32 / unit) * unit;
    Progress progress("calibrating", count);
    for (int64_t first = 0; first < count; first += batch) {
      int64_t size = std::min(batch, count - first);
      FailureOr<std::vector<Tensor>> part = opened.images.load(first, size);
      if (failed(part))
        return failure();
      join(ranges, *part);
      InterpreterOptions options;
      options.onResult = [&](Operation *op, const Tensor &result) {
        if (!isa<ObserveOp>(op) || notFinite)
          return;
        ArrayRef<float> values(result.data<float>(), result.size());
        if (llvm::all_of(values, [](float v) { return std::isfinite(v); }))
          addInParallel(histograms[op], result);
        else
          notFinite = op;
      };
      if (failed(interpret(network, *part, options)))
        return failure();
      if (notFinite)
        return notFinite->emitError()
               << "sees values of '" << getLayerName(notFinite)
               << "' that are not finite, on images " << first << ".." << first + size - 1;
      progress.advance(size);
    }
    network.walk([&](ObserveOp op) {
      const Histogram &seen = histograms[op];
      LDBG() << "'" << getLayerName(op) << "': " << seen.count() << " values in "
             << RealInterval{seen.min(), seen.max()};
      op.setSketchAttr(seen.toAttribute(op.getContext()));
    });
    return success();
  }

  static void addInParallel(Histogram &histogram, const Tensor &values) {
    std::vector<Histogram> parts(resolveThreads(0));
    const float *data = values.data<float>();
    parallelForRanges(values.size(), 0, [&](int64_t begin, int64_t end, int worker) {
      parts[worker].add(ArrayRef<float>(data + begin, end - begin));
    });
    for (const Histogram &part : parts)
      histogram.merge(part);
  }
};
} // namespace
