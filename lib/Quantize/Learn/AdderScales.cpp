//===- AdderScales.cpp - filters of adder layers in training --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LearnedParts.h"
#include "Quantize/Network.h"
#include "tally/IR/QuantizedTypes.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally {

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

LogicalResult keepAdderScale(AdderConv2DOp layer) {
  Value filter = getFloatFilter(layer);
  auto pair = layer.getFilter().getDefiningOp<DequantizeCastOp>();
  if (!filter || !pair)
    return emitLayerError(layer) << "requires a float filter to be trained";
  auto type = cast<UniformQuantizedType>(getElementTypeOrSelf(pair.getInput().getType()));
  if (Value whole = followClamp(layer, filter, type))
    filter = whole;
  OpBuilder builder(layer);
  Value scale = makeConstant(builder, layer.getLoc(), {float(type.getScale())});
  Value quantized = LearnedQuantizerOp::create(
      builder, layer.getLoc(), filter, scale, /*sigma=*/Value(), /*masks=*/Value(),
      withUnitScale(type), /*passes_outside=*/true, false, false,
      /*spans_input=*/false);
  layer.getFilterMutable().assign(quantized);
  eraseUnused(pair);
  return success();
}

} // namespace tally
