//===- LearnQuantizers.cpp - scales become parameters ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The post-training passes have chosen all types. What training learns of them are scales of
// activations and of filters of convolutions; those of adder layers, whose operands share one
// step, stay as they are, and so do those that must be powers of two, and quantizers that hardly
// round.
//
//===----------------------------------------------------------------------===//

#include "Quantize/FilterLevels.h"
#include "Quantize/Network.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Math/LevelGrid.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Categorical.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_LEARNQUANTIZERS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-learn-quantizers"

namespace {

/// Wider codes hardly round.
constexpr unsigned kMostBits = 8;

/// Probabilities are computed level by level.
constexpr int kMostCategoricalBits = 4;

/// `type` with every scale 1.
Type withUnitScale(Type type) {
  if (auto uniform = dyn_cast<UniformQuantizedType>(type))
    return UniformQuantizedType::get(uniform.getFlags(), uniform.getStorageType(),
                                     uniform.getExpressedType(), 1.0, uniform.getZeroPoint(),
                                     uniform.getStorageTypeMin(), uniform.getStorageTypeMax());
  if (auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type)) {
    SmallVector<double> ones(perAxis.getScales().size(), 1.0);
    return UniformQuantizedPerAxisType::get(
        perAxis.getFlags(), perAxis.getStorageType(), perAxis.getExpressedType(), ones,
        perAxis.getZeroPoints(), perAxis.getQuantizedDimension(), perAxis.getStorageTypeMin(),
        perAxis.getStorageTypeMax());
  }
  auto powers = cast<PowerOfTwoType>(type);
  SmallVector<double> ones(powers.getScales().size(), 1.0);
  return PowerOfTwoType::get(type.getContext(), powers.getBits(), powers.getIsSigned(),
                             powers.getAdditive(), powers.getHasZero(),
                             DenseF64ArrayAttr::get(type.getContext(), ones), powers.getAxis());
}

/// The levels of a filter and where its scales start.
struct FilterStart {
  Type levels;
  std::vector<float> scales;
};

