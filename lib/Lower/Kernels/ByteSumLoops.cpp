//===- ByteSumLoops.cpp - the loops of a sum over windows of bytes --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A few bytes of input are loaded and repeated for all lanes of a register, each of which has as
// many bytes of one filter: one or two instructions make these terms of the sums of as many
// filters and add them to the sums so far, which stay in registers.
//
//===----------------------------------------------------------------------===//

#include "ByteSum.h"
#include "Lower/Steps/LoopNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tally {
namespace {

using Indices = Kernel::Indices;

class Tile {
public:
  Tile(const ByteSumKernel &kernel, StepBuilder &steps, KernelOp op)
      : kernel(kernel), steps(steps), b(steps.builder), loc(steps.loc), op(op), unit(kernel.unit()),
        runs(op, unit), planes(kernel.planes()), most(kernel.most(steps.getTarget())),
        word(b.getIntegerType(8 * unit)),
        flip(op.getParameters().getAs<BoolAttr>("flip").getValue()) {
    int64_t most = kernel.registerBits(steps.getTarget()) / (8 * unit);
    part = std::min<int64_t>(most,
                             std::max<uint64_t>(16 / unit, llvm::bit_ceil<uint64_t>(steps.lanes)));
    parts = llvm::divideCeil(steps.lanes, part);
    words = VectorType::get({part}, word);
    bytes = VectorType::get({unit * part}, b.getI8Type());
    channels = cast<RankedTensorType>(op.getInputs()[0].getType()).getDimSize(3) / runs.group;
    int64_t filters = cast<RankedTensorType>(op.getType()).getDimSize(3);
    own = filters / runs.group;
    piece = runs.piece(filters);
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
    shared = runs.group == 1 ||
             (piece % steps.lanes == 0 && steps.startsAtMultiple(filter, steps.lanes));
    bool padded = runs.placesOf(piece) > piece;
    inBlocks = padded ? shared && steps.startsAtMultiple(filter, piece)
                      : steps.startsAtMultiple(filter, runs.block);
    aligned = inBlocks ||
              ((runs.group == 1 || piece % part == 0) && steps.startsAtMultiple(filter, part));
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(words));
    SmallVector<Value> sums(members.size() * parts * planes.sums, zero);
    LoopNest nest(steps, sums);
    row = runs.rows > 1 ? nest.enter(runs.rows) : b.getAffineConstantExpr(0);
    column = runs.columns > 1 ? nest.enter(runs.columns) : b.getAffineConstantExpr(0);
    sums.assign(nest.carried().begin(), nest.carried().end());
    int64_t whole = runs.bytes / unit;
    bool areFew = runs.count() * runs.groups() <= most;
    if (whole > 0)
      addGroups(members, sums, whole, areFew);
    if (int64_t rest = runs.bytes % unit)
      addGroup(members, sums, b.getAffineConstantExpr(whole),
               b.getAffineConstantExpr(runs.start(whole)), rest, areFew);
    sums = nest.leave(sums);

    SmallVector<Value> results;
    for (size_t member = 0; member < members.size(); ++member) {
      SmallVector<Value> joined;
      for (int64_t p = 0; p < parts; ++p)
        joined.push_back(kernel.joinSums(b, loc, sumsOf(sums, member, p)));
      results.push_back(kernel.finishLanes(steps, joined, *start));
    }
    return results;
  }

private:
  /// Adds the terms of the first `count` groups of the present run, which are whole. Where sums
  /// stay small for some of them, that many have sums of their own.
  void addGroups(ArrayRef<Indices> members, SmallVectorImpl<Value> &sums, int64_t count,
                 bool areFew) {
    constexpr int64_t kWorthwhile = 4;
    int64_t together = areFew || most == 0 ? 1 : largestDivisor(count, most);
    bool putAway = together >= kWorthwhile;
    int64_t chunk = putAway ? together : count;
    LoopNest chunks(steps, sums);
    AffineExpr first = b.getAffineConstantExpr(0);
    if (count > chunk)
      first = chunks.enter(count / chunk) * chunk;
    SmallVector<Value> totals(chunks.carried()), own = totals;
    if (putAway)
      own.assign(totals.size(), arith::ConstantOp::create(b, loc, b.getZeroAttr(words)));
    LoopNest inner(steps, own);
    AffineExpr group = chunk > 1 ? first + inner.enter(chunk) : first;
    own.assign(inner.carried().begin(), inner.carried().end());
    addGroup(members, own, group, group * unit, /*counted=*/unit, areFew || putAway);
    own = inner.leave(own);
    if (putAway)
      for (auto [total, sum] : llvm::zip(totals, own))
        sum = arith::AddIOp::create(b, loc, total, sum);
    sums = chunks.leave(own);
  }

