//===- TallyToLinalg.cpp - codes become signless integers -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TallyToLinalgPatterns.h"
#include "tally/IR/BitPacking.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Kernels.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_TALLYTOLINALG
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-to-linalg"

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// Quantized and unsigned integers become signless storage, codes of powers of two packed bytes.
static Type stripElement(Type type) {
  if (isa<quant::QuantizedType>(type))
    return getStorageType(type);
  if (auto integer = dyn_cast<IntegerType>(type); integer && !integer.isSignless())
    return IntegerType::get(type.getContext(), integer.getWidth());
  return type;
}

static Type stripType(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    if (auto powers = dyn_cast<PowerOfTwoType>(tensor.getElementType()))
      return RankedTensorType::get(
          {int64_t(packedBytes(tensor.getNumElements(), powers.getBits()))},
          IntegerType::get(type.getContext(), 8));
    return tensor.clone(stripElement(tensor.getElementType()));
  }
  return stripElement(type);
}

/// The same bytes under the stripped type.
static Attribute stripElements(ElementsAttr elements, Type type) {
  auto stripped = cast<ShapedType>(stripType(type));
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    return DenseElementsAttr::getFromRawBuffer(stripped, dense.getRawData());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    return DenseResourceElementsAttr::get(stripped, resource.getRawHandle());
  return elements;
}

namespace {

struct ConvertGlobal : OpConversionPattern<ml_program::GlobalOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ml_program::GlobalOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.modifyOpInPlace(op, [&] {
      if (auto elements = dyn_cast_or_null<ElementsAttr>(op.getValueAttr()))
        op.setValueAttr(stripElements(elements, op.getType()));
      op.setType(stripType(op.getType()));
    });
    return success();
  }
};

/// Codes and their storage are the same bytes.
struct ConvertStorageCast : OpConversionPattern<quant::StorageCastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(quant::StorageCastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getInput());
    return success();
  }
};

/// An upstream operation that moves codes, or adds and compares signed ones of one type, is the
/// same operation on their storage.
struct ConvertOnStorage : ConversionPattern {
  ConvertOnStorage(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1, context) {}
  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    auto known = dyn_cast<NetworkOpInterface>(op);
    if (!known || !known.actsOnStorage())
      return rewriter.notifyMatchFailure(op, "computes on codes");
    OperationState state(op->getLoc(), op->getName());
    state.addOperands(operands);
    state.addAttributes(op->getAttrs());
    for (Type type : op->getResultTypes())
      state.addTypes(getTypeConverter()->convertType(type));
    Operation *stripped = rewriter.create(state);
    if (auto constant = dyn_cast<tosa::ConstOp>(stripped))
      constant.setValuesAttr(
          cast<ElementsAttr>(stripElements(constant.getValues(), op->getResult(0).getType())));
    rewriter.replaceOp(op, stripped->getResults());
    return success();
  }
};

