//===- BuffersToEmitC.cpp - buffers and constants as C --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BuffersToEmitC.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tally;

namespace {

emitc::ArrayType getArrayType(MemRefType type) {
  return emitc::ArrayType::get({type.getNumElements()}, type.getElementType());
}

/// The pointer or array that `buffer` is, indexable.
Value getIndexable(OpBuilder &b, Location loc, Value original, Value converted) {
  if (auto global = original.getDefiningOp<memref::GetGlobalOp>())
    return emitc::GetGlobalOp::create(b, loc, getArrayType(global.getType()), global.getNameAttr());
  return converted;
}

Value subscript(OpBuilder &b, Location loc, Value buffer, Value index) {
  Type element;
  if (auto array = dyn_cast<emitc::ArrayType>(buffer.getType()))
    element = array.getElementType();
  else
    element = cast<emitc::PointerType>(buffer.getType()).getPointee();
  return emitc::SubscriptOp::create(b, loc, emitc::LValueType::get(element), buffer,
                                    ValueRange{index});
}

struct ConvertLoad : OpConversionPattern<memref::LoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::LoadOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value element = getElement(rewriter, op.getLoc(), op.getMemRef(), adaptor.getMemref(),
                               adaptor.getIndices()[0]);
    rewriter.replaceOpWithNewOp<emitc::LoadOp>(op, op.getType(), element);
    return success();
  }
};

struct ConvertStore : OpConversionPattern<memref::StoreOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::StoreOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value element = getElement(rewriter, op.getLoc(), op.getMemRef(), adaptor.getMemref(),
                               adaptor.getIndices()[0]);
    rewriter.replaceOpWithNewOp<emitc::AssignOp>(op, element, adaptor.getValue());
    return success();
  }
};

struct EraseGetGlobal : OpConversionPattern<memref::GetGlobalOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::GetGlobalOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertGlobal : OpConversionPattern<memref::GlobalOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::GlobalOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type =
        RankedTensorType::get({op.getType().getNumElements()}, op.getType().getElementType());
    Attribute value = op.getInitialValueAttr();
    if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(value)) {
      AsmResourceBlob *blob = resource.getRawHandle().getBlob();
      if (!blob)
        return op.emitError() << "has constant elements that cannot be read";
      value = DenseElementsAttr::getFromRawBuffer(type, blob->getData());
    }
    rewriter.replaceOpWithNewOp<emitc::GlobalOp>(
        op, op.getSymName(), getArrayType(op.getType()), value, /*extern_specifier=*/false,
        /*static_specifier=*/true, /*const_specifier=*/true);
    return success();
  }
};

/// A small buffer of one step is an array of the function.
struct ConvertAlloca : OpConversionPattern<memref::AllocaOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::AllocaOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value array = emitc::VariableOp::create(rewriter, loc, getArrayType(op.getType()),
                                            emitc::OpaqueAttr::get(op.getContext(), ""));
    Value zero =
        emitc::LiteralOp::create(rewriter, loc, emitc::SizeTType::get(op.getContext()), "0");
    Value element = subscript(rewriter, loc, array, zero);
    rewriter.replaceOpWithNewOp<emitc::AddressOfOp>(
        op, emitc::PointerType::get(op.getType().getElementType()), element);
    return success();
  }
};

/// A planned buffer is a place in the workspace, which is of bytes.
struct ConvertView : OpConversionPattern<memref::ViewOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::ViewOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    IntegerAttr shift;
    if (!matchPattern(op.getByteShift(), m_Constant(&shift)))
      return rewriter.notifyMatchFailure(op, "not at a constant place");
    Value index = emitc::LiteralOp::create(rewriter, loc, emitc::SizeTType::get(op.getContext()),
                                           std::to_string(shift.getInt()));
    Value byte = subscript(rewriter, loc, adaptor.getSource(), index);
    Value place = emitc::AddressOfOp::create(rewriter, loc,
                                             emitc::PointerType::get(rewriter.getI8Type()), byte);
    Type type = emitc::PointerType::get(op.getType().getElementType());
    if (place.getType() != type)
      place = emitc::CastOp::create(rewriter, loc, type, place);
    rewriter.replaceOp(op, place);
    return success();
  }
};

} // namespace

Value tally::getElement(OpBuilder &b, Location loc, Value original, Value buffer, Value index) {
  return subscript(b, loc, getIndexable(b, loc, original, buffer), index);
}

void tally::populateBufferPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns
      .add<ConvertAlloca, ConvertLoad, ConvertStore, EraseGetGlobal, ConvertGlobal, ConvertView>(
          converter, patterns.getContext());
}
