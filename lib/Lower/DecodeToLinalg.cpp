//===- DecodeToLinalg.cpp - from and to powers of two ---------------------===//

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
          Value code = extractCode(b, at, packed, linearIndex(b, at, type.getShape()),
                                   powers.getBits());
          Value level = tensor::ExtractOp::create(b, at, table, code);
          linalg::YieldOp::create(b, at, level);
        });
    return success();
  }

  static Value constant(OpBuilder &b, Location loc, int64_t value) {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
  }

  static Value linearIndex(OpBuilder &b, Location loc, ArrayRef<int64_t> shape) {
    Value position;
    for (auto [dim, size] : llvm::enumerate(shape)) {
      Value index = linalg::IndexOp::create(b, loc, dim);
      if (position) {
        Value extent = arith::ConstantIndexOp::create(b, loc, size);
        position = arith::MulIOp::create(b, loc, position, extent);
        position = arith::AddIOp::create(b, loc, position, index);
      } else {
        position = index;
      }
    }
    return arith::IndexCastUIOp::create(b, loc, b.getI32Type(), position);
  }

  /// Bits `index * bits` to `(index + 1) * bits` of the stream, as an index.
  static Value extractCode(OpBuilder &b, Location loc, Value packed, Value index, int bits) {
    // Multiplied without a multiplication: 2 and 4 bits are a shift, 3 and 5 one more.
    Value bit = arith::ShLIOp::create(b, loc, index, constant(b, loc, bits >= 4 ? 2 : 1));
    if (bits % 2 != 0)
      bit = arith::AddIOp::create(b, loc, bit, index);
    Value byte = arith::ShRUIOp::create(b, loc, bit, constant(b, loc, 3));
    Value within = arith::AndIOp::create(b, loc, bit, constant(b, loc, 7));
    auto load = [&](Value at) -> Value {
      at = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), at);
      Value value = tensor::ExtractOp::create(b, loc, packed, at);
      return arith::ExtUIOp::create(b, loc, b.getI32Type(), value);
    };
    Value word = load(byte);
    if (8 % bits != 0) {
      // The code may go on in the next byte, of which the last one has none.
      int64_t last = cast<RankedTensorType>(packed.getType()).getDimSize(0) - 1;
      Value next = arith::AddIOp::create(b, loc, byte, constant(b, loc, 1));
      next = arith::MinUIOp::create(b, loc, next, constant(b, loc, last));
      Value high = arith::ShLIOp::create(b, loc, load(next), constant(b, loc, 8));
      word = arith::OrIOp::create(b, loc, word, high);
    }
    Value shifted = arith::ShRUIOp::create(b, loc, word, within);
    Value code = arith::AndIOp::create(b, loc, shifted, constant(b, loc, (1 << bits) - 1));
    return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), code);
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
