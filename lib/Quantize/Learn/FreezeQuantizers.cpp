//===- FreezeQuantizers.cpp - learned scales become types -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CollapseMixtures.h"
#include "LearnedParts.h"
#include "Quantize/Codes/FilterCodes.h"
#include "Quantize/FilterLevels.h"
#include "Quantize/Network.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/LevelWidths.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/FilterQuantizers.h"
#include "tally/Run/Interpreter.h"

#include "llvm/Support/DebugLog.h"
#include <cmath>

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_FREEZEQUANTIZERS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-freeze-quantizers"

namespace {

struct FreezeQuantizers : tally::impl::FreezeQuantizersBase<FreezeQuantizers> {
  using FreezeQuantizersBase::FreezeQuantizersBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<std::vector<int64_t>> kept = chooseKeptMasks(getOperation(), /*averageBits=*/0);
    if (failed(kept) || failed(narrowLevels(getOperation(), *kept)) ||
        failed(fixFractions(getOperation())) ||
        failed(collapseMixtures(getOperation(), /*warn=*/false)) ||
        failed(freezeClamps(getOperation())))
      return signalPassFailure();
    SmallVector<LearnedQuantizerOp> quantizers;
    getOperation().walk([&](LearnedQuantizerOp op) { quantizers.push_back(op); });
    for (LearnedQuantizerOp op : quantizers)
      if (failed(freeze(op)))
        return signalPassFailure();
    SmallVector<FilterQuantizerOp> ofFilters;
    getOperation().walk([&](FilterQuantizerOp op) { ofFilters.push_back(op); });
    for (FilterQuantizerOp op : ofFilters)
      if (failed(freeze(op)))
        return signalPassFailure();
    // As `imported` will have them, so that training sees the same arithmetic.
    if (recognize)
      getOperation().walk([](Operation *op) {
        if (isConvolution(op))
          recognizeLevels(op);
      });
    removeUnusedParameters(getOperation());
  }

  /// What clamping takes from sums of adder layers becomes constant again.
  static LogicalResult freezeClamps(ModuleOp module) {
    SmallVector<ChannelAffineOp> affines;
    module.walk([&](ChannelAffineOp affine) {
      if (affine->hasAttr(TallyDialect::kClampConstantAttr) &&
          !getConstantElements(affine.getBias()))
        affines.push_back(affine);
    });
    for (ChannelAffineOp affine : affines) {
      auto negate = affine.getBias().getDefiningOp<tosa::NegateOp>();
      auto excess = negate ? negate.getInput1().getDefiningOp<AdderExcessOp>() : AdderExcessOp();
      if (!excess)
        return affine.emitError() << "requires a constant that tally-learn-quantizers made";
      FailureOr<Tensor> taken = interpretOnConstants(excess);
      if (failed(taken))
        return failure();
      std::vector<float> bias(taken->data<float>(), taken->data<float>() + taken->size());
      for (float &value : bias)
        value = -value;
      std::vector<float> ones(bias.size(), 1.0f);
      OpBuilder builder(affine);
      std::string name = getLayerName(affine).str() + ".clamp";
      auto channels = int64_t(bias.size());
      affine.getScaleMutable().assign(
          makeParameter(builder, affine.getLoc(), name + ".scale", channels, ones));
      affine.getBiasMutable().assign(
          makeParameter(builder, affine.getLoc(), name + ".bias", channels, bias));
      for (Operation *op : {negate.getOperation(), excess.getOperation()})
        if (op->use_empty())
          op->erase();
    }
    return success();
  }

  static LogicalResult freeze(LearnedQuantizerOp op) {
    ElementsAttr elements = getConstantElements(op.getScale());
    std::vector<float> scales = elements ? getFloats(elements) : std::vector<float>();
    if (scales.empty())
      return op.emitError() << "'" << getLayerName(op) << "' requires a constant scale";
    for (float scale : scales)
      if (!(scale > 0) || !std::isfinite(scale))
        return op.emitError() << "'" << getLayerName(op) << "' requires scales above 0, but got "
                              << scale;
    Type type = keepShared(op, op.getTrainedType(scales));
    LDBG() << "'" << getLayerName(op) << "': " << type;
    if (getConstantElements(op.getInput()))
      return freezeFilter(op, type);
    return freezeActivation(op, type);
  }

