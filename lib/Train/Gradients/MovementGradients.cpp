//===- MovementGradients.cpp - what moves elements without computing ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GradientModels.h"
#include "TosaBuilder.h"
#include "tally/IR/Tally.h"

using namespace mlir;
using namespace tally;

namespace {

using Sizes = SmallVector<int64_t>;

/// The numbers of a constant shape operand.
Sizes getSizes(Value shape) {
  Sizes sizes;
  if (auto constant = shape.getDefiningOp<tosa::ConstShapeOp>())
    for (const APInt &size : constant.getValues().getValues<APInt>())
      sizes.push_back(size.getSExtValue());
  return sizes;
}

template <typename OpT> struct Identity : GradientRule<Identity<OpT>, OpT> {
  static LogicalResult build(OpT op, Value g, Gradients &gradients) {
    gradients.add(op->getOperand(0), g);
    return success();
  }
};

struct Reshape : GradientRule<Reshape, tosa::ReshapeOp> {
  static LogicalResult build(tosa::ReshapeOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    gradients.add(op.getInput1(), b.reshape(g, TosaBuilder::shapeOf(op.getInput1())));
    return success();
  }
};

struct Transpose : GradientRule<Transpose, tosa::TransposeOp> {
  static LogicalResult build(tosa::TransposeOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    SmallVector<int32_t> inverse(op.getPerms().size());
    for (auto [to, from] : llvm::enumerate(op.getPerms()))
      inverse[from] = to;
    gradients.add(op.getInput1(), b.transpose(g, inverse));
    return success();
  }
};

struct Slice : GradientRule<Slice, tosa::SliceOp> {
  static LogicalResult build(tosa::SliceOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Sizes before = getSizes(op.getStart()), after;
    if (before.empty())
      return op.emitError() << "requires a constant start to have a gradient";
    for (auto [low, size, inside] :
         llvm::zip_equal(before, TosaBuilder::shapeOf(op.getInput1()), TosaBuilder::shapeOf(g)))
      after.push_back(size - inside - low);
    gradients.add(op.getInput1(), b.pad(g, before, after));
    return success();
  }
};

struct Pad : GradientRule<Pad, tosa::PadOp> {
  static LogicalResult build(tosa::PadOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Sizes pairs = getSizes(op.getPadding()), start;
    if (pairs.empty())
      return op.emitError() << "requires constant padding to have a gradient";
    for (size_t i = 0; i < pairs.size(); i += 2)
      start.push_back(pairs[i]);
    gradients.add(op.getInput1(), b.slice(g, start, TosaBuilder::shapeOf(op.getInput1())));
    return success();
  }
};

struct Concat : GradientRule<Concat, tosa::ConcatOp> {
  static LogicalResult build(tosa::ConcatOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Sizes start(TosaBuilder::typeOf(g).getRank(), 0);
    for (Value part : op.getInput1()) {
      ArrayRef<int64_t> size = TosaBuilder::shapeOf(part);
      if (gradients.isWanted(part))
        gradients.add(part, b.slice(g, start, size));
      start[op.getAxis()] += size[op.getAxis()];
    }
    return success();
  }
};

struct Reverse : GradientRule<Reverse, tosa::ReverseOp> {
  static LogicalResult build(tosa::ReverseOp op, Value g, Gradients &gradients) {
    gradients.add(op.getInput1(), tosa::ReverseOp::create(gradients.getBuilder(), op.getLoc(),
                                                          g.getType(), g, op.getAxisAttr()));
    return success();
  }
};

/// `x` at `indices` of `axis`.
Value take(OpBuilder &builder, Location loc, Value x, ArrayRef<int64_t> indices, int64_t axis) {
  Sizes shape(TosaBuilder::shapeOf(x));
  shape[axis] = indices.size();
  return TakeOp::create(builder, loc, TosaBuilder::typeOf(x).clone(shape), x, indices, axis);
}

/// Each element adds up what those that are its copies get: the first copies of all elements, the
/// second ones and so on, with a zero behind the last for elements that have fewer.
struct Take : GradientRule<Take, TakeOp> {
  static LogicalResult build(TakeOp op, Value g, Gradients &gradients) {
    OpBuilder &builder = gradients.getBuilder();
    TosaBuilder b(builder, op.getLoc());
    int64_t axis = op.getAxis(), size = TosaBuilder::shapeOf(op.getInput())[axis];
    std::vector<Sizes> copies(size);
    size_t most = 0;
    for (auto [to, from] : llvm::enumerate(op.getIndices())) {
      copies[from].push_back(to);
      most = std::max(most, copies[from].size());
    }
    Sizes none(TosaBuilder::typeOf(g).getRank(), 0), one = none;
    one[axis] = 1;
    bool isPermutation =
        llvm::all_of(copies, [&](const Sizes &places) { return places.size() == most; });
    Value from = isPermutation ? g : b.pad(g, none, one), sum;
    for (size_t copy = 0; copy < most; ++copy) {
      Sizes indices;
      for (const Sizes &places : copies)
        indices.push_back(copy < places.size() ? places[copy] : int64_t(op.getIndices().size()));
      Value part = take(builder, op.getLoc(), from, indices, axis);
      sum = sum ? b.add(sum, part) : part;
    }
    gradients.add(op.getInput(), sum);
    return success();
  }
};

struct Shuffle : GradientRule<Shuffle, ShuffleChannelsOp> {
  static LogicalResult build(ShuffleChannelsOp op, Value g, Gradients &gradients) {
    Sizes inverse(op.getPermutation().size());
    for (auto [to, from] : llvm::enumerate(op.getPermutation()))
      inverse[from] = to;
    gradients.add(op.getInput(), ShuffleChannelsOp::create(gradients.getBuilder(), op.getLoc(),
                                                           g.getType(), g, inverse));
    return success();
  }
};

} // namespace

void tally::attachMovementGradients(MLIRContext *context) {
  tosa::IdentityOp::attachInterface<Identity<tosa::IdentityOp>>(*context);
  ObserveOp::attachInterface<Identity<ObserveOp>>(*context);
  tosa::ReshapeOp::attachInterface<Reshape>(*context);
  tosa::TransposeOp::attachInterface<Transpose>(*context);
  tosa::SliceOp::attachInterface<Slice>(*context);
  tosa::PadOp::attachInterface<Pad>(*context);
  tosa::ConcatOp::attachInterface<Concat>(*context);
  tosa::ReverseOp::attachInterface<Reverse>(*context);
  TakeOp::attachInterface<Take>(*context);
  ShuffleChannelsOp::attachInterface<Shuffle>(*context);
}