struct LearnQuantizers : tally::impl::LearnQuantizersBase<LearnQuantizers> {
  using LearnQuantizersBase::LearnQuantizersBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    SmallVector<Operation *> layers;
    network->walk([&](Operation *op) {
      if (isa<AdderConv2DOp>(op) || isConvolution(op))
        layers.push_back(op);
    });
    for (Operation *layer : layers)
      if (failed(isa<AdderConv2DOp>(layer) ? keepScale(cast<AdderConv2DOp>(layer))
                                           : learnFilter(layer)))
        return signalPassFailure();
    SmallVector<DequantizeCastOp> pairs;
    network->walk([&](DequantizeCastOp cast) { pairs.push_back(cast); });
    unsigned count = 0;
    for (DequantizeCastOp pair : pairs)
      learnActivation(pair, count);
    LDBG() << count << " scales of activations are learned";
    // Nothing is fitted to the float network any more: the loss says what is right.
    if (auto reference = getOperation().lookupSymbol<func::FuncOp>(kReferenceName))
      if (reference.isPrivate())
        reference.erase();
    removeUnusedParameters(getOperation());
  }

  /// The loaded float filter of `layer`, behind a quantizer that it may have; null where it is
  /// none.
  static Value getFloatFilter(Operation *layer) {
    Value filter = layer->getOperand(1);
    if (auto dequantize = filter.getDefiningOp<DequantizeCastOp>())
      if (auto quantize = dequantize.getInput().getDefiningOp<QuantizeCastOp>())
        filter = quantize.getInput();
    ElementsAttr elements = getConstantElements(filter);
    return elements && isa<Float32Type>(elements.getElementType()) ? filter : Value();
  }

  static Value makeConstant(OpBuilder &builder, Location loc, ArrayRef<float> numbers) {
    auto type = RankedTensorType::get(int64_t(numbers.size()), builder.getF32Type());
    return tosa::ConstOp::create(builder, loc, type, DenseElementsAttr::get(type, numbers));
  }

  /// An adder layer's filter is rounded in the layer's step, which does not change; gradients pass
  /// where it is clamped, so that weights may come back.
  static LogicalResult keepScale(AdderConv2DOp layer) {
    Value filter = getFloatFilter(layer);
    auto pair = layer.getFilter().getDefiningOp<DequantizeCastOp>();
    if (!filter || !pair)
      return emitLayerError(layer) << "requires a float filter to be trained";
    auto type = cast<UniformQuantizedType>(getElementTypeOrSelf(pair.getInput().getType()));
    if (Value whole = followClamp(layer, filter, type))
      filter = whole;
    OpBuilder builder(layer);
    Value scale = makeConstant(builder, layer.getLoc(), {float(type.getScale())});
    Value quantized =
        LearnedQuantizerOp::create(builder, layer.getLoc(), filter, scale, /*sigma=*/Value(),
                                   withUnitScale(type), /*passes_outside=*/true, false, false);
    layer.getFilterMutable().assign(quantized);
    eraseUnused(pair);
    return success();
  }

  /// The constant that `tally-clamp-weights` put behind `layer`; null where it clamped nothing.
  static ChannelAffineOp getClampConstant(AdderConv2DOp layer) {
    for (Value value = layer.getOutput(); value.hasOneUse();) {
      Operation *user = *value.user_begin();
      if (auto affine = dyn_cast<ChannelAffineOp>(user))
        return affine->hasAttr(TallyDialect::kClampConstantAttr) ? affine : ChannelAffineOp();
      if (!isa<QuantizeCastOp, DequantizeCastOp>(user))
        break;
      value = user->getResult(0);
    }
    return {};
  }

  /// The filter as it was before it was clamped, for the layer's quantizer to clamp; what that
  /// takes from the sums is computed from it again and again. Null where nothing was clamped.
  static Value followClamp(AdderConv2DOp layer, Value filter, UniformQuantizedType type) {
    ChannelAffineOp affine = getClampConstant(layer);
    auto reference = layer->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>(kReferenceName);
    if (!affine || !reference)
      return {};
    ml_program::GlobalOp whole;
    reference.walk([&](AdderConv2DOp other) {
      if (getLayerName(other) == getLayerName(layer))
        whole = getParameter(other.getFilter());
    });
    if (!whole || whole.getType() != filter.getType())
      return {};
    OpBuilder builder(layer);
    Location loc = layer.getLoc();
    Value loaded = loadParameter(builder, loc, whole);
    CodeRange range = getCodeRange(type);
    auto bound = [&](int64_t code) {
      return builder.getF32FloatAttr(float(double(code - type.getZeroPoint()) * type.getScale()));
    };
    auto channels = cast<RankedTensorType>(affine.getBias().getType());
    Value excess =
        AdderExcessOp::create(builder, loc, channels, loaded, bound(range.min), bound(range.max));
    auto number = RankedTensorType::get({1}, builder.getF32Type());
    Value zero = tosa::ConstOp::create(builder, loc, number, DenseElementsAttr::get(number, 0.0f));
    Value ones =
        tosa::ConstOp::create(builder, loc, channels, DenseElementsAttr::get(channels, 1.0f));
    affine.getScaleMutable().assign(ones);
    affine.getBiasMutable().assign(
        tosa::NegateOp::create(builder, loc, channels, excess, zero, zero));
    return loaded;
  }

  static LogicalResult learnFilter(Operation *layer) {
    Value filter = getFloatFilter(layer);
    if (!filter)
      return emitLayerError(layer) << "requires a float filter to be trained";
    Operation *pair = layer->getOperand(1).getDefiningOp();
    FilterStart start = chooseStart(layer, filter);
    OpBuilder builder(layer);
    LayerPlan plan = getPlan(layer);
    Location loc = layer->getLoc();
    Value scale;
    if (isFitted(plan.levels) && plan.powerOfTwoScales) // no other ones are near
      scale = makeConstant(builder, loc, start.scales);
    else
      scale = makeParameter(builder, loc, getParameter(filter).getSymName().str() + ".step",
                            int64_t(start.scales.size()), start.scales);
    bool byExponent = plan.levels == LevelRule::PowerOfTwo && plan.rounding == RoundingRule::Log;
    bool categorical = plan.quantizer == QuantizerRule::Cpq;
    if (categorical && (isa<PowerOfTwoType>(start.levels) || plan.bits > kMostCategoricalBits))
      return emitLayerError(layer)
             << "requires equal steps and at most " << kMostCategoricalBits
             << " bits for 'quantizer' 'cpq', but got " << plan.bits << " bits of " << start.levels;
    Value sigma;
    if (categorical)
      sigma = makeSigma(builder, loc, getParameter(filter).getSymName(), start.scales);
    LDBG() << "'" << getLayerName(layer) << "': learns " << start.scales.size() << " scales of "
           << start.levels;
    // Of powers of two the gradient passes everywhere, as their authors have it.
    Value quantized =
        LearnedQuantizerOp::create(builder, loc, filter, scale, sigma, start.levels,
                                   /*passes_outside=*/isa<PowerOfTwoType>(start.levels), byExponent,
                                   plan.gradient == CategoricalGradient::Literal && categorical);
    layer->setOperand(1, quantized);
    if (isa<DequantizeCastOp>(pair))
      eraseUnused(cast<DequantizeCastOp>(pair));
    return success();
  }

  /// Scales with the least sum of the errors' fourth powers.
  static FilterStart chooseStart(Operation *layer, Value filter) {
    MLIRContext *context = layer->getContext();
    LayerPlan plan = getPlan(layer);
    auto type = cast<RankedTensorType>(filter.getType());
    std::vector<float> weights = getFloats(getConstantElements(filter));
    bool depthwise = isa<tosa::DepthwiseConv2DOp>(layer), isFit = isFitted(plan.levels);
    int32_t axis = depthwise ? 2 : 0;
    int64_t channels = type.getDimSize(axis);
    int64_t inner = depthwise ? type.getDimSize(3) : int64_t(weights.size()) / channels;
    bool shared = isFit && plan.sharedScale;
    std::vector<std::vector<float>> parts(shared ? 1 : channels);
    for (size_t i = 0; i < weights.size(); ++i)
      parts[shared ? 0 : int64_t(i) / inner % channels].push_back(weights[i]);

    FilterStart start;
    SmallVector<double> ones(parts.size(), 1.0);
    std::vector<double> grid;
    if (isFit) {
      bool additive = plan.levels == LevelRule::AdditivePowerOfTwo;
      auto powers = PowerOfTwoType::get(context, plan.bits, true, additive, true,
                                        DenseF64ArrayAttr::get(context, ones), shared ? -1 : axis);
      const PowerOfTwoLevels levels = powers.getLevels();
      grid.assign(levels.sorted().begin(), levels.sorted().end());
      start.levels = powers;
    } else {
      int64_t levels = (int64_t(1) << (plan.bits - 1)) - 1;
      for (int64_t level = -levels; level <= levels; ++level)
        grid.push_back(double(level));
      start.levels = getPerAxisType(context, {-levels, levels}, ones, axis);
    }
    for (const std::vector<float> &part : parts)
      start.scales.push_back(float(
          searchScale(part, {}, LevelGrid(grid), isFit && plan.powerOfTwoScales, ErrorRule::Fourth)
              .scale));
    return start;
  }

  static Value makeSigma(OpBuilder &builder, Location loc, StringRef name,
                         std::vector<float> scales) {
    for (float &scale : scales)
      scale *= float(reference::kFirstSigma);
    return makeParameter(builder, loc, name.str() + ".sigma", int64_t(scales.size()), scales);
  }

  /// The plan of a convolution that reads `pair`, through other quantizers of the same codes.
  static std::optional<LayerPlan> findReader(DequantizeCastOp pair) {
    for (Operation *user : pair->getUsers()) {
      if (isConvolution(user) && user->getOperand(0) == pair.getResult())
        return getPlan(user);
      auto quantize = dyn_cast<QuantizeCastOp>(user);
      if (!quantize || quantize.getType() != pair.getInput().getType())
        continue;
      for (Operation *next : quantize->getUsers())
        if (auto dequantize = dyn_cast<DequantizeCastOp>(next))
          if (std::optional<LayerPlan> plan = findReader(dequantize))
            return plan;
    }
    return {};
  }

  static void learnActivation(DequantizeCastOp pair, unsigned &count) {
    auto quantize = pair.getInput().getDefiningOp<QuantizeCastOp>();
    auto type = dyn_cast<UniformQuantizedType>(getElementTypeOrSelf(pair.getInput().getType()));
    if (!quantize || !type || type.getStorageTypeIntegralWidth() > kMostBits)
      return;
    // The image has its range, an adder layer's operands their step.
    bool ofAdder = llvm::any_of(pair->getUsers(), llvm::IsaPred<AdderConv2DOp>);
    if (isa<BlockArgument>(quantize.getInput()) || ofAdder)
      return;
    // Codes become the same codes; with a scale of its own, gradients of the outermost would stop.
    auto before = quantize.getInput().getDefiningOp<LearnedQuantizerOp>();
    ElementsAttr start = before ? getConstantElements(before.getScale()) : ElementsAttr();
    if (start && before.getLevels() == withUnitScale(type) &&
        getFloats(start) == std::vector<float>{float(type.getScale())}) {
      pair.replaceAllUsesWith(before.getOutput());
      eraseUnused(pair);
      return;
    }
    OpBuilder builder(pair);
    std::string name = (getLayerName(pair) + ".step").str();
    Value scale = makeParameter(builder, pair.getLoc(), name, int64_t(1), {float(type.getScale())});
    std::optional<LayerPlan> reader = findReader(pair);
    bool categorical =
        reader && reader->activationQuantizer == QuantizerRule::Cpq &&
        type.getStorageTypeMax() - type.getStorageTypeMin() < (1 << kMostCategoricalBits);
    Value sigma;
    if (categorical)
      sigma = makeSigma(builder, pair.getLoc(), getLayerName(pair), {float(type.getScale())});
    bool literal = categorical && reader->gradient == CategoricalGradient::Literal;
    auto learned =
        LearnedQuantizerOp::create(builder, quantize.getLoc(), quantize.getInput(), scale, sigma,
                                   withUnitScale(type), false, false, literal);
    learned->setDiscardableAttrs(pair->getDiscardableAttrDictionary());
    pair.replaceAllUsesWith(learned.getOutput());
    eraseUnused(pair);
    ++count;
  }

  static void eraseUnused(DequantizeCastOp pair) {
    Operation *quantize = pair.getInput().getDefiningOp();
    if (!pair->use_empty())
      return;
    pair.erase();
    if (quantize->use_empty())
      quantize->erase();
  }
};

} // namespace
