//===- InsertQuantizers.cpp - a quantizer on every value to be rounded ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BroughtQuantizers.h"
#include "ElementFunctions.h"
#include "FilterLevels.h"
#include "GaussianTypes.h"
#include "Interval.h"
#include "Network.h"
#include "Quantize/Codes/FilterCodes.h"
#include "Quantize/Recipe/Plan.h"
#include "QuantizerTypes.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_INSERTQUANTIZERS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-insert-quantizers"

namespace {

/// `value` rounded to `type` and back, for one user or for all.
Value insertPair(OpBuilder &builder, Location loc, Value value, QuantizedType type) {
  auto tensor = cast<RankedTensorType>(value.getType());
  Value codes = QuantizeCastOp::create(builder, loc, tensor.clone(type), value);
  return DequantizeCastOp::create(builder, loc, tensor, codes);
}

struct InsertQuantizers : tally::impl::InsertQuantizersBase<InsertQuantizers> {
  using InsertQuantizersBase::InsertQuantizersBase;

  /// To keep codes that the network no longer has would be to round a second time.
  static LogicalResult checkCodes(Operation *layer) {
    auto lostBy = layer->getAttrOfType<StringAttr>(TallyDialect::kCodesLostByAttr);
    if (!lostBy)
      return success();
    return layer->emitError()
           << "layer '" << getLayerName(layer)
           << "' is to keep the codes of its weights, but what node '" << lostBy.getValue()
           << "' makes of them has none; give the layer 'levels' of its own in a "
              "recipe";
  }

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    plan = getPlan(getOperation());
    intervals = {};
    concatenated = {};

    SmallVector<ObserveOp> observers;
    SmallVector<Operation *> layers;
    Operands operands;
    const ElementFunctions functions(*network);
    network->walk([&](Operation *op) {
      if (auto observe = dyn_cast<ObserveOp>(op))
        observers.push_back(observe);
      else if (isWindowSum(op))
        layers.push_back(op);
      else
        collectOperands(op, functions, operands);
    });
    for (ObserveOp observe : observers)
      if (!observe.getSketchAttr()) {
        observe.emitError() << "was not calibrated: run tally-calibrate first";
        return signalPassFailure();
      }

    network->walk([](SnapOp snap) { warnOfNegatives(snap); });

    // Levels that a filter lies on bound its layer's sums, and so what the input may be.
    for (Operation *layer : layers)
      if (isConvolution(layer) && getPlan(layer).levels == LevelRule::Imported &&
          !recognizeLevels(layer) && failed(checkCodes(layer)))
        return signalPassFailure();

    // Decide all types on the float network, then rewrite.
    UseTypes useTypes;
    llvm::DenseMap<Operation *, UniformQuantizedType> storedTypes;
    for (Operation *layer : layers) {
      FailureOr<UniformQuantizedType> type = getInputType(layer);
      if (failed(type))
        return signalPassFailure();
      LDBG() << "'" << getLayerName(layer) << "': input " << *type;
      useTypes[&layer->getOpOperand(0)] = *type;
    }
    if (failed(chooseOperandTypes(operands, useTypes)))
      return signalPassFailure();
    for (ObserveOp observe : observers)
      storedTypes[observe] = getStoredType(observe, useTypes);

    for (Operation *layer : layers) {
      OpBuilder builder(layer);
      OpOperand &input = layer->getOpOperand(0);
      input.set(insertPair(builder, layer->getLoc(), input.get(), useTypes[&input]));
      if ((isa<AdderConv2DOp>(layer) || isConvolution(layer)) &&
          failed(quantizeFilter(builder, layer)))
        return signalPassFailure();
    }
    for (auto &[value, uses] : operands) {
      // The first use in the block may be any of them.
      Operation *first = uses.front()->getOwner();
      for (OpOperand *use : uses)
        if (use->getOwner()->isBeforeInBlock(first))
          first = use->getOwner();
      OpBuilder builder(first);
      Value rounded = insertPair(builder, first->getLoc(), value, useTypes[uses.front()]);
      for (OpOperand *use : uses)
        use->set(rounded);
    }
    for (ObserveOp observe : observers) {
      LDBG() << "value '" << getLayerName(observe) << "' is stored as " << storedTypes[observe];
      OpBuilder builder(observe);
      observe.replaceAllUsesWith(
          insertPair(builder, observe.getLoc(), observe.getInput(), storedTypes[observe]));
      observe.erase();
    }
  }

