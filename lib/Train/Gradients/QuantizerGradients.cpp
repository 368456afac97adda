//===- QuantizerGradients.cpp - rounding passes gradients on --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GradientModels.h"
#include "TosaBuilder.h"
#include "Train/QuantizerLevels.h"
#include "tally/IR/FilterQuantizer.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/Run/HardConcrete.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace {

template <typename OpT> struct StraightThrough : GradientRule<StraightThrough<OpT>, OpT> {
  static LogicalResult build(OpT op, Value g, Gradients &gradients) {
    gradients.add(op.getInput(), g);
    return success();
  }
};

/// A quantizer whose type is fixed: to what lies within its codes.
struct FixedQuantizer : GradientRule<FixedQuantizer, DequantizeCastOp> {
  static LogicalResult build(DequantizeCastOp op, Value g, Gradients &gradients) {
    auto quantize = op.getInput().getDefiningOp<QuantizeCastOp>();
    auto type = dyn_cast<UniformQuantizedType>(getElementTypeOrSelf(op.getInput().getType()));
    if (!quantize || !type)
      return op.emitError() << "requires floats that are quantized per tensor and dequantized, to "
                               "have a gradient";
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    CodeRange range = getCodeRange(type);
    double scale = type.getScale(), zero = double(type.getZeroPoint());
    gradients.add(quantize.getInput(),
                  b.mul(g, b.inside(quantize.getInput(), (double(range.min) - zero - 0.5) * scale,
                                    (double(range.max) - zero + 0.5) * scale)));
    return success();
  }
};

/// With steps = input / scale: to the input where steps lie within the levels, or everywhere; to
/// the scale `output / scale - steps` within, or nothing where the clip is learned, and the
/// outermost level beyond.
struct Learned : GradientRule<Learned, LearnedQuantizerOp> {
  static LogicalResult build(LearnedQuantizerOp op, Value g, Gradients &gradients) {
    if (repeatsCodes(op)) {
      gradients.add(op.getInput(), g);
      return success();
    }
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    if (op.getSigma())
      return buildCategorical(b, op, g, gradients);
    Value x = op.getInput(), scale = getBroadcastScale(b, op), inverse = b.reciprocal(scale);
    auto [low, high] = getOuterLevels(op.getLevels());
    Value steps = b.mul(x, inverse), inside = b.inside(steps, low, high);
    gradients.add(x, op.getPassesOutside() ? g : b.mul(g, inside));
    if (gradients.isWanted(op.getScale()) && !op.getSpansInput()) {
      Value rounded = b.mul(op.getOutput(), inverse);
      Value error = b.sub(rounded, b.mul(op->hasAttr(kLearnsClipAttr) ? rounded : steps, inside));
      Value sum = b.sumTo(b.mul(g, error), TosaBuilder::shapeOf(scale));
      gradients.add(op.getScale(), b.reshape(sum, TosaBuilder::shapeOf(op.getScale())));
    }
    return success();
  }

  static LogicalResult buildCategorical(TosaBuilder &b, LearnedQuantizerOp op, Value g,
                                        Gradients &gradients) {
    auto slope = [&](CategoricalOperand of, int64_t mask = 0) -> Value {
      Value along = CategoricalSlopeOp::create(
          gradients.getBuilder(), op.getLoc(), of, op.getInput(), op.getScale(), op.getSigma(),
          op.getMasks(), op.getLevels(), op.getLiteral(), op.getEndpoints(), mask);
      return b.mul(g, along);
    };
    gradients.add(op.getInput(), slope(CategoricalOperand::Input));
    auto shape = TosaBuilder::shapeOf(getBroadcastScale(b, op));
    for (auto [operand, of] : {std::pair(op.getScale(), CategoricalOperand::Scale),
                               std::pair(op.getSigma(), CategoricalOperand::Sigma)})
      if (gradients.isWanted(operand)) {
        Value sum = b.sumTo(slope(of), shape);
        gradients.add(operand, b.reshape(sum, TosaBuilder::shapeOf(operand)));
      }
    if (op.getMasks() && gradients.isWanted(op.getMasks())) {
      int64_t rank = TosaBuilder::typeOf(g).getRank();
      SmallVector<Value> sums;
      for (int64_t k = 0, e = TosaBuilder::shapeOf(op.getMasks())[0]; k < e; ++k) {
        Value sum = b.sumTo(slope(CategoricalOperand::Masks, k), SmallVector<int64_t>(rank, 1));
        sums.push_back(b.reshape(sum, {1}));
      }
      gradients.add(op.getMasks(), b.concat(sums));
    }
    return success();
  }
};

