//===- ReductionsToPools.cpp - sums and maxima along one axis -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_REDUCTIONSTOPOOLS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-reductions-to-pools"

namespace {

/// TOSA's limit on the kernel of a pool.
constexpr int64_t kMaxPoolKernel = 8192;

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

Value reshape(OpBuilder &builder, Operation *op, Value value, ArrayRef<int64_t> shape) {
  if (typeOf(value).getShape() == shape)
    return value;
  auto sizes = DenseIntElementsAttr::get(
      RankedTensorType::get({int64_t(shape.size())}, builder.getIndexType()), shape);
  Value target = tosa::ConstShapeOp::create(
      builder, op->getLoc(), tosa::shapeType::get(builder.getContext(), shape.size()), sizes);
  auto result =
      tosa::ReshapeOp::create(builder, op->getLoc(), typeOf(value).clone(shape), value, target);
  result->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  return result;
}

int64_t product(ArrayRef<int64_t> sizes) { return ShapedType::getNumElements(sizes); }

/// The one factor of a product with a constant, or of a map without constants.
std::optional<float> getFactor(Operation *op) {
  Value factor;
  if (auto affine = dyn_cast<ChannelAffineOp>(op)) {
    std::vector<float> bias = getFloats(getConstantElements(affine.getBias()));
    if (bias.empty() || !llvm::all_of(bias, [](float b) { return b == 0; }))
      return std::nullopt;
    factor = affine.getScale();
  } else if (auto index = getConstantFactor(op)) {
    factor = op->getOperand(*index);
  } else {
    return std::nullopt;
  }
  return getNumber(factor);
}

/// Follows the dimensions of a value back to those that they come from.
struct TrackedDims {
  Value value;
  SmallVector<int64_t> dims;
  float factor = 1;

  /// Through one operation; false where that is not possible.
  bool stepBack() {
    Operation *op = value.getDefiningOp();
    if (!op || !value.hasOneUse())
      return false;
    if (auto own = getFactor(op)) {
      factor *= *own;
      value = op->getOperand(getConstantFactor(op) == 0u);
      return true;
    }
    if (auto transpose = dyn_cast<tosa::TransposeOp>(op)) {
      for (int64_t &dim : dims)
        dim = transpose.getPerms()[dim];
    } else if (!isa<tosa::ReshapeOp>(op) ||
               !throughReshape(typeOf(op->getOperand(0)), typeOf(value))) {
      return false;
    }
    value = op->getOperand(0);
    return true;
  }

private:
  /// Where only dimensions of size 1 come or go.
  bool throughReshape(RankedTensorType from, RankedTensorType to) {
    auto list = [](RankedTensorType type) {
      SmallVector<int64_t> kept;
      for (auto [dim, size] : llvm::enumerate(type.getShape()))
        if (size != 1 || dim == 0)
          kept.push_back(int64_t(dim));
      return kept;
    };
    SmallVector<int64_t> source = list(from), target = list(to);
    if (source.size() != target.size())
      return false;
    for (auto [a, b] : llvm::zip(source, target))
      if (from.getDimSize(a) != to.getDimSize(b))
        return false;
    for (int64_t &dim : dims) {
      auto *it = llvm::find(target, dim);
      if (it == target.end())
        return false;
      dim = source[it - target.begin()];
    }
    return true;
  }
};

struct ReductionsToPools : tally::impl::ReductionsToPoolsBase<ReductionsToPools> {
  using ReductionsToPoolsBase::ReductionsToPoolsBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    bool joined = false;
    for (Operation *op : findReductions(*network))
      if (auto sum = dyn_cast<tosa::ReduceSumOp>(op))
        joined |= joinSums(sum);
    if (joined)
      for (Operation &op : llvm::make_early_inc_range(llvm::reverse(network->front())))
        if (isOpTriviallyDead(&op))
          op.erase();
    for (Operation *op : findReductions(*network))
      if (isa<tosa::ReduceSumOp>(op))
        replaceByPool(op, makeSum);
      else if (cast<ReductionOpInterface>(op).getNumTerms() <= kMaxPoolKernel)
        replaceByPool(op, isa<tosa::ReduceMaxOp>(op) ? makeMaximum : makeMinimum);
    removeUnusedParameters(getOperation());
  }

  /// Along other dimensions than the batch.
  static SmallVector<Operation *> findReductions(func::FuncOp network) {
    SmallVector<Operation *> reductions;
    network.walk([&](Operation *op) {
      if (isa<tosa::ReduceSumOp, tosa::ReduceMaxOp, tosa::ReduceMinOp>(op) &&
          typeOf(op->getResult(0)).getElementType().isF32() && getAxis(op) != 0)
        reductions.push_back(op);
    });
    return reductions;
  }

  static int64_t getAxis(Operation *op) { return cast<IntegerAttr>(op->getAttr("axis")).getInt(); }