  using UseTypes = llvm::DenseMap<OpOperand *, UniformQuantizedType>;
  /// Uses of values as inputs of functions and operands of products.
  using Operands = llvm::MapVector<Value, SmallVector<OpOperand *>>;

  static void collectOperands(Operation *op, const ElementFunctions &functions,
                              Operands &operands) {
    bool isProduct = isa<tosa::MulOp>(op) && !functions.inputOf(op->getResult(0)) &&
                     !getConstantElements(op->getOperand(0)) &&
                     !getConstantElements(op->getOperand(1));
    for (OpOperand &use : op->getOpOperands())
      if (functions.isInput(use) || (isProduct && use.getOperandNumber() < 2))
        operands[use.get()].push_back(&use);
  }

  /// Tables have 256 entries at most, and products are those of bytes.
  LogicalResult chooseOperandTypes(const Operands &operands, UseTypes &useTypes) {
    constexpr int kBits = 8;
    for (auto &[value, uses] : operands) {
      Operation *user = uses.front()->getOwner();
      UniformQuantizedType type = getSnappedType(value);
      if (!type)
        type = getBroughtType(value);
      if (!type || type.getStorageTypeIntegralWidth() != kBits) {
        std::optional<Histogram> seen = joinObserved(value);
        if (!seen)
          return emitLayerError(user)
                 << "requires its input to be observed: run tally-calibrate first";
        type = getActivationType(&getContext(), *seen, intervals.of(value).low >= 0, kBits,
                                 plan.activationQuantile);
      }
      LDBG() << "'" << getLayerName(user) << "': takes " << type;
      for (OpOperand *use : uses)
        useTypes[use] = type;
    }
    return success();
  }

  /// Levels that are not uniform are chosen by tally-fit-layers.
  LogicalResult quantizeFilter(OpBuilder &builder, Operation *layer) {
    OpOperand &filter = layer->getOpOperand(1);
    bool fitted = isFitted(getPlan(layer).levels);
    if (fitted || filter.get().getDefiningOp<DecodeOp>() || getCodesBehind(filter.get())) {
      LDBG() << "'" << getLayerName(layer) << "': levels of the filter "
             << (fitted ? "are still to be fitted" : "stay as they are");
      return success();
    }
    QuantizedType type = getFilterType(layer);
    if (!type)
      return failure();
    LDBG() << "'" << getLayerName(layer) << "': filter " << type;
    filter.set(insertPair(builder, layer->getLoc(), filter.get(), type));
    return success();
  }

  /// A quantizer without a sign may be meant to cut off what is negative, or be a mistake.
  static void warnOfNegatives(SnapOp snap) {
    PowerOfTwoType type = snap.getLevelType();
    std::optional<Histogram> seen = joinObserved(snap.getInput());
    if (seen && !type.getIsSigned() && seen->min() < -0.5 * type.getScales()[0])
      snap->emitWarning() << "'" << getLayerName(snap) << "' rounds to levels without a sign, but "
                          << "its input goes down to " << seen->min()
                          << ": what is negative becomes 0";
  }

