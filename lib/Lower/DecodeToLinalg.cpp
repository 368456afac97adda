//===- DecodeToLinalg.cpp - from and to powers of two ---------------------===//

#include "PackedCodes.h"
#include "Reductions.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tally;

namespace {

/// The levels of all codes as a constant table of the result's elements.
Value makeTable(OpBuilder &b, Location loc, ArrayRef<int64_t> levels, Type element) {
  auto type = RankedTensorType::get({int64_t(levels.size())}, element);
  SmallVector<Attribute> values;
  for (int64_t level : levels)
    values.push_back(b.getIntegerAttr(element, level));
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, values));
}

/// `table[code]`, the code cut out of the stream of bits.
struct ConvertDecode : OpConversionPattern<DecodeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(DecodeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getOutput().getType()));
    if (isa<FloatType>(type.getElementType()))
      return op.emitError() << "cannot be lowered with a float result: run tally-to-quantized first";
    if (!op.getInput().getDefiningOp<ml_program::GlobalLoadConstOp>())
      return op.emitError() << "requires a constant: only parameters hold packed codes";
    Location loc = op.getLoc();
    auto powers = cast<PowerOfTwoType>(getElementTypeOrSelf(op.getInput().getType()));
    Value table = makeTable(rewriter, loc, powers.getLevels().byCode(), type.getElementType());
    Value packed = adaptor.getInput();
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(), type.getElementType());
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(
        op, type, ValueRange{}, ValueRange{empty},
        ArrayRef{rewriter.getMultiDimIdentityMap(type.getRank())},
        SmallVector<utils::IteratorType>(type.getRank(), utils::IteratorType::parallel),
        [&](OpBuilder &b, Location at, ValueRange) {
          Value code = buildCode(b, at, packed, type.getShape(), powers.getBits());
          code = arith::IndexCastUIOp::create(b, at, b.getIndexType(), code);
          Value level = tensor::ExtractOp::create(b, at, table, code);
          linalg::YieldOp::create(b, at, level);
        });
    return success();
  }
};

/// The lowest level, plus the distance to the next one for every threshold that is reached.
struct ConvertSnap : OpConversionPattern<SnapOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(SnapOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getOutput().getType()));
    if (isa<FloatType>(type.getElementType()))
      return op.emitError() << "cannot be lowered on floats: run it on the reference, or quantize";
    Location loc = op.getLoc();
    PowerOfTwoLevels levels = op.getLevelType().getLevels();
    SmallVector<int64_t> thresholds = op.getThresholds();
    Type source = getElementTypeOrSelf(op.getInput().getType()), i32 = rewriter.getI32Type();
    AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(), type.getElementType());
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(
        op, type, ValueRange{adaptor.getInput()}, ValueRange{empty}, ArrayRef{identity, identity},
        SmallVector<utils::IteratorType>(type.getRank(), utils::IteratorType::parallel),
        [&](OpBuilder &b, Location at, ValueRange args) {
          Value code = extendCode(b, at, args[0], source, i32);
          auto constant = [&](int64_t value) -> Value {
            return arith::ConstantOp::create(b, at, b.getI32IntegerAttr(value));
          };
          Value level = constant(levels.sorted()[0]);
          for (auto [index, threshold] : llvm::enumerate(thresholds)) {
            Value reached = arith::CmpIOp::create(b, at, arith::CmpIPredicate::sge, code,
                                                  constant(threshold));
            level = arith::SelectOp::create(b, at, reached, constant(levels.sorted()[index + 1]),
                                            level);
          }
          if (type.getElementType() != i32)
            level = arith::TruncIOp::create(b, at, type.getElementType(), level);
          linalg::YieldOp::create(b, at, level);
        });
    return success();
  }
};

} // namespace

void tally::populateTallyDecodePatterns(const TypeConverter &converter,
                                        RewritePatternSet &patterns) {
  patterns.add<ConvertDecode, ConvertSnap>(converter, patterns.getContext());
}
