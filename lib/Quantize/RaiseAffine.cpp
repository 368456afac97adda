//===- RaiseAffine.cpp - channel constants become channel_affine ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_RAISEAFFINE
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-raise-affine"

/// The constant as one value a channel of `type`, or empty where it varies otherwise.
static std::vector<float> getChannelConstant(Value value, RankedTensorType type) {
  ElementsAttr elements = getConstantElements(value);
  if (!elements || type.getRank() == 0)
    return {};
  std::vector<float> values = getFloats(elements);
  size_t channels = type.getShape().back();
  if (values.size() == 1)
    return std::vector<float>(channels, values[0]);
  auto shape = cast<RankedTensorType>(value.getType()).getShape();
  if (values.size() == channels && !shape.empty() && shape.back() == int64_t(channels))
    return values;
  return {};
}

static bool isZero(ArrayRef<float> values) {
  return llvm::all_of(values, [](float v) { return v == 0; });
}

namespace {
struct RaiseAffine : tally::impl::RaiseAffineBase<RaiseAffine> {
  using RaiseAffineBase::RaiseAffineBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    SmallVector<Operation *> candidates;
    getOperation().walk([&](Operation *op) {
      if (isConvolution(op) || isa<tosa::MulOp, tosa::AddOp, tosa::SubOp, tosa::NegateOp>(op))
        candidates.push_back(op);
    });
    for (Operation *op : candidates)
      if (isConvolution(op))
        raiseBias(op);
      else if (isa<tosa::NegateOp>(op))
        raiseNegation(op);
      else
        raiseElementwise(op);
  }

  static void raiseBias(Operation *conv) {
    auto type = cast<RankedTensorType>(conv->getResult(0).getType());
    if (!type.getElementType().isF32())
      return;
    std::vector<float> bias = getChannelConstant(conv->getOperand(2), type);
    if (bias.empty() || isZero(bias))
      return;
    LDBG() << "'" << getLayerName(conv) << "': bias of " << bias.size() << " channels";
    OpBuilder builder(conv);
    auto zeroType = RankedTensorType::get({1}, builder.getF32Type());
    conv->setOperand(2, tosa::ConstOp::create(builder, conv->getLoc(), zeroType,
                                              DenseElementsAttr::get(zeroType, 0.0f)));
    insertAffine(conv->getResult(0), getLayerName(conv).str() + ".affine",
                 std::vector<float>(bias.size(), 1.0f), bias);
  }

  static void raiseElementwise(Operation *op) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (!type.getElementType().isF32())
      return;
    for (unsigned index : {0u, 1u}) {
      Value input = op->getOperand(1 - index);
      std::vector<float> values = getChannelConstant(op->getOperand(index), type);
      if (values.empty() || input.getType() != type || getConstantElements(input))
        continue;
      LDBG() << "'" << getLayerName(op) << "': " << op->getName() << " of " << values.size()
             << " channel constants";
      std::vector<float> scale(values.size(), 1.0f), bias(values.size(), 0.0f);
      if (isa<tosa::MulOp>(op))
        scale = values;
      else if (isa<tosa::AddOp>(op))
        bias = values;
      else
        for (size_t c = 0; c < values.size(); ++c) {
          scale[c] = index == 1 ? 1.0f : -1.0f;
          bias[c] = index == 1 ? -values[c] : values[c];
        }
      replace(op, input, scale, bias);
      return;
    }
  }

  static void raiseNegation(Operation *op) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (!type.getElementType().isF32() || type.getRank() == 0)
      return;
    int64_t channels = type.getShape().back();
    replace(op, op->getOperand(0), std::vector<float>(channels, -1.0f),
            std::vector<float>(channels, 0.0f));
  }

  static void replace(Operation *op, Value input, ArrayRef<float> scale, ArrayRef<float> bias) {
    OpBuilder builder(op);
    std::string name = getLayerName(op).str();
    if (!op->hasAttr(TallyDialect::kNameAttr))
      name = "affine";
    int64_t channels = scale.size();
    Value s = makeParameter(builder, op->getLoc(), name + ".scale", channels, scale);
    Value b = makeParameter(builder, op->getLoc(), name + ".bias", channels, bias);
    auto affine = ChannelAffineOp::create(builder, op->getLoc(), input.getType(), input, s, b);
    affine->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    op->replaceAllUsesWith(affine);
    op->erase();
  }
};
} // namespace
