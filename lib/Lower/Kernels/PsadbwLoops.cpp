//===- PsadbwLoops.cpp - the loops of a sum of absolute differences -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Eight bytes of input are loaded and repeated for all 64-bit lanes of a register, each of which
// has eight bytes of one filter: one instruction makes eight terms of the sums of as many filters,
// and one adds them to the sums so far, which stay in registers.
//
//===----------------------------------------------------------------------===//

#include "Lower/Steps/LoopNest.h"
#include "Psadbw.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tally {
namespace {

using Indices = Kernel::Indices;

int64_t getRegisterBits(TargetAttr target) {
  if (target.has("avx512bw") && target.has("avx512vl"))
    return 512;
  return target.has("avx2") ? 256 : 128;
}

class Tile {
public:
  Tile(StepBuilder &steps, KernelOp op)
      : steps(steps), b(steps.builder), loc(steps.loc), op(op), runs(op),
        flip(op.getParameters().getAs<BoolAttr>("flip").getValue()) {
    int64_t most = getRegisterBits(steps.getTarget()) / 64;
    part = std::min<int64_t>(most, std::max<uint64_t>(2, llvm::bit_ceil<uint64_t>(steps.lanes)));
    parts = llvm::divideCeil(steps.lanes, part);
    words = VectorType::get({part}, b.getI64Type());
    bytes = VectorType::get({8 * part}, b.getI8Type());
  }

  FailureOr<SmallVector<Value>> build(ArrayRef<Indices> members) {
    FailureOr<Value> xs = steps.bufferFor(op.getInputs()[0]),
                     ws = steps.bufferFor(op.getInputs()[1]);
    FailureOr<Value> start = steps.elementOf(op.getInputs()[2], {members[0][3]});
    if (failed(xs) || failed(ws) || failed(start))
      return failure();
    x = *xs;
    w = *ws;
    filter = members[0][3];
    aligned = steps.startsAtMultiple(filter, 8);
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(words));
    SmallVector<Value> sums(members.size() * parts, zero);
    LoopNest nest(steps, sums);
    row = runs.rows > 1 ? nest.enter(runs.rows) : b.getAffineConstantExpr(0);
    column = runs.columns > 1 ? nest.enter(runs.columns) : b.getAffineConstantExpr(0);
    sums.assign(nest.carried().begin(), nest.carried().end());
    int64_t whole = runs.bytes / 8;
    if (whole > 0) {
      LoopNest inner(steps, sums);
      AffineExpr group = whole > 1 ? inner.enter(whole) : b.getAffineConstantExpr(0);
      sums.assign(inner.carried().begin(), inner.carried().end());
      addGroup(members, sums, group, group * 8, /*counted=*/8);
      sums = inner.leave(sums);
    }
    if (int64_t rest = runs.bytes % 8)
      addGroup(members, sums, b.getAffineConstantExpr(whole),
               b.getAffineConstantExpr(runs.start(whole)), rest);
    sums = nest.leave(sums);

    SmallVector<Value> results;
    for (size_t member = 0; member < members.size(); ++member)
      results.push_back(finish(ArrayRef(sums).slice(member * parts, parts), *start));
    return results;
  }

private:
  /// Adds the differences of the group of eight bytes of the present run that start at `byte`, of
  /// which the last `counted` ones count.
  void addGroup(ArrayRef<Indices> members, MutableArrayRef<Value> sums, AffineExpr group,
                AffineExpr byte, int64_t counted) {
    SmallVector<Value> weights;
    for (int64_t p = 0; p < parts; ++p)
      weights.push_back(loadWeights(group, p));
    for (auto [member, indices] : llvm::enumerate(members)) {
      Value input = loadInput(indices, byte, counted);
      for (int64_t p = 0; p < parts; ++p) {
        Value &sum = sums[member * parts + p];
        sum = arith::AddIOp::create(b, loc, sum, sumDifferences(input, weights[p]));
      }
    }
  }

  Value sumDifferences(Value input, Value weights) {
    StringRef name = part == 2   ? "llvm.x86.sse2.psad.bw"
                     : part == 4 ? "llvm.x86.avx2.psad.bw"
                                 : "llvm.x86.avx512.psad.bw.512";
    return LLVM::CallIntrinsicOp::create(b, loc, words, b.getStringAttr(name),
                                         ValueRange{input, weights})
        .getResult(0);
  }