  /// Those of one register of lanes of an output.
  MutableArrayRef<Value> sumsOf(MutableArrayRef<Value> sums, size_t member, int64_t p) {
    return sums.slice((member * parts + p) * planes.sums, planes.sums);
  }

  /// Adds the terms of the bytes of a group of the present run, which start at `byte`; of them
  /// the last `counted` ones count.
  void addGroup(ArrayRef<Indices> members, MutableArrayRef<Value> sums, AffineExpr group,
                AffineExpr byte, int64_t counted, bool few) {
    SmallVector<Value> weights;
    for (int64_t p = 0; p < parts; ++p)
      for (int64_t plane = 0; plane < planes.weights; ++plane)
        weights.push_back(loadWeights(group, p, plane));
    Value mask = makeMask(counted);
    for (auto [member, indices] : llvm::enumerate(members)) {
      SmallVector<Value> inputs;
      for (int64_t p = 0; p < parts; ++p) {
        if (p == 0 || !shared) {
          inputs.clear();
          for (int64_t plane = 0; plane < planes.inputs; ++plane)
            inputs.push_back(loadInput(indices, byte, p, plane));
        }
        kernel.addPlanes(b, loc, steps.getTarget(), sumsOf(sums, member, p), inputs,
                         ArrayRef(weights).slice(p * planes.weights, planes.weights), mask, few);
      }
    }
  }

  Value constantWord(uint64_t value) {
    APInt bits(8 * unit, value, /*isSigned=*/false, /*implicitTrunc=*/true);
    return arith::ConstantOp::create(b, loc, b.getIntegerAttr(word, bits));
  }