  /// A sum of sums along neighbouring dimensions as one, so that nothing is rounded in between.
  static bool joinSums(tosa::ReduceSumOp op) {
    RankedTensorType type = typeOf(op.getInput());
    TrackedDims tracked{op.getInput(), {0, int64_t(op.getAxis())}};
    for (auto [dim, size] : llvm::enumerate(type.getShape()))
      if (size != 1 && dim != 0 && dim != op.getAxis())
        tracked.dims.push_back(int64_t(dim));
    while (!tracked.value.getDefiningOp<tosa::ReduceSumOp>() || !tracked.value.hasOneUse())
      if (!tracked.stepBack())
        return false;
    auto first = tracked.value.getDefiningOp<tosa::ReduceSumOp>();
    ArrayRef<int64_t> shape = typeOf(first.getInput()).getShape();
    int64_t low = std::min<int64_t>(first.getAxis(), tracked.dims[1]);
    int64_t high = std::max<int64_t>(first.getAxis(), tracked.dims[1]);
    ArrayRef<int64_t> others = ArrayRef(tracked.dims).drop_front(2);
    bool neighbours = low > 0 && low < high && product(shape.slice(low + 1, high - low - 1)) == 1;
    if (!neighbours || tracked.dims[0] != 0 || !llvm::is_sorted(others))
      return false;

    LDBG() << "'" << getLayerName(op) << "' joins '" << getLayerName(first) << "'";
    OpBuilder builder(op);
    SmallVector<int64_t> sizes = {shape[0], product(shape.slice(1, low - 1)),
                                  shape[low] * shape[high], product(shape.drop_front(high + 1))};
    Value terms = reshape(builder, op, first.getInput(), sizes);
    sizes[2] = 1;
    auto sum = tosa::ReduceSumOp::create(builder, op.getLoc(), typeOf(terms).clone(sizes), terms,
                                         builder.getI32IntegerAttr(2));
    sum->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    Value result = reshape(builder, op, sum.getResult(), typeOf(op.getResult()).getShape());
    if (tracked.factor != 1) {
      std::vector<float> factors(typeOf(result).getShape().back(), tracked.factor);
      std::string name = getLayerName(op).str();
      Value scale =
          makeParameter(builder, op.getLoc(), name + ".scale", int64_t(factors.size()), factors);
      Value bias = makeParameter(builder, op.getLoc(), name + ".bias", int64_t(factors.size()),
                                 std::vector<float>(factors.size(), 0.0f));
      result = ChannelAffineOp::create(builder, op.getLoc(), result.getType(), result, scale, bias);
    }
    op.getResult().replaceAllUsesWith(result);
    return true;
  }

  using MakePool = Value (*)(OpBuilder &, Operation *, Value, RankedTensorType,
                             ArrayRef<int64_t> kernel);

  static Value makeSum(OpBuilder &builder, Operation *op, Value input, RankedTensorType type,
                       ArrayRef<int64_t> kernel) {
    int64_t none[] = {0, 0, 0, 0}, one[] = {1, 1};
    return SumPool2DOp::create(builder, op->getLoc(), type, input, kernel, none, one, one);
  }

  static Value makeMaximum(OpBuilder &builder, Operation *op, Value input, RankedTensorType type,
                           ArrayRef<int64_t> kernel) {
    int64_t none[] = {0, 0, 0, 0}, one[] = {1, 1};
    return tosa::MaxPool2dOp::create(builder, op->getLoc(), type, input, kernel,
                                     ArrayRef<int64_t>(one), ArrayRef<int64_t>(none));
  }

  static Value makeMinimum(OpBuilder &builder, Operation *op, Value input, RankedTensorType type,
                           ArrayRef<int64_t> kernel) {
    auto negate = [&](Value value) -> Value {
      int64_t channels = typeOf(value).getShape().back();
      std::string name = getLayerName(op).str();
      Value scale = makeParameter(builder, op->getLoc(), name + ".scale", channels,
                                  std::vector<float>(channels, -1.0f));
      Value bias = makeParameter(builder, op->getLoc(), name + ".bias", channels,
                                 std::vector<float>(channels, 0.0f));
      return ChannelAffineOp::create(builder, op->getLoc(), value.getType(), value, scale, bias);
    };
    return negate(makeMaximum(builder, op, negate(input), type, kernel));
  }

  static void replaceByPool(Operation *op, MakePool make) {
    ArrayRef<int64_t> shape = typeOf(op->getOperand(0)).getShape();
    int64_t axis = getAxis(op), terms = shape[axis];
    int64_t before = product(shape.slice(1, axis - 1)), after = product(shape.drop_front(axis + 1));
    OpBuilder builder(op);
    bool rows = before == 1;
    Value input = reshape(builder, op, op->getOperand(0),
                          {shape[0], rows ? terms : before, rows ? 1 : terms, after});
    RankedTensorType type = typeOf(input).clone({shape[0], before, 1, after});
    Value pooled = make(builder, op, input, type,
                        rows ? ArrayRef<int64_t>{terms, 1} : ArrayRef<int64_t>{1, terms});
    pooled.getDefiningOp()->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    LDBG() << "'" << getLayerName(op) << "': " << op->getName() << " of " << terms;
    op->getResult(0).replaceAllUsesWith(
        reshape(builder, op, pooled, typeOf(op->getResult(0)).getShape()));
    op->erase();
  }
};
} // namespace
