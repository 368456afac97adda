//===- WordsToEmitC.cpp - words of bytes and what works on them -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WordsToEmitC.h"
#include "BuffersToEmitC.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

static constexpr char kWords[] = {
#include "Words.inc"
};
static constexpr char kWordDifferences[] = {
#include "WordDifferences.inc"
};
static constexpr char kWordMinima[] = {
#include "WordMinima.inc"
};
static constexpr char kWordProducts[] = {
#include "WordProducts.inc"
};

namespace {

constexpr StringRef kPrefix = "tally_";

/// "llvm.arm.sxtb16" of a word shifted by a byte is "llvm.arm.sxtb16.odd" of the word.
struct TakeOddBytes : OpRewritePattern<LLVM::CallIntrinsicOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LLVM::CallIntrinsicOp op,
                                PatternRewriter &rewriter) const override {
    StringRef name = op.getIntrin();
    if ((name != "llvm.arm.sxtb16" && name != "llvm.arm.uxtb16") || op.getArgs().size() != 1)
      return rewriter.notifyMatchFailure(op, "takes no bytes");
    auto shift = op.getArgs()[0].getDefiningOp<arith::ShRUIOp>();
    APInt places;
    if (!shift || !matchPattern(shift.getRhs(), m_ConstantInt(&places)) || places != 8)
      return rewriter.notifyMatchFailure(op, "takes bytes 0 and 2");
    rewriter.modifyOpInPlace(op, [&] {
      op.setIntrin((name + ".odd").str());
      op.getArgsMutable().assign(shift.getLhs());
    });
    return success();
  }
};

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
    Value element =
        tally::getElement(rewriter, loc, op.getBase(), adaptor.getBase(), adaptor.getIndices()[0]);
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

/// "llvm.arm.usada8" is `tally_usada8`, "llvm.smin" `tally_minimum`.
struct ConvertIntrinsic : OpConversionPattern<LLVM::CallIntrinsicOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(LLVM::CallIntrinsicOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    StringRef name = op.getIntrin();
    bool isMinimum = name == "llvm.smin";
    if (!(isMinimum || name.consume_front("llvm.arm.")) || op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "no instruction that is written as C");
    std::string callee = (kPrefix + (isMinimum ? "minimum" : name)).str();
    llvm::replace(callee, '.', '_');
    rewriter.replaceOpWithNewOp<emitc::CallOpaqueOp>(op, op->getResultTypes(), callee,
                                                     adaptor.getArgs());
    return success();
  }
};

} // namespace

void tally::populateWordPreparation(RewritePatternSet &patterns) {
  patterns.add<TakeOddBytes>(patterns.getContext());
}

void tally::populateWordPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertLoad, ConvertToOperand<vector::BitCastOp>,
               ConvertToOperand<vector::ExtractOp>, ConvertIntrinsic>(converter,
                                                                      patterns.getContext());
}

bool tally::isWordFunction(StringRef name) {
  for (ArrayRef<char> text : {ArrayRef<char>(kWords), ArrayRef<char>(kWordDifferences),
                              ArrayRef<char>(kWordMinima), ArrayRef<char>(kWordProducts)})
    if (StringRef(text.data(), text.size()).contains((" " + name + "(").str()))
      return true;
  return false;
}

void tally::addWordFunctions(ModuleOp module, OpBuilder &builder) {
  llvm::StringSet<> called;
  module.walk([&](emitc::CallOpaqueOp call) { called.insert(call.getCallee()); });
  auto add = [&](ArrayRef<char> text) {
    emitc::VerbatimOp::create(builder, module.getLoc(), StringRef(text.data(), text.size()));
  };
  auto isOnBytes = [](StringRef name) {
    return name.starts_with(kPrefix) && name != "tally_minimum";
  };
  if (llvm::any_of(called.keys(), isOnBytes))
    add(kWords);
  if (called.contains("tally_usada8"))
    add(kWordDifferences);
  if (called.contains("tally_minimum"))
    add(kWordMinima);
  if (called.contains("tally_smlad"))
    add(kWordProducts);
}