  /// `count` bytes as a word, the others zeros.
  Value loadWord(Value buffer, AffineExpr position, int64_t count) {
    auto all = VectorType::get({unit}, b.getI8Type());
    Value read = vector::LoadOp::create(b, loc, VectorType::get({count}, b.getI8Type()), buffer,
                                        steps.materialize(position));
    if (count < unit) {
      Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(all));
      read = vector::InsertStridedSliceOp::create(b, loc, read, zero, ArrayRef<int64_t>{0},
                                                  ArrayRef<int64_t>{1});
    }
    read = vector::BitCastOp::create(b, loc, VectorType::get({1}, word), read);
    return vector::ExtractOp::create(b, loc, read, ArrayRef<int64_t>{0});
  }

  /// Which bits of a group count, for all lanes; null where those that do not make no terms.
  Value makeMask(int64_t counted) {
    bool isShort = runs.bytes < unit;
    // Zeros behind a short run are zeros, unless they were flipped.
    if (counted == unit || kernel.hidesInput() || (isShort && !flip))
      return {};
    uint64_t all = ~uint64_t(0);
    Value mask = constantWord(isShort ? ~(all << 8 * counted) : all << 8 * (unit - counted));
    return vector::BroadcastOp::create(b, loc, words, mask);
  }

  /// The channel of the input with which the group of the filter at `index` begins.
  AffineExpr getChannel(AffineExpr index) {
    return runs.group == 1 ? b.getAffineConstantExpr(0) : index.floorDiv(own) * channels;
  }

  /// Words of `count` bytes from `position` on, of every lane's own group, for the register `p`.
  Value loadOfGroups(AffineExpr position, int64_t count, int64_t p) {
    Value lanes = arith::ConstantOp::create(b, loc, b.getZeroAttr(words));
    for (int64_t i = 0; i < part && p * part + i < steps.lanes; ++i)
      lanes = vector::InsertOp::create(
          b, loc, loadWord(x, position + getChannel(filter + p * part + i), count), lanes, i);
    return lanes;
  }

  /// Bytes of a plane of the input for the lanes of the register `p`, without a sign: the same for
  /// all that are of one group.
  Value loadInput(const Indices &member, AffineExpr byte, int64_t p, int64_t plane) {
    auto stride = op.getParameters().getAs<DenseI64ArrayAttr>("stride");
    auto dilation = op.getParameters().getAs<DenseI64ArrayAttr>("dilation");
    int64_t images = cast<RankedTensorType>(op.getType()).getDimSize(0);
    Indices at = {member[0] + plane * images, member[1] * stride[0] + row * dilation[0],
                  member[2] * stride[1] + column * dilation[1], b.getAffineConstantExpr(0)};
    AffineExpr position = steps.getPosition(at, op.getInputs()[0]) + byte;
    int64_t count = std::min(runs.bytes, unit);
    Value repeated = shared ? vector::BroadcastOp::create(
                                  b, loc, words, loadWord(x, position + getChannel(filter), count))
                                  .getResult()
                            : loadOfGroups(position, count, p);
    if (flip) {
      Value signs = constantWord(0x8080808080808080u);
      repeated = arith::XOrIOp::create(b, loc, repeated,
                                       vector::BroadcastOp::create(b, loc, words, signs));
    }
    return repeated;
  }

  /// The bytes of a plane of weights for the lanes of the register `p`.
  Value loadWeights(AffineExpr group, int64_t p, int64_t plane) {
    if (aligned)
      return vector::BitCastOp::create(
          b, loc, words,
          vector::LoadOp::create(b, loc, bytes, w,
                                 steps.materialize(getPosition(group, p * part, plane))));
    Value lanes = arith::ConstantOp::create(b, loc, b.getZeroAttr(words));
    for (int64_t i = 0; i < part && p * part + i < steps.lanes; ++i) {
      Value lane = loadWord(w, getPosition(group, p * part + i, plane), unit);
      lanes = vector::InsertOp::create(b, loc, lane, lanes, i);
    }
    return lanes;
  }

  /// The place in blocks of the filter at `index`.
  AffineExpr getPlace(AffineExpr index) {
    int64_t between = runs.placesOf(piece) - piece;
    return between == 0 ? index : index + index.floorDiv(piece) * between;
  }

  /// Where a plane of the weights for a lane begins.
  AffineExpr getPosition(AffineExpr group, int64_t lane, int64_t plane) {
    int64_t together = 64 * planes.weights;
    AffineExpr inBlock =
        ((row * runs.columns + column) * runs.groups() + group) * together + plane * 64;
    int64_t size = runs.count() * runs.groups() * together;
    if (inBlocks)
      return getPlace(filter) * (size / runs.block) + inBlock +
             (lane / runs.block * size + lane % runs.block * unit);
    AffineExpr at = getPlace(filter + lane);
    return at.floorDiv(runs.block) * size + at % runs.block * unit + inBlock;
  }

  const ByteSumKernel &kernel;
  StepBuilder &steps;
  OpBuilder &b;
  Location loc;
  KernelOp op;
  int64_t unit;
  ByteRuns runs;
  ByteSumPlanes planes;
  int64_t most; ///< additions to small sums
  IntegerType word;
  bool flip;
  int64_t part, parts;   ///< lanes of a register; registers for all lanes
  int64_t channels, own; ///< channels and filters of a group
  int64_t piece;         ///< of its filters
  VectorType words, bytes;
  Value x, w;
  AffineExpr filter, row, column;
  bool aligned = false;  ///< whether each register's weights lie in one block
  bool inBlocks = false; ///< whether a block begins with the first lane
  bool shared = false;   ///< whether all lanes read the same channels
};

} // namespace