struct TallyToLinalg : tally::impl::TallyToLinalgBase<TallyToLinalg> {
  using TallyToLinalgBase::TallyToLinalgBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    TallyToLinalgBase::getDependentDialects(registry);
    registerKernels(registry);
  }

  void runOnOperation() override {
    if (failed(checkOnCodes()))
      return signalPassFailure();
    markUnsigned();
    FailureOr<OutlinedFunctions> outlined = chooseArithmetic();
    if (failed(outlined))
      return signalPassFailure();
    if (outline && outlined->withShiftAdds)
      addShiftAddFunctions(getOperation(), *outlined);
    if (outline)
      addProductFunctions(getOperation(), *outlined);
    ParameterIndex parameters(getOperation());
    if (failed(convert(*outlined)))
      signalPassFailure();
  }

  /// Operations of TOSA that would have to compute on codes as if these were numbers.
  LogicalResult checkOnCodes() {
    WalkResult result = getOperation().walk([](Operation *op) {
      auto known = dyn_cast<NetworkOpInterface>(op);
      auto hasCodes = [](Type type) {
        return isa<quant::QuantizedType>(getElementTypeOrSelf(type));
      };
      if (!isa_and_present<tosa::TosaDialect>(op->getDialect()) ||
          (known && known.worksOnCodes()) || llvm::none_of(op->getOperandTypes(), hasCodes))
        return WalkResult::advance();
      op->emitError() << "layer '" << getLayerName(op) << "' cannot be lowered: " << op->getName()
                      << " is not defined on codes";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }

  /// The signs of the codes at the boundary outlive their types.
  void markUnsigned() {
    Attribute unit = UnitAttr::get(&getContext());
    auto isUnsigned = [](Type type) {
      Type element = getElementTypeOrSelf(type);
      return isa<quant::QuantizedType>(element) && hasUnsignedStorage(element);
    };
    getOperation().walk([&](func::FuncOp function) {
      for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
        if (isUnsigned(type))
          function.setArgAttr(index, TallyDialect::kUnsignedAttr, unit);
      for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
        if (isUnsigned(type))
          function.setResultAttr(index, TallyDialect::kUnsignedAttr, unit);
    });
  }

  /// What the options and the module's target ask for.
  FailureOr<OutlinedFunctions> chooseArithmetic() {
    OutlinedFunctions outlined;
    if (outline)
      outlined = addOutlinedFunctions(getOperation());
    outlined.target = getTarget(getOperation());
    outlined.kernels = kernels;
    if (!kernels) // those of no processor
      outlined.target =
          makeTarget(&getContext(), outlined.target.getMulFree(), outlined.target.getCore());
    outlined.withShiftAdds = outlined.target.getMulFree() != MulFree::No;
    if (powers != "auto")
      outlined.powers = llvm::StringSwitch<std::optional<PowerArithmetic>>(powers)
                            .Case("levels", PowerArithmetic::Levels)
                            .Case("shifts", PowerArithmetic::Shifts)
                            .Case("buckets", PowerArithmetic::Buckets)
                            .Default(std::nullopt);
    if (powers != "auto" && !outlined.powers)
      return getOperation().emitError()
             << "requires 'powers' to be auto, levels, shifts or buckets, but got '"
             << powers.getValue() << "'";
    LDBG() << (outline ? "outlined" : "inline")
           << (outlined.withShiftAdds ? ", requantizes by shifts" : "") << ", powers of two by "
           << powers << " for " << outlined.target;
    return outlined;
  }

  LogicalResult convert(const OutlinedFunctions &outlined) {
    TypeConverter converter;
    converter.addConversion([](Type type) { return stripType(type); });

    ConversionTarget target(getContext());
    target.addIllegalDialect<TallyDialect>();
    target.addLegalOp<KernelOp>();
    target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp op) {
      return converter.isSignatureLegal(op.getFunctionType()) && converter.isLegal(&op.getBody());
    });
    target.addDynamicallyLegalOp<ml_program::GlobalOp>([&](ml_program::GlobalOp op) {
      auto elements = dyn_cast_or_null<ElementsAttr>(op.getValueAttr());
      return converter.isLegal(op.getType()) &&
             (!elements || converter.isLegal(elements.getType()));
    });
    target.markUnknownOpDynamicallyLegal([&](Operation *op) { return converter.isLegal(op); });

    RewritePatternSet patterns(&getContext());
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, converter);
    populateReturnOpTypeConversionPattern(patterns, converter);
    patterns.add<ConvertGlobal, ConvertStorageCast, ConvertOnStorage>(converter, &getContext());
    populateTallyLayerPatterns(converter, outlined, patterns);
    populateTallyWindowPatterns(converter, patterns);
    populateTallyDecodePatterns(converter, outlined, patterns);
    populateTallyCodePatterns(converter, patterns);
    populateTallyElementwisePatterns(converter, outlined, patterns);
    populateTallyGradientPatterns(converter, patterns);
    populateTallyLearnedPatterns(converter, patterns);
    return applyFullConversion(getOperation(), target, std::move(patterns));
  }
};

} // namespace