  FailureOr<UniformQuantizedType> getInputType(Operation *layer) {
    if (auto adder = dyn_cast<AdderConv2DOp>(layer)) {
      auto interval = getAssignedInterval(layer);
      if (!interval)
        return adder.emitError() << "has no interval: run tally-assign-scales first";
      if (UniformQuantizedType shared = getSharedStep(adder))
        return shared;
      return getAdderTypes(&getContext(), *interval, getPlan(layer)).input;
    }
    if (auto box = dyn_cast<BoxSumOp>(layer))
      return getResidualType(box);
    if (UniformQuantizedType snapped = getSnappedType(layer->getOperand(0)))
      return snapped;
    if (UniformQuantizedType brought = getBroughtType(layer->getOperand(0));
        brought && fitsLayer(layer, brought))
      return brought;
    std::optional<Histogram> seen = joinObserved(layer->getOperand(0));
    if (!seen)
      return emitLayerError(layer)
             << "requires its input to be observed: run tally-calibrate first";
    int bits = getPlan(layer).activationBits;
    // TOSA convolutions on more than 8 bits have a sign and no zero point.
    if (bits > 8 && isConvolution(layer)) {
      double largest = std::max(std::fabs(seen->min()), std::fabs(seen->max()));
      if (largest <= 1e-6)
        largest = 1; // any step serves what was always 0
      int64_t levels = std::min((int64_t(1) << (bits - 1)) - 1,
                                std::max<int64_t>(1, INT32_MAX / getFilterSum(layer)));
      return getUniformType(&getContext(), {-levels, levels}, largest * 1.25 / double(levels));
    }
    bool nonNegative = intervals.of(layer->getOperand(0)).low >= 0;
    if (bits <= 8 && getPlan(layer).range == RangeRule::Gaussian)
      return getGaussianActivationType(&getContext(), *seen, nonNegative, bits);
    return getActivationType(&getContext(), *seen, nonNegative, bits, plan.activationQuantile);
  }

  static UniformQuantizedType getSharedStep(AdderConv2DOp layer) {
    return getPlan(layer).scale == ScaleRule::Imported ? getBroughtType(layer.getInput())
                                                       : UniformQuantizedType();
  }

  /// TOSA convolutions on more than 8 bits have a sign and no zero point, and sums fit 32 bits.
  bool fitsLayer(Operation *layer, UniformQuantizedType type) {
    if (!isConvolution(layer) || type.getStorageTypeIntegralWidth() == 8)
      return true;
    return type.isSigned() && type.getZeroPoint() == 0 &&
           -getCodeRange(type).min <= INT32_MAX / getFilterSum(layer);
  }

  /// What the magnitudes of one filter's codes add up to, or can where they are still to be
  /// chosen.
  int64_t getFilterSum(Operation *layer) {
    bool depthwise = isa<tosa::DepthwiseConv2DOp>(layer);
    auto shape = cast<RankedTensorType>(layer->getOperand(1).getType());
    LayerPlan plan = getPlan(layer);
    std::vector<int64_t> codes;
    if (auto decode = layer->getOperand(1).getDefiningOp<DecodeOp>()) {
      codes = getLevels(decode);
    } else if (auto brought = getCodesBehind(layer->getOperand(1))) {
      codes = getIntegers(getConstantElements(brought));
    } else if (isFitted(plan.levels)) {
      auto levels = PowerOfTwoLevels::get(getFormat(plan.levels, plan.bits));
      codes.assign(shape.getNumElements(), levels->largest());
    } else if (QuantizedType type = getFilterType(layer)) {
      codes = getCodes(getFloats(getConstantElements(layer->getOperand(1))), shape, type);
    }
    return std::max<int64_t>(1, getLargestFilterSum(codes, shape, depthwise));
  }

  /// The part of the input above the interval, in the layer's step and in as many codes
  /// as what was seen needs, up to 16 bits.
  FailureOr<UniformQuantizedType> getResidualType(BoxSumOp box) {
    auto interval = getAssignedInterval(box);
    auto excess = box.getInput().getDefiningOp<tosa::SubOp>();
    std::optional<Histogram> seen =
        excess ? joinObserved(excess.getInput1()) : std::optional<Histogram>();
    if (!interval || !seen)
      return emitLayerError(box) << "requires an observed input and an interval to be quantized";
    double step = getAdderTypes(&getContext(), *interval, getPlan(box)).input.getScale();
    int64_t levels = int64_t(std::ceil(std::max(seen->max() - interval->high, 0.0) / step));
    return getUniformType(&getContext(), {0, std::clamp<int64_t>(levels, 1, 65535)}, step);
  }

