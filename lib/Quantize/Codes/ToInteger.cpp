//===- ToInteger.cpp - real factors become multipliers and shifts ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantize/Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Math/FixedPoint.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_TOINTEGER
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-to-integer"

namespace {
struct ToInteger : tally::impl::ToIntegerBase<ToInteger> {
  using ToIntegerBase::ToIntegerBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    bool ok = true;
    getOperation().walk([&](ChannelAffineOp op) { ok &= succeeded(convert(op)); });
    if (!ok)
      return signalPassFailure();
    removeUnusedParameters(getOperation());
    getOperation()->setAttr(TallyDialect::kStageAttr,
                            StageAttr::get(&getContext(), Stage::Integer));
  }

  /// Scale and zero point of channel `c`.
  static std::pair<double, int64_t> getStep(QuantizedType type, size_t c) {
    if (auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type))
      return {perAxis.getScales()[c], perAxis.getZeroPoints()[c]};
    auto perTensor = cast<UniformQuantizedType>(type);
    return {perTensor.getScale(), perTensor.getZeroPoint()};
  }

  static LogicalResult convert(ChannelAffineOp op) {
    QuantizedType from = getQuantizedElement(op.getInput().getType());
    auto to = dyn_cast_or_null<UniformQuantizedType>(getQuantizedElement(op.getOutput().getType()));
    auto perAxis = dyn_cast_or_null<UniformQuantizedPerAxisType>(from);
    if (!to || !isa_and_nonnull<UniformQuantizedType, UniformQuantizedPerAxisType>(from))
      return op.emitError() << "requires quantized operands: run tally-to-quantized first";
    ElementsAttr scaleAttr = getConstantElements(op.getScale());
    ElementsAttr biasAttr = getConstantElements(op.getBias());
    std::vector<float> scale = scaleAttr ? getFloats(scaleAttr) : std::vector<float>();
    std::vector<float> bias = biasAttr ? getFloats(biasAttr) : std::vector<float>();
    if (scale.empty() || bias.empty())
      return op.emitError() << "requires constant parameters";
    if (perAxis && perAxis.getQuantizedDimension() !=
                       cast<RankedTensorType>(op.getInput().getType()).getRank() - 1)
      return op.emitError() << "requires scales along the last dimension";

    auto shape = cast<RankedTensorType>(op.getScale().getType()).getShape();
    int64_t channels = shape.back();
    if (perAxis && channels != int64_t(perAxis.getScales().size()))
      return op.emitError() << "requires factors for each channel, which have scales of their own";

    CodeRange range = getCodeRange(op.getInput());
    SmallVector<int32_t> multipliers;
    SmallVector<int64_t> offsets;
    SmallVector<int8_t> shifts;
    for (size_t c = 0; c < scale.size(); ++c) {
      auto [step, zero] = getStep(from, int64_t(c) % channels);
      double factor = step * double(scale[c]) / to.getScale();
      double constant =
          double(bias[c]) / to.getScale() + double(to.getZeroPoint()) - factor * double(zero);
      auto point = toFixedPoint(factor, constant, range);
      if (!point)
        return op.emitError() << "'" << getLayerName(op) << "', "
                              << (shape.size() == 1 ? "channel " : "element ") << c << ": factor "
                              << factor << " and constant " << constant
                              << " have no 32-bit multiplier";
      LDBG(2) << "channel " << c << ": factor " << llvm::format("%g", factor) << " is "
              << point->multiplier << " / 2^" << int(point->shift) << ", constant "
              << llvm::format("%g", constant) << " is " << point->offset;
      multipliers.push_back(point->multiplier);
      offsets.push_back(point->offset);
      shifts.push_back(point->shift);
    }
    SmallVector<int64_t> sizes(shape);
    if (llvm::all_equal(multipliers) && llvm::all_equal(offsets) && llvm::all_equal(shifts)) {
      sizes = {1};
      multipliers.resize(1);
      offsets.resize(1);
      shifts.resize(1);
    }
    LDBG() << "'" << getLayerName(op) << "': " << from << " to " << to << " by "
           << multipliers.size() << " multipliers";
    OpBuilder builder(op);
    auto dense = [&](const auto &values, Type element) {
      auto type = RankedTensorType::get(sizes, element);
      return DenseElementsAttr::get(type, ArrayRef(values));
    };
    auto requantize = RequantizeOp::create(
        builder, op.getLoc(), op.getOutput().getType(), op.getInput(),
        dense(multipliers, builder.getI32Type()), dense(offsets, builder.getI64Type()),
        dense(shifts, builder.getI8Type()), RoundingAttr::get(op.getContext(), Rounding::HalfUp));
    requantize->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    op.replaceAllUsesWith(requantize.getOutput());
    op.erase();
    return success();
  }
};
} // namespace
