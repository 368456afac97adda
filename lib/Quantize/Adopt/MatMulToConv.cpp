//===- MatMulToConv.cpp - a product with a constant as a 1x1 convolution --===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "InlineConstants.h"
#include "Quantize/Network.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Elementwise.h"

#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tally-matmul-to-conv"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_MATMULTOCONV
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

/// What is added behind a product, one value a column, and by which operation.
namespace {
struct Bias {
  tosa::AddOp add;
  Tensor values;
};
} // namespace

/// Looks behind `product` and reshapes of it that keep its columns together.
static std::optional<Bias> findBias(Value product, int64_t columns) {
  while (product.hasOneUse()) {
    Operation *user = *product.user_begin();
    if (!isa<tosa::ReshapeOp, tosa::AddOp>(user))
      return std::nullopt;
    auto type = dyn_cast<RankedTensorType>(user->getResult(0).getType());
    if (!type || type.getRank() == 0 || type.getShape().back() != columns)
      return std::nullopt;
    if (isa<tosa::ReshapeOp>(user)) {
      product = user->getResult(0);
      continue;
    }
    auto add = dyn_cast<tosa::AddOp>(user);
    if (!add || add.getType() != product.getType())
      return std::nullopt;
    Value other = add.getInput1() == product ? add.getInput2() : add.getInput1();
    std::optional<Tensor> values = getInlineFloats(other);
    bool fits = values && (values->size() == 1 ||
                           (values->size() == columns && values->shape().back() == columns));
    if (!fits)
      return std::nullopt;
    Tensor bias(ElementType::F32, {columns});
    for (int64_t column = 0; column < columns; ++column)
      bias.data<float>()[column] = values->data<float>()[values->size() == 1 ? 0 : column];
    return Bias{add, bias};
  }
  return std::nullopt;
}

namespace {
struct MatMulToConv : tally::impl::MatMulToConvBase<MatMulToConv> {
  using MatMulToConvBase::MatMulToConvBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> network = getFloatNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    bool changed = false;
    for (Operation &op : llvm::make_early_inc_range(network->front()))
      if (auto product = dyn_cast<tosa::MatMulOp>(op))
        changed |= convert(turnConstantLeft(product));
    if (changed)
      eraseUnused(*network);
  }

  /// A constant times a value as the transpose of the transposed value times the transposed
  /// constant, which is returned; other products as they are.
  static tosa::MatMulOp turnConstantLeft(tosa::MatMulOp op) {
    std::optional<Tensor> matrix = getInlineFloats(op.getA());
    auto type = dyn_cast<RankedTensorType>(op.getType());
    auto valueType = dyn_cast<RankedTensorType>(op.getB().getType());
    if (!matrix || matrix->dim(0) != 1 || !type || !type.hasStaticShape() || !valueType ||
        !valueType.hasStaticShape() || getInlineFloats(op.getB()))
      return op;
    OpBuilder builder(op);
    Location loc = op.getLoc();
    auto turn = [&](Value value) -> Value {
      auto from = cast<RankedTensorType>(value.getType());
      ArrayRef<int64_t> shape = from.getShape();
      return tosa::TransposeOp::create(builder, loc, from.clone({shape[0], shape[2], shape[1]}),
                                       value, ArrayRef<int32_t>{0, 2, 1});
    };
    Value left = turn(op.getB());
    Value right = makeInlineFloats(builder, loc, reference::transpose(*matrix, {0, 2, 1}));
    auto product = tosa::MatMulOp::create(builder, loc,
                                          type.clone({1, type.getDimSize(2), type.getDimSize(1)}),
                                          left, right, op.getBZp(), op.getAZp());
    product->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    op.replaceAllUsesWith(turn(product));
    op.erase();
    return product;
  }

  /// [1, M, K] x [1, K, P] on an image [outer, M / outer, 1, K], as importers write it: dimension 0
  /// stays the batch.
  static bool convert(tosa::MatMulOp op) {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    auto inputType = dyn_cast<RankedTensorType>(op.getA().getType());
    std::optional<Tensor> matrix = getInlineFloats(op.getB());
    if (!type || !inputType || !type.hasStaticShape() || !inputType.hasStaticShape() || !matrix ||
        matrix->dim(0) != 1)
      return false;
    int64_t rows = type.getDimSize(1), columns = type.getDimSize(2), terms = matrix->dim(1);
    int64_t outer = 1;
    if (auto reshape = op.getA().getDefiningOp<tosa::ReshapeOp>())
      if (auto source = dyn_cast<RankedTensorType>(reshape.getInput1().getType());
          source && source.getRank() != 0 && rows % source.getDimSize(0) == 0)
        outer = source.getDimSize(0);

    OpBuilder builder(op);
    Location loc = op.getLoc();
    Value image = reshapeTo(builder, loc, op.getA(), {outer, rows / outer, 1, terms});
    Value filter = makeInlineFloats(
        builder, loc, reference::transpose(*matrix, {0, 2, 1}).reshaped({columns, 1, 1, terms}));
    std::optional<Bias> bias = findBias(op.getOutput(), columns);
    LDBG() << "a product by [" << terms << ", " << columns << "] at " << loc
           << (bias ? ", with a bias" : ", without a bias");
    Value offset =
        bias ? makeInlineFloats(builder, loc, bias->values) : makeSplat(builder, loc, columns);
    Value zero = makeSplat(builder, loc, 1);
    int64_t pad[] = {0, 0, 0, 0}, one[] = {1, 1};
    auto conv = tosa::Conv2DOp::create(
        builder, loc, type.clone({outer, rows / outer, 1, columns}), image, filter, offset, zero,
        zero, builder.getDenseI64ArrayAttr(pad), builder.getDenseI64ArrayAttr(one),
        builder.getDenseI64ArrayAttr(one), TypeAttr::get(builder.getF32Type()));
    conv->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    if (bias) {
      // What stood between the two is data movement and goes behind both.
      Value input =
          getInlineFloats(bias->add.getInput1()) ? bias->add.getInput2() : bias->add.getInput1();
      bias->add.replaceAllUsesWith(input);
    }
    op.replaceAllUsesWith(reshapeTo(builder, loc, conv, type.getShape()));
    op.erase();
    return true;
  }

  static Value makeSplat(OpBuilder &builder, Location loc, int64_t size) {
    auto type = RankedTensorType::get({size}, builder.getF32Type());
    return tosa::ConstOp::create(builder, loc, type, DenseElementsAttr::get(type, 0.0f));
  }
};
} // namespace
