//===- DecodeToLinalg.cpp - from and to powers of two ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Elementwise.h"
#include "Lower/Kernels/UnpackLevels.h"
#include "PackedCodes.h"
#include "Reductions.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tally;

namespace {

struct ConvertDecode : OpConversionPattern<DecodeOp> {
  ConvertDecode(const TypeConverter &converter, MLIRContext *context, bool packs)
      : OpConversionPattern(converter, context), packs(packs) {}
  LogicalResult matchAndRewrite(DecodeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getOutput().getType()));
    if (!op.getInput().getDefiningOp<ml_program::GlobalLoadConstOp>())
      return op.emitError() << "requires a constant: only parameters hold packed codes";
    auto powers = cast<PowerOfTwoType>(getElementTypeOrSelf(op.getInput().getType()));
    if (isa<FloatType>(type.getElementType()))
      rewriter.replaceOp(op, decodeFloats(rewriter, op, adaptor.getInput(), type, powers));
    else if (Value levels = packs ? packAgain(rewriter, op, type, powers) : Value())
      rewriter.replaceOp(op, levels);
    else
      rewriter.replaceOp(
          op, buildLevels(rewriter, op.getLoc(), adaptor.getInput(), type, powers.getLevels()));
    return success();
  }

  /// The filter of a convolution in C as its levels, of which a few filters are unpacked at a time;
  /// null for others.
  static Value packAgain(OpBuilder &builder, DecodeOp op, RankedTensorType type,
                         PowerOfTwoType powers) {
    auto isConvolution = [](Operation *user) { return isa<tosa::Conv2DOp>(user); };
    std::optional<std::vector<uint8_t>> codes;
    if (type.getElementType().isInteger(8) && llvm::all_of(op->getUsers(), isConvolution))
      codes = unpackCodes(getConstantElements(op.getInput()),
                          cast<RankedTensorType>(op.getInput().getType()));
    if (!codes)
      return {};
    PowerOfTwoLevels levels = powers.getLevels();
    for (uint8_t &code : *codes)
      code = uint8_t(levels.byCode()[code]);
    return packLevels(builder, op, op.getInput(), type, *codes);
  }

  bool packs;

  /// Levels times their scales, in double precision as the reference.
  static Value decodeFloats(OpBuilder &builder, DecodeOp op, Value packed, RankedTensorType type,
                            PowerOfTwoType powers) {
    Location loc = op.getLoc();
    Value levels =
        buildLevels(builder, loc, packed, type.clone(builder.getI32Type()), powers.getLevels());
    Type f64 = builder.getF64Type();
    ArrayRef<double> scales = powers.getScales();
    auto scaleType = RankedTensorType::get({int64_t(scales.size())}, f64);
    Value scale =
        arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(scaleType, scales));
    AffineMap byAxis =
        AffineMap::get(type.getRank(), 0,
                       powers.isPerAxis() ? builder.getAffineDimExpr(powers.getAxis())
                                          : builder.getAffineConstantExpr(0),
                       builder.getContext());
    return buildElementwise(builder, loc, type.getShape(), type.getElementType(), {levels, scale},
                            {builder.getMultiDimIdentityMap(type.getRank()), byAxis},
                            [&](OpBuilder &b, Location at, ValueRange args) -> Value {
                              Value level = arith::SIToFPOp::create(b, at, f64, args[0]);
                              Value real = arith::MulFOp::create(b, at, level, args[1]);
                              if (type.getElementType() == f64)
                                return real;
                              return arith::TruncFOp::create(b, at, type.getElementType(), real);
                            });
  }
};

/// The lowest level, plus the distance to the next one for every threshold that is reached.
struct ConvertSnap : OpConversionPattern<SnapOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(SnapOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getOutput().getType()));
    Location loc = op.getLoc();
    PowerOfTwoLevels levels = op.getLevelType().getLevels();
    if (isa<FloatType>(type.getElementType())) {
      rewriter.replaceOp(op, snapFloats(rewriter, op, adaptor.getInput(), type));
      return success();
    }
    SmallVector<int64_t> thresholds = op.getThresholds();
    // The levels that a code can reach: C compilers warn of comparisons that never hold.
    CodeRange codes = getCodeRange(op.getInput());
    size_t lowest = llvm::upper_bound(thresholds, codes.min) - thresholds.begin();
    size_t highest = llvm::upper_bound(thresholds, codes.max) - thresholds.begin();
    Type source = getElementTypeOrSelf(op.getInput().getType()), i32 = rewriter.getI32Type();
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, loc, type.getShape(), type.getElementType(), adaptor.getInput(),
                rewriter.getMultiDimIdentityMap(type.getRank()),
                [&](OpBuilder &b, Location at, ValueRange args) {
                  Value code = extendCode(b, at, args[0], source, i32);
                  auto constant = [&](int64_t value) -> Value {
                    return arith::ConstantOp::create(b, at, b.getI32IntegerAttr(value));
                  };
                  Value level = constant(levels.sorted()[lowest]);
                  for (size_t index = lowest; index < highest; ++index) {
                    Value reached = arith::CmpIOp::create(b, at, arith::CmpIPredicate::sge, code,
                                                          constant(thresholds[index]));
                    level = arith::SelectOp::create(b, at, reached,
                                                    constant(levels.sorted()[index + 1]), level);
                  }
                  if (type.getElementType() != i32)
                    level = arith::TruncIOp::create(b, at, type.getElementType(), level);
                  return level;
                }));
    return success();
  }

  /// As `PowerOfTwoLevels::nearest`, in double precision.
  static Value snapFloats(OpBuilder &builder, SnapOp op, Value input, RankedTensorType type) {
    PowerOfTwoLevels levels = op.getLevelType().getLevels();
    double scale = op.getLevelType().getScales()[0];
    Location loc = op.getLoc();
    Type element = type.getElementType();
    return buildElementwise(
        builder, loc, type.getShape(), element, input,
        builder.getMultiDimIdentityMap(type.getRank()),
        [&](OpBuilder &b, Location at, ValueRange args) {
          auto constant = [&](Type element, double value) -> Value {
            return arith::ConstantOp::create(b, at, b.getFloatAttr(element, value));
          };
          Type f64 = b.getF64Type();
          Value units = arith::ExtFOp::create(b, at, f64, args[0]);
          units = arith::DivFOp::create(b, at, units, constant(f64, scale));
          ArrayRef<int64_t> rising = levels.sorted();
          Value level = constant(element, double(rising[0]) * scale);
          for (size_t i = 1; i < rising.size(); ++i) {
            double middle = 0.5 * double(rising[i - 1] + rising[i]);
            bool rises = levels.tieRises(i, op.getTies());
            Value reached = arith::CmpFOp::create(
                b, at, rises ? arith::CmpFPredicate::OGE : arith::CmpFPredicate::OGT, units,
                constant(f64, middle));
            level = arith::SelectOp::create(b, at, reached,
                                            constant(element, double(rising[i]) * scale), level);
          }
          return level;
        });
  }
};

} // namespace

void tally::populateTallyDecodePatterns(const TypeConverter &converter,
                                        const OutlinedFunctions &outlined,
                                        RewritePatternSet &patterns) {
  patterns.add<ConvertDecode>(converter, patterns.getContext(),
                              outlined.outlined && outlined.kernels);
  patterns.add<ConvertSnap>(converter, patterns.getContext());
}
