//===- LearnQuantizers.cpp - scales become parameters ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The post-training passes have chosen all types. What training learns of them are scales of
// activations and of filters of convolutions; those of adder layers, whose operands share one
// step, stay as they are, and so do those that must be powers of two, and quantizers that hardly
// round.
//
//===----------------------------------------------------------------------===//

#include "FilterStart.h"
#include "LearnedParts.h"
#include "MixtureMembers.h"
#include "Quantize/FilterLevels.h"
#include "Quantize/FilterRules.h"
#include "Quantize/Network.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Passes.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"
#include <cmath>
#include <numeric>

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
      if (failed(checkMembers(layer)) ||
          failed(isa<AdderConv2DOp>(layer) ? keepAdderScale(cast<AdderConv2DOp>(layer))
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

  static LogicalResult learnFilter(Operation *layer) {
    Value filter = getFloatFilter(layer);
    if (!filter)
      return emitLayerError(layer) << "requires a float filter to be trained";
    Operation *pair = layer->getOperand(1).getDefiningOp();
    LayerPlan plan = getPlan(layer);
    std::string name = getParameter(filter).getSymName().str();
    OpBuilder builder(layer);
    FailureOr<Value> own = learnLevels(builder, layer, filter, {plan.levels, plan.bits}, name);
    if (failed(own))
      return failure();
    SmallVector<Value> members = {*own};
    SmallVector<int> bits = {plan.bits};
    if (plan.quantizer == QuantizerRule::Dqa)
      for (const QuantizerMember &member : listFilterMembers(plan)) {
        std::string label = name + "." + getLabel(member);
        FailureOr<Value> other = learnLevels(builder, layer, filter, member, label);
        if (failed(other))
          return failure();
        members.push_back(*other);
        bits.push_back(member.bits);
      }
    layer->setOperand(1, mix(builder, layer->getLoc(), members, bits, name, plan));
    if (isa<DequantizeCastOp>(pair))
      eraseUnused(cast<DequantizeCastOp>(pair));
    return success();
  }

  /// `filter` on the levels of `member`, whose scales are learned as `NAME.step`.
  static FailureOr<Value> learnLevels(OpBuilder &builder, Operation *layer, Value filter,
                                      QuantizerMember member, const std::string &name) {
    LayerPlan plan = getPlan(layer);
    StepRule steps = member.steps.value_or(plan.steps);
    if (saysItsScale(member.levels) ||
        (steps == StepRule::Sawb && member.levels == LevelRule::Uniform)) {
      if (plan.quantizer == QuantizerRule::Cpq || plan.quantizer == QuantizerRule::Hgq)
        return emitLayerError(layer) << "requires a 'quantizer' 'lsq' or 'dqa' where scales follow "
                                        "from the weights ('bwn', 'twn', 'sawb')";
      return quantizeByRule(builder, layer, filter, member.levels, member.bits);
    }
    FilterStart start = FilterStart::choose(layer, filter, member);
    Location loc = layer->getLoc();
    if (plan.quantizer == QuantizerRule::Hgq) {
      if (isa<PowerOfTwoType>(start.levels))
        return emitLayerError(layer) << "requires 'levels' 'uniform' for 'quantizer' 'hgq'";
      return learnFractions(builder, loc, filter, start.levels,
                            plan.granularity == Granularity::Weight, name);
    }
    bool isFit = isFitted(member.levels);
    Value scale;
    if (isFit && plan.powerOfTwoScales) // no other ones are near
      scale = makeConstant(builder, loc, start.scales);
    else
      scale =
          makeParameter(builder, loc, name + ".step", int64_t(start.scales.size()), start.scales);
    bool byExponent = member.levels == LevelRule::PowerOfTwo && plan.rounding == RoundingRule::Log;
    bool categorical = plan.quantizer == QuantizerRule::Cpq;
    bool spans = steps == StepRule::MinMax;
    if (categorical && (isa<PowerOfTwoType>(start.levels) || plan.bits > kMostCategoricalBits))
      return emitLayerError(layer)
             << "requires equal steps and at most " << kMostCategoricalBits
             << " bits for 'quantizer' 'cpq', but got " << plan.bits
             << (isa<PowerOfTwoType>(start.levels) ? " bits of powers of two" : " bits");
    if (spans && (categorical || (isFit && plan.powerOfTwoScales)))
      return emitLayerError(layer) << "requires a 'quantizer' 'lsq' or 'dqa' and no "
                                      "'power_of_two_scales' for 'steps' 'minmax'";
    if (plan.dropBits != DropRule::None && plan.bits < kLeastDroppedBits)
      return emitLayerError(layer) << "requires 'bits' of " << kLeastDroppedBits
                                   << " or more for 'drop_bits', but got " << plan.bits;
    Value sigma, masks;
    if (categorical) {
      sigma = makeSigma(builder, loc, name, start.scales);
      masks = makeMasks(builder, loc, name, plan);
    }
    LDBG() << "'" << getLayerName(layer) << "': learns " << start.scales.size() << " scales of "
           << start.levels;
    // Of powers of two the gradient passes everywhere, as their authors have it.
    return LearnedQuantizerOp::create(builder, loc, filter, scale, sigma, masks, start.levels,
                                      /*passes_outside=*/isa<PowerOfTwoType>(start.levels),
                                      byExponent,
                                      plan.gradient == CategoricalGradient::Literal && categorical,
                                      spans, masks && plan.dropBits == DropRule::Endpoints)
        .getResult();
  }

  /// "uniform8", "pot4".
  static std::string getLabel(const QuantizerMember &member) {
    StringRef kind = member.levels == LevelRule::PowerOfTwo           ? "pot"
                     : member.levels == LevelRule::AdditivePowerOfTwo ? "apot"
                     : member.steps == StepRule::MinMax               ? "minmax"
                     : member.clip                                    ? "pact"
                                                                      : "uniform";
    return kind.str() + std::to_string(member.bits);
  }

  /// The mean of `members`, which have so many bits, by attention that is learned as
  /// `NAME.attention`; it starts in favour of few bits, as published, with deviation 1.
  static Value mix(OpBuilder &builder, Location loc, ArrayRef<Value> members, ArrayRef<int> bits,
                   const std::string &name, const LayerPlan &plan) {
    if (members.size() == 1)
      return members.front();
    double all = std::accumulate(bits.begin(), bits.end(), 0.0), mean = 0, square = 0;
    std::vector<double> logits;
    for (int own : bits)
      mean += logits.emplace_back((all - own) / all) / double(bits.size());
    for (double logit : logits)
      square += (logit - mean) * (logit - mean) / double(bits.size());
    std::vector<float> start;
    for (double logit : logits)
      start.push_back(float(square > 0 ? logit / std::sqrt(square) : logit));
    Value attention =
        makeParameter(builder, loc, name + ".attention", int64_t(start.size()), start);
    return MixtureOp::create(builder, loc, members.front().getType(), members, attention,
                             plan.deploy == DeployRule::Winner);
  }

  /// Convolutions that read `value`, which has codes of `type`, as such.
  static void collectReaders(Value value, Type type, llvm::SetVector<Operation *> &readers) {
    for (Operation *user : value.getUsers()) {
      if (isConvolution(user) && user->getOperand(0) == value)
        readers.insert(user);
      else if (auto quantize = dyn_cast<QuantizeCastOp>(user)) {
        if (getElementTypeOrSelf(quantize.getType()) == type)
          collectReaders(quantize, type, readers);
      } else if (isa<DequantizeCastOp>(user) || keepsCodes(user))
        collectReaders(user->getResult(0), type, readers);
    }
  }

  static bool learnsInputsAs(const LayerPlan &one, const LayerPlan &other) {
    auto said = [](const LayerPlan &plan) {
      return std::tie(plan.activationQuantizer, plan.gradient, plan.members, plan.deploy);
    };
    bool areSingle = one.activationQuantizer == other.activationQuantizer &&
                     one.activationQuantizer == QuantizerRule::Lsq;
    return one.activationSteps == other.activationSteps && (areSingle || said(one) == said(other));
  }

  /// The plan of the convolutions that read `pair`; a warning where they want different ones.
  static std::optional<LayerPlan> findReader(DequantizeCastOp pair) {
    llvm::SetVector<Operation *> readers;
    collectReaders(pair, getElementTypeOrSelf(pair.getInput().getType()), readers);
    if (readers.empty())
      return {};
    SmallVector<Operation *> inOrder(readers.begin(), readers.end());
    llvm::sort(inOrder, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    LayerPlan plan = getPlan(inOrder.front());
    for (Operation *other : inOrder)
      if (!learnsInputsAs(getPlan(other), plan)) {
        other->emitWarning() << "'" << getLayerName(other) << "' reads what '"
                             << getLayerName(inOrder.front())
                             << "' reads, with one quantizer for both: 'activation_quantizer' of "
                                "the latter is taken";
        break;
      }
    return plan;
  }

  /// Whether `before` starts as a quantizer of `type`.
  static bool isSame(LearnedQuantizerOp before, UniformQuantizedType type) {
    ElementsAttr start = before ? getConstantElements(before.getScale()) : ElementsAttr();
    return start && before.getLevels() == withUnitScale(type) &&
           getFloats(start) == std::vector<float>{float(type.getScale())};
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
    Operation *source = quantize.getInput().getDefiningOp();
    if (auto mixture = dyn_cast_or_null<MixtureOp>(source))
      source = mixture.getMembers().front().getDefiningOp();
    if (isSame(dyn_cast_or_null<LearnedQuantizerOp>(source), type)) {
      pair.replaceAllUsesWith(quantize.getInput());
      eraseUnused(pair);
      return;
    }
    if (LearnedQuantizerOp before = findLearned(quantize.getInput()); isSame(before, type)) {
      // Behind what moves codes: layers want a quantizer in front of them.
      OpBuilder builder(pair);
      auto again = LearnedQuantizerOp::create(builder, pair.getLoc(), quantize.getInput(),
                                              before.getScale(), /*sigma=*/Value(),
                                              /*masks=*/Value(), before.getLevels(),
                                              /*passes_outside=*/true, false, false, false, false);
      again->setDiscardableAttrs(pair->getDiscardableAttrDictionary());
      pair.replaceAllUsesWith(again.getOutput());
      eraseUnused(pair);
      return;
    }
    OpBuilder builder(pair);
    std::optional<LayerPlan> reader = findReader(pair);
    // Pairs that passes made have no name of their own.
    Operation *named = pair->hasAttr(TallyDialect::kNameAttr) || !source ? pair : source;
    std::string name = getLayerName(named).str();
    Value real = quantize.getInput();
    ClipRule clip = reader ? reader->activationSteps : ClipRule::Step;
    Value own = learnCodes(builder, pair, real, type, type.getScale(), name, reader, clip);
    SmallVector<Value> members = {own};
    SmallVector<int> bits = {getBits(type)};
    if (reader && reader->activationQuantizer == QuantizerRule::Dqa)
      for (const QuantizerMember &member : getMembers(reader->members, getBits(type)))
        if (mixesWith(member, *reader, getBits(type))) {
          auto [wider, scale] = withBits(type, member.bits);
          members.push_back(learnCodes(builder, pair, real, wider, scale,
                                       name + "." + getLabel(member), reader,
                                       member.clip.value_or(clip)));
          bits.push_back(member.bits);
        }
    Value learned = mix(builder, pair.getLoc(), members, bits, name, reader.value_or(LayerPlan()));
    learned.getDefiningOp()->setDiscardableAttrs(pair->getDiscardableAttrDictionary());
    pair.replaceAllUsesWith(learned);
    eraseUnused(pair);
    ++count;
  }

  /// `value` on the codes of `type`, with a scale that is learned as `NAME.step` from `start` on.
  static Value learnCodes(OpBuilder &builder, DequantizeCastOp pair, Value value,
                          UniformQuantizedType type, double start, const std::string &name,
                          const std::optional<LayerPlan> &reader, ClipRule clip) {
    Location loc = pair.getInput().getLoc();
    Value scale = makeParameter(builder, loc, name + ".step", int64_t(1), {float(start)});
    bool categorical =
        reader && reader->activationQuantizer == QuantizerRule::Cpq &&
        type.getStorageTypeMax() - type.getStorageTypeMin() < (1 << kMostCategoricalBits);
    Value sigma;
    if (categorical)
      sigma = makeSigma(builder, loc, name, {float(start)});
    bool literal = categorical && reader->gradient == CategoricalGradient::Literal;
    auto learned = LearnedQuantizerOp::create(builder, loc, value, scale, sigma,
                                              /*masks=*/Value(), withUnitScale(type), false, false,
                                              literal, false, false);
    learned->setDiscardableAttrs(pair->getDiscardableAttrDictionary());
    if (clip == ClipRule::Clip && !categorical)
      learned->setDiscardableAttr(kLearnsClipAttr, builder.getUnitAttr());
    return learned;
  }

  /// Of the codes of `type`.
  static int getBits(UniformQuantizedType type) {
    return int(llvm::Log2_64_Ceil(type.getStorageTypeMax() - type.getStorageTypeMin() + 1));
  }

  /// `type` with codes of so many bits, over about the same range, and their scale.
  static std::pair<UniformQuantizedType, double> withBits(UniformQuantizedType type, int bits) {
    int64_t low = type.getStorageTypeMin(), high = type.getStorageTypeMax();
    bool isNarrow = low == -high;
    int64_t half = int64_t(1) << (bits - 1);
    int64_t least = low == 0 ? 0 : isNarrow ? 1 - half : -half;
    int64_t most = low == 0 ? 2 * half - 1 : half - 1;
    double factor = double(most - least) / double(high - low);
    int64_t zero = least + int64_t(std::llround(double(type.getZeroPoint() - low) * factor));
    return {UniformQuantizedType::get(type.getFlags(), type.getStorageType(),
                                      type.getExpressedType(), 1.0, zero, least, most),
            type.getScale() / factor};
  }
};

} // namespace