  /// Scales as the weights say them.
  static LogicalResult freeze(FilterQuantizerOp op) {
    ElementsAttr weights = getConstantElements(op.getInput());
    if (!weights)
      return op.emitError() << "'" << getLayerName(op) << "' requires constant weights";
    std::vector<float> values = getFloats(weights);
    for (float v : values)
      if (!std::isfinite(v))
        return op.emitError() << "'" << getLayerName(op)
                              << "' has a weight that is not finite: " << v;
    std::vector<float> scales = measureScales<float>(op, values).scales;
    return freezeFilter(op, op.getTrainedType(scales));
  }

  /// Filters of adder layers have their inputs' scale, all digits of it: the scale in f32 is how
  /// training knew it.
  static Type keepShared(LearnedQuantizerOp op, Type type) {
    for (Operation *user : op->getUsers())
      if (auto layer = dyn_cast<AdderConv2DOp>(user); layer && layer.getFilter() == op)
        if (auto input = layer.getInput().getDefiningOp<DequantizeCastOp>()) {
          auto shared = dyn_cast<UniformQuantizedType>(getElementTypeOrSelf(input.getInput()));
          auto own = cast<UniformQuantizedType>(type);
          if (shared && float(shared.getScale()) == float(own.getScale()))
            return UniformQuantizedType::get(
                own.getFlags(), own.getStorageType(), own.getExpressedType(), shared.getScale(),
                own.getZeroPoint(), own.getStorageTypeMin(), own.getStorageTypeMax());
        }
    return type;
  }

  static LogicalResult freezeActivation(LearnedQuantizerOp op, Type type) {
    OpBuilder builder(op);
    auto tensor = cast<RankedTensorType>(op.getType());
    Operation *result;
    if (auto powers = dyn_cast<PowerOfTwoType>(type)) {
      result = SnapOp::create(builder, op.getLoc(), tensor, op.getInput(), powers,
                              /*ties_to_even=*/false);
    } else {
      Value codes = QuantizeCastOp::create(builder, op.getLoc(), tensor.clone(type), op.getInput());
      result = DequantizeCastOp::create(builder, op.getLoc(), tensor, codes);
    }
    result->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    result->removeDiscardableAttr(kLearnsClipAttr);
    op.replaceAllUsesWith(result->getResult(0));
    op.erase();
    return success();
  }

  /// Levels as the quantizer itself chooses them.
  static LogicalResult freezeFilter(Operation *op, Type type) {
    FailureOr<Tensor> values = interpretOnConstants(op);
    if (failed(values))
      return failure();
    ArrayRef<float> reals(values->data<float>(), values->size());
    for (float v : reals)
      if (!std::isfinite(v))
        return op->emitError() << "'" << getLayerName(op)
                               << "' has a weight that is not finite: " << v;
    auto load = op->getOperand(0).getDefiningOp<ml_program::GlobalLoadConstOp>();
    if (!load)
      return op->emitError() << "'" << getLayerName(op)
                             << "' requires weights that are a parameter";
    auto shape = cast<RankedTensorType>(op->getResult(0).getType());
    OpBuilder builder(op);
    auto module = op->getParentOfType<ModuleOp>();
    std::string symbol = takeName(load);
    auto codeType = shape.clone(type);
    auto powers = dyn_cast<PowerOfTwoType>(type);
    ElementsAttr codes;
    if (powers)
      codes = packCodes(codeType, encode(reals, shape, powers), symbol);
    else
      codes = makeCodeElements(reals, shape, cast<QuantizedType>(type), symbol);
    Value loaded =
        loadParameter(builder, op->getLoc(), addParameter(module, symbol, codeType, codes));
    Value floats = powers
                       ? DecodeOp::create(builder, op->getLoc(), shape, loaded).getResult()
                       : DequantizeCastOp::create(builder, op->getLoc(), shape, loaded).getResult();
    op->getResult(0).replaceAllUsesWith(floats);
    op->erase();
    return success();
  }

  static std::vector<uint8_t> encode(ArrayRef<float> values, RankedTensorType shape,
                                     PowerOfTwoType type) {
    PowerOfTwoLevels levels = type.getLevels();
    int64_t stride = 1;
    if (type.isPerAxis())
      for (int64_t dim = type.getAxis() + 1; dim < shape.getRank(); ++dim)
        stride *= shape.getDimSize(dim);
    std::vector<uint8_t> codes;
    ArrayRef<double> scales = type.getScales();
    for (auto [index, value] : llvm::enumerate(values))
      codes.push_back(*levels.encode(
          levels.nearest(value / scales[int64_t(index) / stride % int64_t(scales.size())])));
    return codes;
  }
};

} // namespace
