//===- GroupDot.cpp - sums of products of bytes of one's own channels -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The instructions of ByteDot.h for the layers of ChannelGroups.h: four terms of a line and channel
// are woven into a lane, once for all outputs whose windows share that line.
//
//===----------------------------------------------------------------------===//

#include "ByteDot.h"
#include "ChannelGroups.h"
#include "Lower/Steps/LoopNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tally {

/// Whether it has the weights of ChannelGroups.h, not those of ByteSum.h.
static bool isWoven(Operation *op) {
  auto kernel = cast<KernelOp>(op);
  return kernel.getParameters().contains("group") && kernel.getInputs().size() > 1 &&
         cast<RankedTensorType>(kernel.getInputs()[1].getType()).getRank() == 1;
}

LogicalResult ByteDotKernel::verify(KernelOp op) const {
  return isWoven(op) ? verifyGroups(op, unit(), {}) : ByteSumKernel::verify(op);
}

std::optional<TileShape> ByteDotKernel::getTile(Operation *op, TargetAttr target) const {
  if (!isWoven(op))
    return ByteSumKernel::getTile(op, target);
  auto kernel = cast<KernelOp>(op);
  int64_t part = registerBits(target) / (8 * unit());
  // Two registers of sums, and as much of both as leaves room for what is woven: with wider vectors
  // it would wait in memory.
  int64_t lanes = ChannelGroups(kernel, unit()).getLanes(part == 16 ? 32 : 16);
  return makeGroupTile(kernel, lanes, llvm::divideCeil(lanes, part),
                       part == 16 ? 16 : tileOn(target).sums);
}

FailureOr<SmallVector<Value>> ByteDotKernel::buildTile(StepBuilder &steps, Operation *op,
                                                       ArrayRef<Indices> members) const {
  if (!isWoven(op))
    return ByteSumKernel::buildTile(steps, op, members);
  if (failed(checkLanes(steps, op, members[0])))
    return failure();
  return buildGroupTile(steps, cast<KernelOp>(op), members);
}

FailureOr<SmallVector<Value>> ByteDotKernel::buildGroupTile(StepBuilder &steps, KernelOp op,
                                                            ArrayRef<Indices> members) const {
  OpBuilder &b = steps.builder;
  Location loc = steps.loc;
  ChannelGroups groups(op, unit());
  int64_t part = std::min<int64_t>(registerBits(steps.getTarget()) / (8 * unit()),
                                   std::max<uint64_t>(4, llvm::bit_ceil<uint64_t>(steps.lanes)));
  int64_t parts = llvm::divideCeil(steps.lanes, part);
  AffineExpr filter = members[0][3];
  GroupInput input(steps, op, groups, parts * part);
  FailureOr<Value> ws = steps.bufferFor(op.getInputs()[1]),
                   start = steps.elementOf(op.getInputs()[2], {filter});
  if (failed(input.open()) || failed(ws) || failed(start))
    return failure();

  auto words = VectorType::get({part}, b.getI32Type());
  auto bytes = VectorType::get({unit() * part}, b.getI8Type());
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(words));
  SmallVector<Value> sums(members.size() * parts, zero);
  LoopNest nest(steps, sums);
  SmallVector<AffineExpr> lines = input.enterLines(nest);
  sums.assign(nest.carried().begin(), nest.carried().end());
  input.forEach(members, lines, [&](Value x, size_t member, AffineExpr line, int64_t index) {
    AffineExpr position = groups.getPosition(line, index, filter);
    for (int64_t p = 0; p < parts; ++p) {
      Value w = vector::LoadOp::create(b, loc, bytes, *ws,
                                       steps.materialize(position + p * part * unit()));
      Value own = x;
      if (parts > 1)
        own = vector::ExtractStridedSliceOp::create(b, loc, x, p * part * unit(), part * unit(), 1);
      Value &sum = sums[member * parts + p];
      sum = add(b, loc, steps.getTarget(), sum, own, w);
    }
  });
  sums = nest.leave(sums);

  SmallVector<Value> results;
  for (size_t member = 0; member < members.size(); ++member)
    results.push_back(finishLanes(steps, ArrayRef(sums).slice(member * parts, parts), *start));
  return results;
}

} // namespace tally
