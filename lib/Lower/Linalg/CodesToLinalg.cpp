//===- CodesToLinalg.cpp - tables, products, extremes of codes ------------===//
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

/// The map from indices of a result to those of `operand`, which repeats where it has one of a
/// dimension.
AffineMap getBroadcastMap(OpBuilder &builder, Value operand) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(operand.getType()).getShape();
  SmallVector<AffineExpr> indices;
  for (auto [dim, size] : llvm::enumerate(shape))
    indices.push_back(size == 1 ? builder.getAffineConstantExpr(0) : builder.getAffineDimExpr(dim));
  return AffineMap::get(int64_t(shape.size()), 0, indices, builder.getContext());
}

/// Of codes without a sign, which are signless numbers by now: upstream's compare with one.
template <typename OpT, typename CompareT> struct ConvertExtreme : OpConversionPattern<OpT> {
  using OpConversionPattern<OpT>::OpConversionPattern;
  LogicalResult matchAndRewrite(OpT op, typename OpT::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getType());
    if (!isa<quant::QuantizedType>(element) || !hasUnsignedStorage(element))
      return rewriter.notifyMatchFailure(op, "has a sign");
    auto type = cast<RankedTensorType>(this->getTypeConverter()->convertType(op.getType()));
    rewriter.replaceOp(op, buildElementwise(rewriter, op.getLoc(), type.getShape(),
                                            type.getElementType(),
                                            {adaptor.getInput1(), adaptor.getInput2()},
                                            {getBroadcastMap(rewriter, op.getInput1()),
                                             getBroadcastMap(rewriter, op.getInput2())},
                                            [](OpBuilder &b, Location at, ValueRange v) -> Value {
                                              return CompareT::create(b, at, v[0], v[1]);
                                            }));
    return success();
  }
};

struct ConvertMultiply : OpConversionPattern<MultiplyOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(MultiplyOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, op.getLoc(), type.getShape(), type.getElementType(),
                {adaptor.getA(), adaptor.getB()},
                {getBroadcastMap(rewriter, op.getA()), getBroadcastMap(rewriter, op.getB())},
                [&](OpBuilder &b, Location at, ValueRange v) -> Value {
                  auto factor = [&](Value code, Value operand) {
                    Type element = getElementTypeOrSelf(operand.getType());
                    return subtractConstant(b, at, code, element, getZeroPoint(element));
                  };
                  Value first = factor(v[0], op.getA());
                  Value second = factor(v[1], op.getB());
                  Value product =
                      arith::MulIOp::create(b, at, first, second, arith::IntegerOverflowFlags::nsw);
                  if (product.getType() == type.getElementType())
                    return product;
                  return arith::TruncIOp::create(b, at, type.getElementType(), product);
                }));
    return success();
  }
};

} // namespace

void tally::populateTallyCodePatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertTable, ConvertMultiply, ConvertExtreme<tosa::MaximumOp, arith::MaxUIOp>,
               ConvertExtreme<tosa::MinimumOp, arith::MinUIOp>>(converter, patterns.getContext());
}