/// To each z where it is between its ends, with m[k] = z[0] * .. * z[k]: the gradient to z[j] is
/// m[j - 1] * h[j], with h[j] = g[j] + z[j + 1] * h[j + 1].
struct LevelMasks : GradientRule<LevelMasks, LevelMasksOp> {
  static LogicalResult build(LevelMasksOp op, Value g, Gradients &gradients) {
    if (!op.getNoise())
      return op.emitError() << "requires noise to have a gradient; see tally-draw-masks";
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    constexpr double kSlope = (1 + 2 * reference::kMaskStretch) / reference::kMaskTemperature;
    Value u = op.getNoise(), rest = b.add(b.negate(u), 1);
    Value above = b.log(u), noise = b.sub(above, b.log(rest));
    Value power = b.exp(b.mul(b.add(op.getLogits(), noise), -1 / reference::kMaskTemperature));
    Value share = b.reciprocal(b.add(power, 1));
    Value stretched =
        b.add(b.mul(share, 1 + 2 * reference::kMaskStretch), -reference::kMaskStretch);
    Value slope = b.mul(b.mul(b.sub(share, b.square(share)), b.inside(stretched, 0, 1)), kSlope);
    Value capped = b.negate(b.maximum(b.negate(b.maximum(stretched, 0)), -1));
    int64_t count = TosaBuilder::shapeOf(g)[0];
    auto at = [&](Value vector, int64_t k) { return b.slice(vector, {k}, {1}); };
    SmallVector<Value> parts(count);
    parts[count - 1] = at(g, count - 1);
    for (int64_t k = count - 1; k-- > 0;)
      parts[k] = b.add(at(g, k), b.mul(at(capped, k + 1), parts[k + 1]));
    for (int64_t k = 1; k < count; ++k)
      parts[k] = b.mul(at(op.getOutput(), k - 1), parts[k]);
    gradients.add(op.getLogits(), b.mul(b.concat(parts), slope));
    return success();
  }
};

/// To each member by its attention a; to the logits `a * (s - sum of a * s)` for s, what the
/// gradient is worth along each member.
struct Mixture : GradientRule<Mixture, MixtureOp> {
  static LogicalResult build(MixtureOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Value attention = b.softmax(op.getLogits());
    int64_t count = op.getMembers().size();
    SmallVector<int64_t> single(TosaBuilder::typeOf(g).getRank(), 1);
    Value worth;
    for (auto [k, member] : llvm::enumerate(op.getMembers())) {
      Value share = b.slice(attention, {int64_t(k)}, {1});
      gradients.add(member, b.mul(g, b.reshape(share, single)));
      Value along = b.reshape(b.sumTo(b.mul(g, member), single), {1});
      std::vector<float> place(count, 0.0f);
      place[k] = 1;
      Value there = b.mul(b.constant({count}, place), along);
      worth = worth ? b.add(worth, there) : there;
    }
    if (gradients.isWanted(op.getLogits()))
      gradients.add(op.getLogits(), b.alongSoftmax(attention, worth));
    return success();
  }
};

struct Excess : GradientRule<Excess, AdderExcessOp> {
  static LogicalResult build(AdderExcessOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Value w = op.getFilter();
    Value clamped = tosa::ClampOp::create(gradients.getBuilder(), op.getLoc(), w.getType(), w,
                                          op.getLowAttr(), op.getHighAttr());
    Value each = b.reshape(g, {TosaBuilder::shapeOf(g)[0], 1, 1, 1});
    gradients.add(w, b.mul(b.sub(w, clamped), each));
    return success();
  }
};

} // namespace

void tally::attachQuantizerGradients(MLIRContext *context) {
  RoundOp::attachInterface<StraightThrough<RoundOp>>(*context);
  SnapOp::attachInterface<StraightThrough<SnapOp>>(*context);
  FilterQuantizerOp::attachInterface<StraightThrough<FilterQuantizerOp>>(*context);
  LearnedQuantizerOp::attachInterface<Learned>(*context);
  LevelMasksOp::attachInterface<LevelMasks>(*context);
  MixtureOp::attachInterface<Mixture>(*context);
  DequantizeCastOp::attachInterface<FixedQuantizer>(*context);
  AdderExcessOp::attachInterface<Excess>(*context);
}
