//===- SinkTransposes.cpp - transposes move down until they vanish --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "InlineConstants.h"
#include "Quantize/Network.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Elementwise.h"

#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tally-sink-transposes"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_SINKTRANSPOSES
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

using Order = SmallVector<int32_t>;

static Order invert(ArrayRef<int32_t> order) {
  Order inverse(order.size());
  for (auto [to, from] : llvm::enumerate(order))
    inverse[from] = to;
  return inverse;
}

static bool isIdentity(ArrayRef<int32_t> order) {
  return llvm::all_of(llvm::enumerate(order),
                      [](auto it) { return size_t(it.value()) == it.index(); });
}

template <typename T> static SmallVector<T> permute(ArrayRef<T> sizes, ArrayRef<int32_t> order) {
  SmallVector<T> result;
  for (int32_t dim : order)
    result.push_back(sizes[dim]);
  return result;
}

static RankedTensorType permute(Type type, ArrayRef<int32_t> order) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.clone(permute(tensor.getShape(), order));
}

static Value transpose(OpBuilder &builder, Location loc, Value value, ArrayRef<int32_t> order) {
  return tosa::TransposeOp::create(builder, loc, permute(value.getType(), order), value, order);
}

static bool isReduction(Operation *op) {
  return isa<tosa::ReduceSumOp, tosa::ReduceMaxOp, tosa::ReduceMinOp>(op);
}

/// The operands of `op` that would have to be transposed with its result; none where a transpose
/// does not pass `op`. Zero points and shifts have a rank of their own.
static SmallVector<OpOperand *> getDataOperands(Operation *op) {
  SmallVector<OpOperand *> operands;
  if (op->getNumResults() != 1 || op->getNumOperands() == 0)
    return operands;
  if (isa<tosa::PadOp, tosa::SliceOp>(op) || isReduction(op)) {
    operands.push_back(&op->getOpOperand(0));
  } else if (op->hasTrait<OpTrait::tosa::TosaElementwiseOperator>() ||
             isa<tosa::MulOp, tosa::ConcatOp>(op)) {
    auto result = cast<ShapedType>(op->getResult(0).getType());
    for (OpOperand &operand : op->getOpOperands())
      if (auto type = dyn_cast<RankedTensorType>(operand.get().getType());
          type && result.hasRank() && type.getRank() == result.getRank())
        operands.push_back(&operand);
  }
  return operands;
}

namespace {
struct SinkTransposes : tally::impl::SinkTransposesBase<SinkTransposes> {
  using SinkTransposesBase::SinkTransposesBase;

  void runOnOperation() override {
    if (getOperation()->hasAttr(TallyDialect::kStageAttr))
      return;
    FailureOr<func::FuncOp> network = getFloatNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    takeChannelsLast(*network);
    for (Operation &op : llvm::make_early_inc_range(network->front())) {
      if (auto transposition = dyn_cast<tosa::TransposeOp>(op))
        compose(transposition);
      else
        sink(&op);
    }
    for (Operation &op : llvm::make_early_inc_range(network->front()))
      if (auto transposition = dyn_cast<tosa::TransposeOp>(op))
        toReshape(transposition);
    eraseUnused(*network);
  }

  /// Images that come in as NCHW, only to be transposed, come in as NHWC.
  static void takeChannelsLast(func::FuncOp network) {
    static constexpr int32_t kToLast[] = {0, 2, 3, 1}, kToFirst[] = {0, 3, 1, 2};
    for (BlockArgument argument : network.getArguments()) {
      bool transposed = llvm::any_of(argument.getUsers(), [](Operation *user) {
        auto op = dyn_cast<tosa::TransposeOp>(user);
        return op && op.getPerms() == ArrayRef(kToLast);
      });
      if (!transposed)
        continue;
      LDBG() << "input " << argument.getArgNumber() << " comes with channels last";
      argument.setType(permute(argument.getType(), kToLast));
      OpBuilder builder = OpBuilder::atBlockBegin(&network.front());
      Value first = transpose(builder, argument.getLoc(), argument, kToFirst);
      argument.replaceAllUsesExcept(first, first.getDefiningOp());
    }
    network.setType(FunctionType::get(network.getContext(), network.front().getArgumentTypes(),
                                      network.getResultTypes()));
  }