std::optional<TileShape> ByteSumKernel::getTile(Operation *op, TargetAttr target) const {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(cast<KernelOp>(op).getType()).getShape();
  int64_t size = 1;
  for (int64_t dim : shape.drop_back())
    size = dim > 1 ? dim : size;
  int64_t part = registerBits(target) / (8 * unit());
  ByteRuns runs(cast<KernelOp>(op), unit());
  auto [sums, most] = tileOn(target);
  int64_t filters = runs.piece(shape.back()), lanes = filters;
  if (runs.group > 1) {
    lanes = filters % runs.block == 0 ? runs.block : filters;
    for (int64_t more = part; more <= part * int64_t(llvm::bit_floor<uint64_t>(sums / most));
         more += part)
      lanes = filters % more == 0 ? more : lanes;
    most = std::clamp<int64_t>(sums / int64_t(llvm::divideCeil(lanes, part)), 1,
                               lanes <= part ? sums : most);
  } else if (filters <= part) {
    most = sums;
  }
  int64_t outputs = llvm::divideCeil(size, llvm::divideCeil(size, most));
  if (runs.group == 1)
    lanes = std::min<int64_t>({part * int64_t(llvm::bit_floor<uint64_t>(sums / outputs)), 64,
                               int64_t(llvm::bit_ceil(llvm::alignTo(filters, 64 / unit())))});
  return TileShape{outputs, lanes, /*anyLength=*/true};
}

/// The lower halves of lanes of 64 bits: those of two registers by one shuffle, which takes fewer
/// operations than to cut each.
static SmallVector<Value> narrowLanes(OpBuilder &b, Location loc, ArrayRef<Value> sums) {
  int64_t lanes = cast<VectorType>(sums[0].getType()).getNumElements();
  auto halves = VectorType::get({2 * lanes}, b.getI32Type());
  SmallVector<Value> result;
  if (sums.size() % 2 != 0) {
    auto type = VectorType::get({lanes}, b.getI32Type());
    for (Value sum : sums)
      result.push_back(arith::TruncIOp::create(b, loc, type, sum));
    return result;
  }
  SmallVector<int64_t> lower;
  for (int64_t lane = 0; lane < 2 * lanes; ++lane)
    lower.push_back(2 * lane);
  for (size_t p = 0; p < sums.size(); p += 2)
    result.push_back(
        vector::ShuffleOp::create(b, loc, vector::BitCastOp::create(b, loc, halves, sums[p]),
                                  vector::BitCastOp::create(b, loc, halves, sums[p + 1]), lower));
  return result;
}

Value ByteSumKernel::finishLanes(StepBuilder &steps, ArrayRef<Value> sums, Value start) const {
  OpBuilder &b = steps.builder;
  Location loc = steps.loc;
  SmallVector<Value> registers(sums);
  if (unit() > 4)
    registers = narrowLanes(b, loc, sums);
  Value all = registers[0];
  if (registers.size() > 1) {
    int64_t part = cast<VectorType>(all.getType()).getNumElements();
    int64_t lanes = part * int64_t(registers.size());
    all =
        arith::ConstantOp::create(b, loc, b.getZeroAttr(VectorType::get({lanes}, b.getI32Type())));
    for (auto [p, sum] : llvm::enumerate(registers))
      all = vector::InsertStridedSliceOp::create(
          b, loc, sum, all, ArrayRef<int64_t>{int64_t(p) * part}, ArrayRef<int64_t>{1});
  }
  if (steps.lanes == 1)
    return finish(b, loc, start, vector::ExtractOp::create(b, loc, all, ArrayRef<int64_t>{0}));
  all = vector::ExtractStridedSliceOp::create(b, loc, all, 0, steps.lanes, 1);
  if (!isa<VectorType>(start.getType()))
    start = vector::BroadcastOp::create(b, loc, all.getType(), start);
  return finish(b, loc, start, all);
}

LogicalResult requireLanesAlongLast(StepBuilder &steps, const Kernel::Indices &member) {
  for (auto [dim, index] : llvm::enumerate(member))
    if (steps.lanes > 1 && steps.laneStride(index) != (dim + 1 == member.size() ? 1 : 0))
      return steps.cannotVectorize();
  return success();
}

LogicalResult ByteSumKernel::checkLanes(StepBuilder &steps, Operation *op,
                                        const Indices &member) const {
  if (!has(steps.getTarget()))
    return op->emitError() << "kernel '" << name() << "' is not one of '" << steps.getTarget()
                           << "'";
  return requireLanesAlongLast(steps, member);
}

FailureOr<SmallVector<Value>> ByteSumKernel::buildTile(StepBuilder &steps, Operation *op,
                                                       ArrayRef<Indices> members) const {
  if (failed(checkLanes(steps, op, members[0])))
    return failure();
  return Tile(*this, steps, cast<KernelOp>(op)).build(members);
}

} // namespace tally