  Value constantWord(uint64_t value) {
    return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(int64_t(value)));
  }

  /// `count` bytes as a word, the others zeros.
  Value loadWord(Value buffer, AffineExpr position, int64_t count) {
    auto eight = VectorType::get({8}, b.getI8Type());
    Value read = vector::LoadOp::create(b, loc, VectorType::get({count}, b.getI8Type()), buffer,
                                        steps.materialize(position));
    if (count < 8) {
      Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(eight));
      read = vector::InsertStridedSliceOp::create(b, loc, read, zero, ArrayRef<int64_t>{0},
                                                  ArrayRef<int64_t>{1});
    }
    Value word = vector::BitCastOp::create(b, loc, VectorType::get({1}, b.getI64Type()), read);
    return vector::ExtractOp::create(b, loc, word, ArrayRef<int64_t>{0});
  }

  /// Eight bytes of input for every lane, without a sign.
  Value loadInput(const Indices &member, AffineExpr byte, int64_t counted) {
    auto stride = op.getParameters().getAs<DenseI64ArrayAttr>("stride");
    auto dilation = op.getParameters().getAs<DenseI64ArrayAttr>("dilation");
    Indices at = {member[0], member[1] * stride[0] + row * dilation[0],
                  member[2] * stride[1] + column * dilation[1], b.getAffineConstantExpr(0)};
    AffineExpr position = steps.getPosition(at, op.getInputs()[0]) + byte;
    bool isShort = runs.bytes < 8;
    Value word = loadWord(x, position, isShort ? runs.bytes : 8);
    uint64_t all = ~uint64_t(0);
    uint64_t mask = counted == 8 ? all : isShort ? ~(all << 8 * counted) : all << 8 * (8 - counted);
    Value repeated = vector::BroadcastOp::create(b, loc, words, word);
    if (flip) {
      Value signs = constantWord(0x8080808080808080u);
      repeated = arith::XOrIOp::create(b, loc, repeated,
                                       vector::BroadcastOp::create(b, loc, words, signs));
    }
    if (mask != all && (flip || !isShort)) {
      Value counts = vector::BroadcastOp::create(b, loc, words, constantWord(mask));
      repeated = arith::AndIOp::create(b, loc, repeated, counts);
    }
    return vector::BitCastOp::create(b, loc, bytes, repeated);
  }

  /// Eight bytes of weights for each lane of the register `p`.
  Value loadWeights(AffineExpr group, int64_t p) {
    AffineExpr run = row * runs.columns + column;
    AffineExpr inBlock = (run * runs.groups() + group) * 64;
    int64_t block = runs.count() * runs.groups() * 64;
    if (aligned) {
      int64_t lane = p * part;
      AffineExpr position = filter * (block / 8) + inBlock + (lane / 8 * block + lane % 8 * 8);
      return vector::LoadOp::create(b, loc, bytes, w, steps.materialize(position));
    }
    Value lanes = arith::ConstantOp::create(b, loc, b.getZeroAttr(words));
    for (int64_t i = 0; i < part && p * part + i < steps.lanes; ++i) {
      AffineExpr lane = filter + (p * part + i);
      AffineExpr position = lane.floorDiv(8) * block + lane % 8 * 8 + inBlock;
      lanes = vector::InsertOp::create(b, loc, loadWord(w, position, 8), lanes, i);
    }
    return vector::BitCastOp::create(b, loc, bytes, lanes);
  }

  /// `start` less the sums of all lanes.
  Value finish(ArrayRef<Value> sums, Value start) {
    Value all = sums[0];
    if (parts > 1) {
      auto allWords = VectorType::get({parts * part}, b.getI64Type());
      all = arith::ConstantOp::create(b, loc, b.getZeroAttr(allWords));
      for (int64_t p = 0; p < parts; ++p)
        all = vector::InsertStridedSliceOp::create(
            b, loc, sums[p], all, ArrayRef<int64_t>{p * part}, ArrayRef<int64_t>{1});
    }
    all = arith::TruncIOp::create(b, loc, VectorType::get({parts * part}, b.getI32Type()), all);
    Value result;
    if (steps.lanes == 1)
      result = vector::ExtractOp::create(b, loc, all, ArrayRef<int64_t>{0});
    else
      result = vector::ExtractStridedSliceOp::create(b, loc, all, 0, steps.lanes, 1);
    if (isa<VectorType>(result.getType()) && !isa<VectorType>(start.getType()))
      start = vector::BroadcastOp::create(b, loc, result.getType(), start);
    return arith::SubIOp::create(b, loc, start, result);
  }

  StepBuilder &steps;
  OpBuilder &b;
  Location loc;
  KernelOp op;
  PsadbwRuns runs;
  bool flip;
  int64_t part, parts; ///< lanes of a register; registers for all lanes
  VectorType words, bytes;
  Value x, w;
  AffineExpr filter, row, column;
  bool aligned = false; ///< whether the first lane is the first of eight filters
};

} // namespace

std::optional<TileShape> getPsadbwTile(KernelOp op, TargetAttr target) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(op.getType()).getShape();
  int64_t size = 1;
  for (int64_t dim : shape.drop_back())
    size = dim > 1 ? dim : size;
  int64_t bits = getRegisterBits(target), part = bits / 64;
  // Sums, and a few registers for weights and inputs.
  int64_t sums = bits == 512 ? 24 : 12, most = bits == 512 ? 8 : 6;
  int64_t outputs = llvm::divideCeil(size, llvm::divideCeil(size, most));
  int64_t lanes = part * llvm::bit_floor<uint64_t>(sums / outputs);
  int64_t filters = llvm::alignTo(shape.back(), 8);
  return TileShape{outputs,
                   std::min<int64_t>({lanes, 64, int64_t(llvm::bit_ceil<uint64_t>(filters))})};
}

FailureOr<SmallVector<Value>> buildPsadbwTile(StepBuilder &steps, KernelOp op,
                                              ArrayRef<Indices> members) {
  if (!steps.getTarget().has("sse2"))
    return op.emitError() << "kernel 'psadbw' is not one of '" << steps.getTarget() << "'";
  // Lanes are filters, or there is one.
  for (auto [dim, index] : llvm::enumerate(members[0]))
    if (steps.lanes > 1 && steps.laneStride(index) != (dim == 3 ? 1 : 0))
      return LogicalResult(steps.cannotVectorize());
  return Tile(steps, op).build(members);
}

} // namespace tally
