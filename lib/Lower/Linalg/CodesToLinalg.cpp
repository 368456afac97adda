//===- CodesToLinalg.cpp - tables and products of codes -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Elementwise.h"
#include "Reductions.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tally;

namespace {

/// `code` less `zero`, in 32 bits.
Value subtractConstant(OpBuilder &b, Location at, Value code, Type element, int64_t zero) {
  Value wide = extendCode(b, at, code, element, b.getI32Type());
  if (zero == 0)
    return wide;
  Value constant = arith::ConstantOp::create(b, at, b.getI32IntegerAttr(zero));
  return arith::SubIOp::create(b, at, wide, constant, arith::IntegerOverflowFlags::nsw);
}

struct ConvertTable : OpConversionPattern<TableOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(TableOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getInput().getType());
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    Value table = adaptor.getTable();
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, op.getLoc(), type.getShape(), type.getElementType(), {adaptor.getInput()},
                {rewriter.getMultiDimIdentityMap(type.getRank())},
                [&](OpBuilder &b, Location at, ValueRange v) -> Value {
                  Value entry = subtractConstant(b, at, v[0], element, getCodeRange(element).min);
                  Value index = arith::IndexCastUIOp::create(b, at, b.getIndexType(), entry);
                  return tensor::ExtractOp::create(b, at, table, index);
                }));
    return success();
  }
};

struct ConvertMultiply : OpConversionPattern<MultiplyOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(MultiplyOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    auto mapOf = [&](Value operand) {
      SmallVector<AffineExpr> indices;
      for (auto [dim, size] : llvm::enumerate(cast<RankedTensorType>(operand.getType()).getShape()))
        indices.push_back(size == 1 ? rewriter.getAffineConstantExpr(0)
                                    : rewriter.getAffineDimExpr(dim));
      return AffineMap::get(type.getRank(), 0, indices, rewriter.getContext());
    };
    rewriter.replaceOp(
        op,
        buildElementwise(rewriter, op.getLoc(), type.getShape(), type.getElementType(),
                         {adaptor.getA(), adaptor.getB()}, {mapOf(op.getA()), mapOf(op.getB())},
                         [&](OpBuilder &b, Location at, ValueRange v) -> Value {
                           auto factor = [&](Value code, Value operand) {
                             Type element = getElementTypeOrSelf(operand.getType());
                             return subtractConstant(b, at, code, element, getZeroPoint(element));
                           };
                           Value first = factor(v[0], op.getA());
                           Value second = factor(v[1], op.getB());
                           Value product = arith::MulIOp::create(b, at, first, second,
                                                                 arith::IntegerOverflowFlags::nsw);
                           if (product.getType() == type.getElementType())
                             return product;
                           return arith::TruncIOp::create(b, at, type.getElementType(), product);
                         }));
    return success();
  }
};

} // namespace

void tally::populateTallyCodePatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertTable, ConvertMultiply>(converter, patterns.getContext());
}
