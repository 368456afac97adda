//===- ShiftsToEmitC.cpp - shifts without a check of the amount -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ShiftsToEmitC.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/EmitC/IR/EmitC.h"

using namespace mlir;

namespace {

/// `shifted`, in parentheses where it may be written as a sum: C takes `a + b >> 3` for what is
/// meant, but its compilers warn. A plus before it, which changes nothing, brings them.
Value inParentheses(OpBuilder &b, Value original, Value shifted) {
  auto isSum = [](Value value) {
    return isa_and_nonnull<arith::AddIOp, arith::SubIOp, emitc::AddOp, emitc::SubOp>(
        value.getDefiningOp());
  };
  if (!isSum(shifted) && (!original.getType().isIndex() || !isSum(original)))
    return shifted;
  return emitc::UnaryPlusOp::create(b, shifted.getLoc(), shifted.getType(), shifted);
}

/// A left shift of a negative number is undefined in C: it happens without a sign.
struct ConvertShiftLeft : OpConversionPattern<arith::ShLIOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(arith::ShLIOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type type = adaptor.getLhs().getType(), plain = type;
    if (auto integer = dyn_cast<IntegerType>(type))
      plain = rewriter.getIntegerType(integer.getWidth(), /*isSigned=*/false);
    auto cast = [&](Value value, Type to) -> Value {
      if (value.getType() == to)
        return value;
      return emitc::CastOp::create(rewriter, op.getLoc(), to, value);
    };
    Value shifted = emitc::BitwiseLeftShiftOp::create(
        rewriter, op.getLoc(), plain,
        cast(inParentheses(rewriter, op.getLhs(), adaptor.getLhs()), plain), adaptor.getRhs());
    rewriter.replaceOp(op, cast(shifted, type));
    return success();
  }
};

struct ConvertShiftRight : OpConversionPattern<arith::ShRSIOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(arith::ShRSIOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!isa<IntegerType>(adaptor.getLhs().getType()))
      return rewriter.notifyMatchFailure(op, "indices have no sign");
    rewriter.replaceOpWithNewOp<emitc::BitwiseRightShiftOp>(
        op, adaptor.getLhs().getType(), inParentheses(rewriter, op.getLhs(), adaptor.getLhs()),
        adaptor.getRhs());
    return success();
  }
};

struct ConvertShiftRightUnsigned : OpConversionPattern<arith::ShRUIOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(arith::ShRUIOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<IntegerType>(adaptor.getLhs().getType());
    if (!type) { // an index has no sign
      rewriter.replaceOpWithNewOp<emitc::BitwiseRightShiftOp>(
          op, adaptor.getLhs().getType(), inParentheses(rewriter, op.getLhs(), adaptor.getLhs()),
          adaptor.getRhs());
      return success();
    }
    Type plain = rewriter.getIntegerType(type.getWidth(), /*isSigned=*/false);
    Value value = emitc::CastOp::create(rewriter, op.getLoc(), plain, adaptor.getLhs());
    Value shifted =
        emitc::BitwiseRightShiftOp::create(rewriter, op.getLoc(), plain, value, adaptor.getRhs());
    rewriter.replaceOpWithNewOp<emitc::CastOp>(op, type, shifted);
    return success();
  }
};

} // namespace

void tally::populateShiftPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertShiftLeft, ConvertShiftRight, ConvertShiftRightUnsigned>(
      converter, patterns.getContext(), /*benefit=*/2);
}
