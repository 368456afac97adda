//===- ResolveQuantizers.cpp - keep or drop what the network brings -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BroughtQuantizers.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_RESOLVEQUANTIZERS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-resolve-quantizers"

namespace {

struct ResolveQuantizers : tally::impl::ResolveQuantizersBase<ResolveQuantizers> {
  using ResolveQuantizersBase::ResolveQuantizersBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    SmallVector<DequantizeCastOp> casts;
    network->walk([&](DequantizeCastOp cast) { casts.push_back(cast); });
    bool keep = getPlan(getOperation()).keepQuantizers;
    unsigned dropped = 0;
    for (DequantizeCastOp cast : casts) {
      if (getCodesBehind(cast)) {
        resolveConstant(cast);
        continue;
      }
      auto quantize = cast.getInput().getDefiningOp<QuantizeCastOp>();
      if (!quantize)
        continue;
      if (!isa<UniformQuantizedType>(getElementTypeOrSelf(quantize.getType())) &&
          failed(makePerTensor(quantize, cast)))
        return signalPassFailure();
      bool stays = keep || cast->hasAttr(TallyDialect::kRoundsAttr);
      LDBG() << "'" << getLayerName(cast) << "': " << (stays ? "keeps " : "drops the rounding of ")
             << getElementTypeOrSelf(quantize.getType());
      if (!stays) {
        drop(quantize, cast);
        ++dropped;
      }
    }
    if (dropped)
      network->emitWarning() << "drops the rounding of " << dropped
                             << " quantizers that the network brings, and keeps their ends; hint: "
                                "the recipe 'imported' keeps them";
    removeUnusedParameters(getOperation());
  }

  /// Codes stay where the layer's plan says so; elsewhere floats take their place.
  static void resolveConstant(DequantizeCastOp cast) {
    Value floats;
    for (OpOperand &use : llvm::make_early_inc_range(cast->getUses())) {
      Operation *user = use.getOwner();
      if (isConvolution(user) && use.getOperandNumber() == 1 &&
          getPlan(user).levels == LevelRule::Imported)
        continue;
      LDBG() << "'" << getLayerName(user) << "': codes become floats";
      if (!floats) {
        FilterValues filter = getFilterValues(cast);
        if (filter.values.empty())
          return;
        OpBuilder builder(cast);
        bool shared = !cast->hasOneUse();
        std::string name =
            shared ? getParameter(filter.load).getSymName().str() : takeName(filter.load);
        floats =
            makeParameter(builder, cast.getLoc(), name,
                          llvm::cast<RankedTensorType>(cast.getType()).getShape(), filter.values);
      }
      use.set(floats);
    }
    if (cast->use_empty())
      cast.erase();
  }

  /// Scales and zero points of channels go into maps before and after a quantizer with scale 1.
  static LogicalResult makePerTensor(QuantizeCastOp &quantize, DequantizeCastOp &cast) {
    auto type = dyn_cast<UniformQuantizedPerAxisType>(getElementTypeOrSelf(quantize.getType()));
    auto tensor = llvm::cast<RankedTensorType>(cast.getType());
    if (!type || type.getQuantizedDimension() != tensor.getRank() - 1)
      return quantize.emitError()
             << "'" << getLayerName(quantize)
             << "' quantizes activations along a dimension that is not that of channels";
    std::vector<float> into, zeros, outOf, offsets;
    for (auto [scale, zero] : llvm::zip(type.getScales(), type.getZeroPoints())) {
      into.push_back(float(1.0 / scale));
      zeros.push_back(float(zero));
      outOf.push_back(float(scale));
      offsets.push_back(float(-double(zero) * scale));
    }
    OpBuilder builder(quantize);
    Location loc = quantize.getLoc();
    std::string name = getLayerName(quantize).str();
    LDBG() << "'" << name << "': scales of " << into.size() << " channels go into maps around it";
    int64_t channels = into.size();
    auto map = [&](Value value, StringRef label, ArrayRef<float> scale, ArrayRef<float> bias) {
      Value s = makeParameter(builder, loc, (name + label + ".scale").str(), channels, scale);
      Value b = makeParameter(builder, loc, (name + label + ".bias").str(), channels, bias);
      return ChannelAffineOp::create(builder, loc, tensor, value, s, b).getOutput();
    };
    Value scaled = map(quantize.getInput(), ".steps", into, zeros);
    UniformQuantizedType unit = getUniformType(builder.getContext(), getCodeRange(type), 1.0);
    auto newQuantize = QuantizeCastOp::create(builder, loc, tensor.clone(unit), scaled);
    auto newCast = DequantizeCastOp::create(builder, loc, tensor, newQuantize);
    Value reals = map(newCast, ".reals", outOf, offsets);
    reals.getDefiningOp()->setAttr(TallyDialect::kNameAttr, builder.getStringAttr(name));
    cast.replaceAllUsesWith(reals);
    cast.erase();
    quantize.erase();
    quantize = newQuantize;
    cast = newCast;
    return success();
  }

  /// What lies beyond the ends is part of what the network computes: often a ReLU.
  static void drop(QuantizeCastOp quantize, DequantizeCastOp cast) {
    RealInterval ends =
        getEnds(llvm::cast<UniformQuantizedType>(getElementTypeOrSelf(quantize.getType())));
    OpBuilder builder(cast);
    auto clamp = tosa::ClampOp::create(builder, cast.getLoc(), cast.getType(), quantize.getInput(),
                                       builder.getF32FloatAttr(ends.low),
                                       builder.getF32FloatAttr(ends.high));
    if (Attribute name = cast->getAttr(TallyDialect::kNameAttr))
      clamp->setAttr(TallyDialect::kNameAttr, name);
    cast.replaceAllUsesWith(clamp.getOutput());
    cast.erase();
    if (quantize->use_empty())
      quantize.erase();
  }
};

} // namespace
