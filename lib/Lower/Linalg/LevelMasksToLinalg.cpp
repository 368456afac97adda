//===- LevelMasksToLinalg.cpp - which bits of a quantizer are there -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each of the few masks from all logits: tally/Run/HardConcrete.h has the formula.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/Tally.h"
#include "tally/Run/HardConcrete.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tally;

namespace {

Value number(OpBuilder &b, Location at, double value) {
  return arith::ConstantOp::create(b, at, b.getF32FloatAttr(float(value)));
}

Value buildHardConcrete(OpBuilder &b, Location at, Value logit, Value u) {
  Value rest = arith::SubFOp::create(b, at, number(b, at, 1), u);
  Value above = math::LogOp::create(b, at, u), below = math::LogOp::create(b, at, rest);
  Value noise = arith::SubFOp::create(b, at, above, below);
  Value sum = arith::AddFOp::create(b, at, logit, noise);
  Value scaled = arith::MulFOp::create(b, at, sum, number(b, at, -1 / reference::kMaskTemperature));
  Value power = math::ExpOp::create(b, at, scaled);
  Value all = arith::AddFOp::create(b, at, number(b, at, 1), power);
  Value share = arith::DivFOp::create(b, at, number(b, at, 1), all);
  Value stretched =
      arith::MulFOp::create(b, at, share, number(b, at, 1 + 2 * reference::kMaskStretch));
  Value moved = arith::SubFOp::create(b, at, stretched, number(b, at, reference::kMaskStretch));
  Value raised = arith::MaximumFOp::create(b, at, moved, number(b, at, 0));
  return arith::MinimumFOp::create(b, at, raised, number(b, at, 1));
}

Value buildHardMask(OpBuilder &b, Location at, Value logit) {
  Value isThere = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGE, logit, number(b, at, 0));
  return arith::SelectOp::create(b, at, isThere, number(b, at, 1), number(b, at, 0));
}

struct ConvertLevelMasks : OpConversionPattern<LevelMasksOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(LevelMasksOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    int64_t count = type.getDimSize(0);
    bool isNoisy = bool(op.getNoise());
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    for (int64_t k = 0; k < count; ++k)
      for (Value from : adaptor.getOperands()) {
        inputs.push_back(from);
        maps.push_back(getElementMap(rewriter, 1, k));
      }
    rewriter.replaceOp(
        op,
        buildElementwise(
            rewriter, op.getLoc(), type.getShape(), type.getElementType(), inputs, maps,
            [&](OpBuilder &b, Location at, ValueRange v) {
              Value place = linalg::IndexOp::create(b, at, 0), product, result;
              for (int64_t k = 0; k < count; ++k) {
                Value mask = isNoisy ? buildHardConcrete(b, at, v[2 * k], v[2 * k + 1])
                                     : buildHardMask(b, at, v[k]);
                product = product ? arith::MulFOp::create(b, at, product, mask) : mask;
                Value index = arith::ConstantIndexOp::create(b, at, k);
                Value isHere = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, place, index);
                result = result ? arith::SelectOp::create(b, at, isHere, product, result) : product;
              }
              return result;
            }));
    return success();
  }
};

} // namespace

void tally::populateLevelMaskPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertLevelMasks>(converter, patterns.getContext());
}
