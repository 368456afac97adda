//===- ByteDotLoops.cpp - the loops of a sum of products of bytes ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lanes are neighbouring channels. Four bytes of input are loaded and repeated for all lanes,
// four bytes of weights for each lane lie side by side, and one instruction adds four products
// to each lane's sum. Several sums are kept, so that an addition need not wait for the last.
//
//===----------------------------------------------------------------------===//

#include "ByteDot.h"
#include "Lower/Steps/LoopNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tally {

/// For fewer lanes than a register has.
static Value addOneByOne(OpBuilder &b, Location loc, Value sums, Value x, Value w, int64_t lanes) {
  auto wide = VectorType::get({4 * lanes}, b.getI32Type());
  Value products = arith::MulIOp::create(b, loc, arith::ExtUIOp::create(b, loc, wide, x),
                                         arith::ExtSIOp::create(b, loc, wide, w));
  for (int64_t j = 0; j < 4; ++j) {
    SmallVector<int64_t> places;
    for (int64_t lane = 0; lane < lanes; ++lane)
      places.push_back(4 * lane + j);
    Value part = vector::ShuffleOp::create(b, loc, products, products, places);
    sums = arith::AddIOp::create(b, loc, sums, part);
  }
  return sums;
}

Value ByteDotKernel::addProducts(OpBuilder &b, Location loc, Value sums, Value x, Value w) const {
  int64_t lanes = cast<VectorType>(sums.getType()).getNumElements();
  return lanes < 4 ? addOneByOne(b, loc, sums, x, w, lanes) : add(b, loc, sums, x, w);
}

namespace {

/// One vector of sums: `parts` registers of `part` lanes each, `chains` times.
struct Registers {
  /// Enough sums to hide an instruction's latency, as far as that divides the `channels`.
  Registers(OpBuilder &b, int64_t part, int64_t lanes, int64_t channels, bool flip)
      : part(part), parts(lanes / part), chains(std::max<int64_t>(1, 4 / parts)),
        sums(VectorType::get({part}, b.getI32Type())),
        bytes(VectorType::get({4 * part}, b.getI8Type())), flip(flip) {
    while (channels % chains != 0)
      --chains;
  }

  int64_t part, parts, chains;
  VectorType sums, bytes;
  bool flip;

  /// Four bytes of input from `position` on, repeated for all lanes.
  Value loadInput(StepBuilder &steps, Value buffer, AffineExpr position) const {
    OpBuilder &b = steps.builder;
    Location loc = steps.loc;
    Value four = vector::LoadOp::create(b, loc, VectorType::get({4}, b.getI8Type()), buffer,
                                        steps.materialize(position));
    Value word = vector::BitCastOp::create(b, loc, VectorType::get({1}, b.getI32Type()), four);
    word = vector::ExtractOp::create(b, loc, word, ArrayRef<int64_t>{0});
    if (flip)
      word = arith::XOrIOp::create(
          b, loc, word,
          arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(int32_t(0x80808080u))));
    Value words = vector::BroadcastOp::create(b, loc, sums, word);
    return vector::BitCastOp::create(b, loc, bytes, words);
  }

  /// Four bytes of weights a lane, of the register `p`.
  Value loadWeights(StepBuilder &steps, Value buffer, AffineExpr position, int64_t p) const {
    return vector::LoadOp::create(steps.builder, steps.loc, bytes, buffer,
                                  steps.materialize(position + 4 * p * part));
  }

  /// `first`, a vector of all lanes, in the first chain; zeros in the others.
  SmallVector<Value> start(StepBuilder &steps, Value first) const {
    SmallVector<Value> all;
    for (int64_t p = 0; p < parts; ++p)
      all.push_back(vector::ExtractStridedSliceOp::create(steps.builder, steps.loc, first, p * part,
                                                          part, 1));
    Value zero =
        arith::ConstantOp::create(steps.builder, steps.loc, steps.builder.getZeroAttr(sums));
    all.append((chains - 1) * parts, zero);
    return all;
  }

  /// The chains added up, as one vector of the type of `first`.
  Value finish(StepBuilder &steps, ArrayRef<Value> all, Value first) const {
    Value result = first;
    for (int64_t p = 0; p < parts; ++p) {
      Value sum = all[p];
      for (int64_t chain = 1; chain < chains; ++chain)
        sum = arith::AddIOp::create(steps.builder, steps.loc, sum, all[chain * parts + p]);
      result = vector::InsertStridedSliceOp::create(
          steps.builder, steps.loc, sum, result, ArrayRef<int64_t>{p * part}, ArrayRef<int64_t>{1});
    }
    return result;
  }
};

} // namespace

FailureOr<Value> ByteDotKernel::buildElement(StepBuilder &steps, Operation *op,
                                             const Indices &indices) const {
  auto kernel = cast<KernelOp>(op);
  TargetAttr target = steps.getTarget();
  if (!has(target))
    return op->emitError() << "kernel '" << name() << "' is not one of '" << target << "'";
  // Lanes are filters, or there is one.
  for (auto [dim, index] : llvm::enumerate(indices))
    if (steps.lanes > 1 && steps.laneStride(index) != (dim == 3 ? 1 : 0))
      return steps.cannotVectorize();
  OpBuilder &b = steps.builder;
  Location loc = steps.loc;
  ValueRange inputs = kernel.getInputs();
  ArrayRef<int64_t> filter = cast<RankedTensorType>(inputs[1].getType()).getShape();
  auto stride = kernel.getParameters().getAs<DenseI64ArrayAttr>("stride");
  auto dilation = kernel.getParameters().getAs<DenseI64ArrayAttr>("dilation");

  Registers registers(b, std::min(steps.lanes, registerBits(target) / 32), steps.lanes, filter[2],
                      kernel.getParameters().getAs<BoolAttr>("flip").getValue());

  FailureOr<Value> x = steps.bufferFor(inputs[0]), w = steps.bufferFor(inputs[1]);
  FailureOr<Value> start = steps.elementOf(inputs[2], {indices[3]});
  if (failed(x) || failed(w) || failed(start))
    return failure();
  Value first = *start;
  if (!isa<VectorType>(first.getType()))
    first =
        vector::BroadcastOp::create(b, loc, VectorType::get({steps.lanes}, first.getType()), first);
  LoopNest nest(steps, registers.start(steps, first));
  SmallVector<AffineExpr> loops; // kh, kw, c
  for (int dim = 0; dim < 3; ++dim)
    loops.push_back(nest.enter(filter[dim], dim == 2 ? registers.chains : 1));
  SmallVector<Value> sums(nest.carried());
  for (int64_t chain = 0; chain < registers.chains; ++chain) {
    AffineExpr c = loops[2] + chain, none = b.getAffineConstantExpr(0);
    Indices at = {indices[0], indices[1] * stride[0] + loops[0] * dilation[0],
                  indices[2] * stride[1] + loops[1] * dilation[1], c * 4};
    Value bytes = registers.loadInput(steps, *x, steps.getPosition(at, inputs[0]));
    AffineExpr weights = steps.getPosition({loops[0], loops[1], c, indices[3], none}, inputs[1]);
    for (int64_t p = 0; p < registers.parts; ++p) {
      Value &sum = sums[chain * registers.parts + p];
      sum = addProducts(b, loc, sum, bytes, registers.loadWeights(steps, *w, weights, p));
    }
  }
  Value result = registers.finish(steps, nest.leave(sums), first);
  if (steps.lanes > 1)
    return result;
  return vector::ExtractOp::create(b, loc, result, ArrayRef<int64_t>{0}).getResult();
}

} // namespace tally