  static void compose(tosa::TransposeOp op) {
    auto earlier = op.getInput1().getDefiningOp<tosa::TransposeOp>();
    if (!earlier)
      return;
    Order order = permute(earlier.getPerms(), op.getPerms());
    if (isIdentity(order)) {
      op.replaceAllUsesWith(earlier.getInput1());
      return;
    }
    op.getInput1Mutable().assign(earlier.getInput1());
    op.setPerms(order);
  }

  /// f(transpose(x)) is transpose(f(x)).
  static void sink(Operation *op) {
    SmallVector<OpOperand *> operands = getDataOperands(op);
    std::optional<Order> order;
    for (OpOperand *operand : operands) {
      auto source = operand->get().getDefiningOp<tosa::TransposeOp>();
      if (source && (!order || source.getPerms() == ArrayRef(*order)))
        order = Order(source.getPerms());
      else if (!getInlineFloats(operand->get()))
        return;
    }
    if (!order || !permuteAttributes(op, *order))
      return;
    Order inverse = invert(*order);
    OpBuilder builder(op);
    for (OpOperand *operand : operands) {
      if (auto source = operand->get().getDefiningOp<tosa::TransposeOp>()) {
        operand->set(source.getInput1());
        continue;
      }
      Tensor values = *getInlineFloats(operand->get());
      operand->set(makeInlineFloats(
          builder, op->getLoc(), reference::transpose(values, {inverse.begin(), inverse.end()})));
    }
    Value result = op->getResult(0);
    result.setType(permute(result.getType(), inverse));
    builder.setInsertionPointAfter(op);
    Value back = transpose(builder, op->getLoc(), result, *order);
    result.replaceAllUsesExcept(back, back.getDefiningOp());
  }

  /// What `op` says of its dimensions, said of those in front of the transpose. Says whether it
  /// can be, and changes nothing otherwise.
  static bool permuteAttributes(Operation *op, ArrayRef<int32_t> order) {
    OpBuilder builder(op);
    if (isa<tosa::ConcatOp>(op) || isReduction(op)) {
      int64_t axis = op->getAttrOfType<IntegerAttr>("axis").getInt();
      op->setAttr("axis", builder.getI32IntegerAttr(order[axis]));
      return true;
    }
    if (!isa<tosa::PadOp, tosa::SliceOp>(op))
      return true;
    Order inverse = invert(order);
    SmallVector<Value> permuted;
    for (Value operand : op->getOperands().drop_front()) {
      if (!isa<tosa::shapeType>(operand.getType()))
        continue;
      std::optional<Shape> values = getShapeConstant(operand);
      if (!values)
        return false;
      // Padding has two numbers a dimension.
      size_t each = values->size() / order.size();
      Shape moved;
      for (int32_t dim : inverse)
        moved.insert(moved.end(), values->begin() + dim * each, values->begin() + (dim + 1) * each);
      permuted.push_back(makeShapeConstant(builder, op->getLoc(), moved));
    }
    op->setOperands(1, permuted.size(), permuted);
    return true;
  }

  /// A transpose that keeps the order of dimensions above 1 moves nothing.
  static void toReshape(tosa::TransposeOp op) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(op.getInput1().getType()).getShape();
    SmallVector<int32_t> moved;
    llvm::copy_if(op.getPerms(), std::back_inserter(moved),
                  [&](int32_t dim) { return shape[dim] != 1; });
    if (!llvm::is_sorted(moved))
      return;
    OpBuilder builder(op);
    op.replaceAllUsesWith(reshapeTo(builder, op.getLoc(), op.getInput1(),
                                    cast<RankedTensorType>(op.getType()).getShape()));
  }
};
} // namespace