  QuantizedType getFilterType(Operation *layer) {
    if (auto adder = dyn_cast<AdderConv2DOp>(layer))
      if (UniformQuantizedType shared = getSharedStep(adder))
        return shared;
    if (isa<AdderConv2DOp>(layer))
      return getAdderTypes(&getContext(), *getAssignedInterval(layer), getPlan(layer)).filter;
    ElementsAttr elements = getConstantElements(layer->getOperand(1));
    std::vector<float> weights = elements ? getFloats(elements) : std::vector<float>();
    if (weights.empty()) {
      emitLayerError(layer) << "requires a constant filter to be quantized";
      return {};
    }
    for (float w : weights)
      if (!std::isfinite(w)) {
        emitLayerError(layer) << "has a weight that is not finite: " << w;
        return {};
      }
    if (getPlan(layer).levels == LevelRule::Imported)
      if (double step = recognizeStep(weights); step > 0)
        return getUniformType(&getContext(), {-127, 127}, step);
    auto type = cast<RankedTensorType>(layer->getOperand(1).getType());
    bool depthwise = isa<tosa::DepthwiseConv2DOp>(layer);
    if (getPlan(layer).range == RangeRule::Gaussian)
      return getGaussianFilterType(type, weights, depthwise, getPlan(layer).bits);
    return getFilterTypePerChannel(type, weights, depthwise, getPlan(layer).bits);
  }

  /// What everything that reads `value`, through movement, wants it rounded to;
  /// a null type stands for sums and other operations that want it precise.
  void collectWishes(Value value, const UseTypes &useTypes, llvm::SetVector<Type> &wishes,
                     bool &isResult, llvm::DenseSet<Value> &visited, int depth = 32) {
    if (!visited.insert(value).second)
      return;
    for (OpOperand &use : value.getUses()) {
      Operation *user = use.getOwner();
      auto clamp = dyn_cast<tosa::ClampOp>(user);
      bool outlierClamp = clamp && llvm::all_of(clamp->getUsers(), [](Operation *reader) {
                            return isa<AdderConv2DOp>(reader);
                          });
      UniformQuantizedType wish = useTypes.lookup(&use);
      if (auto brought = dyn_cast<QuantizeCastOp>(user))
        wish = dyn_cast<UniformQuantizedType>(getElementTypeOrSelf(brought.getType()));
      if (isa<func::ReturnOp>(user))
        isResult = true;
      else if (wish)
        wishes.insert(wish);
      else if (auto snap = dyn_cast<SnapOp>(user))
        wishes.insert(getUnsnappedType(snap));
      else if ((outlierClamp || isDataMovement(user)) && depth > 0)
        collectWishes(user->getResult(0), useTypes, wishes, isResult, visited, depth - 1);
      else
        wishes.insert(Type());
    }
  }

  UniformQuantizedType getStoredType(ObserveOp observe, const UseTypes &useTypes) {
    if (UniformQuantizedType brought = getBroughtType(observe.getInput()))
      return brought;
    llvm::SetVector<Type> wishes;
    bool isResult = false;
    llvm::DenseSet<Value> visited;
    collectWishes(observe.getOutput(), useTypes, wishes, isResult, visited);
    Histogram seen = concatenated.join(observe);
    if (isResult && wishes.empty())
      return getResultType(&getContext(), seen);
    if (wishes.size() == 1 && wishes[0])
      return cast<UniformQuantizedType>(wishes[0]);
    // What it is joined with, or surrounded by, may be negative.
    bool nonNegative = intervals.of(observe.getInput()).low >= 0 && seen.min() >= 0;
    return getActivationType(&getContext(), seen, nonNegative, plan.trunkBits,
                             plan.activationQuantile);
  }

  NetworkPlan plan;
  /// Of the network as it was.
  IntervalDerivation intervals;
  ConcatenatedHistograms concatenated;
};

} // namespace
