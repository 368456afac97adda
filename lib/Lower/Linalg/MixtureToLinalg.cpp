//===- MixtureToLinalg.cpp - means of quantizers by attention -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Elementwise.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tally;

namespace {

struct ConvertMixture : OpConversionPattern<MixtureOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(MixtureOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    Location loc = op.getLoc();
    Value attention = buildSoftmax(rewriter, loc, adaptor.getLogits());
    int64_t rank = type.getRank(), count = op.getMembers().size();
    SmallVector<Value> inputs(adaptor.getMembers());
    SmallVector<AffineMap> maps(count, rewriter.getMultiDimIdentityMap(rank));
    for (int64_t k = 0; k < count; ++k) {
      inputs.push_back(attention);
      maps.push_back(getElementMap(rewriter, rank, k));
    }
    rewriter.replaceOp(
        op, buildElementwise(rewriter, loc, type.getShape(), type.getElementType(), inputs, maps,
                             [&](OpBuilder &b, Location at, ValueRange v) {
                               Value sum;
                               for (int64_t k = 0; k < count; ++k) {
                                 Value term = arith::MulFOp::create(b, at, v[count + k], v[k]);
                                 sum = sum ? arith::AddFOp::create(b, at, sum, term) : term;
                               }
                               return sum;
                             }));
    return success();
  }

  /// Each of the few elements from all of them.
  static Value buildSoftmax(OpBuilder &builder, Location loc, Value logits) {
    auto type = cast<RankedTensorType>(logits.getType());
    int64_t count = type.getDimSize(0);
    SmallVector<Value> inputs(1 + count, logits);
    SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(1)};
    for (int64_t k = 0; k < count; ++k)
      maps.push_back(getElementMap(builder, 1, k));
    return buildElementwise(builder, loc, type.getShape(), type.getElementType(), inputs, maps,
                            [&](OpBuilder &b, Location at, ValueRange v) -> Value {
                              ValueRange all = v.slice(1, count);
                              Value most = all[0], sum;
                              for (Value logit : all.drop_front())
                                most = arith::MaximumFOp::create(b, at, most, logit);
                              auto power = [&](Value logit) -> Value {
                                return math::ExpOp::create(
                                    b, at, arith::SubFOp::create(b, at, logit, most));
                              };
                              for (Value logit : all) {
                                Value one = power(logit);
                                sum = sum ? arith::AddFOp::create(b, at, sum, one) : one;
                              }
                              return arith::DivFOp::create(b, at, power(v[0]), sum);
                            });
  }
};

} // namespace

void tally::populateMixturePatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertMixture>(converter, patterns.getContext());
}
