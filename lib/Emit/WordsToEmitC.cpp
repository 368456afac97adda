//===- WordsToEmitC.cpp - words of bytes and what works on them -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WordsToEmitC.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

static constexpr char kWords[] = {
#include "Words.inc"
};
static constexpr char kWordProducts[] = {
#include "WordProducts.inc"
};

namespace {

constexpr StringRef kPrefix = "tally_";

/// `vector.load` of four bytes, which only reads them as a word.
struct ConvertLoad : OpConversionPattern<vector::LoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(vector::LoadOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    VectorType type = op.getVectorType();
    if (type != VectorType::get({4}, rewriter.getI8Type()) || adaptor.getIndices().size() != 1)
      return rewriter.notifyMatchFailure(op, "not four bytes");
    Location loc = op.getLoc();
    Type byte = rewriter.getI8Type();
    Value buffer = adaptor.getBase();
    if (auto global = op.getBase().getDefiningOp<memref::GetGlobalOp>())
      buffer = emitc::GetGlobalOp::create(
          rewriter, loc, emitc::ArrayType::get({global.getType().getNumElements()}, byte),
          global.getNameAttr());
    Value element = emitc::SubscriptOp::create(rewriter, loc, emitc::LValueType::get(byte), buffer,
                                               adaptor.getIndices());
    Value at = emitc::AddressOfOp::create(rewriter, loc, emitc::PointerType::get(byte), element);
    std::string name =
        (kPrefix + "load_" + (op.getAlignment().value_or(1) >= 4 ? "aligned_" : "") + "word").str();
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(op, rewriter.getI32Type(), name,
                                                     ValueRange{at});
    return success();
  }
};

/// What reads them so is the word itself.
template <typename Op> struct ConvertToOperand : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value word = adaptor.getOperands()[0];
    if (!word.getType().isInteger(32))
      return rewriter.notifyMatchFailure(op, "not a word");
    rewriter.replaceOp(op, word);
    return success();
  }
};

/// "llvm.arm.usada8" is `tally_usada8`; of bytes 1 and 3, "llvm.arm.sxtb16" is `tally_sxtb16_odd`.
struct ConvertIntrinsic : OpConversionPattern<LLVM::CallIntrinsicOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(LLVM::CallIntrinsicOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    StringRef name = op.getIntrin();
    if (!name.consume_front("llvm.arm.") || op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "no instruction that is written as C");
    SmallVector<Value> arguments(adaptor.getArgs());
    std::string callee = (kPrefix + name).str();
    auto shift = op.getArgs()[0].getDefiningOp<arith::ShRUIOp>();
    APInt places;
    if (name.ends_with("xtb16") && shift && matchPattern(shift.getRhs(), m_ConstantInt(&places)) &&
        places == 8) {
      callee += "_odd";
      arguments = {rewriter.getRemappedValue(shift.getLhs())};
    }
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(op, op->getResultTypes(), callee, arguments);
    return success();
  }
};

} // namespace

void tally::populateWordPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertLoad, ConvertToOperand<vector::BitCastOp>,
               ConvertToOperand<vector::ExtractOp>, ConvertIntrinsic>(converter,
                                                                      patterns.getContext());
}

void tally::addWordFunctions(ModuleOp module, OpBuilder &builder) {
  bool words = false, products = false;
  module.walk([&](emitc::CallOpaqueOp call) {
    words |= call.getCallee().starts_with(kPrefix);
    products |= call.getCallee() == "tally_smlad";
  });
  if (words)
    emitc::VerbatimOp::create(builder, module.getLoc(), StringRef(kWords, sizeof(kWords)));
  if (products)
    emitc::VerbatimOp::create(builder, module.getLoc(),
                              StringRef(kWordProducts, sizeof(kWordProducts)));
}
