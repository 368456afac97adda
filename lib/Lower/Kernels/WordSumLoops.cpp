//===- WordSumLoops.cpp - the loops of a sum over words of bytes ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Words of a few outputs' inputs and of a few filters' weights are loaded once for all pairs of
// them, whose sums stay in registers. Where a sum of bytes would overflow, loops over as many words
// as it takes stand inside those over the window, and what they found is put away between them.
//
//===----------------------------------------------------------------------===//

#include "Lower/Steps/LoopNest.h"
#include "Lower/Steps/Storage.h"
#include "WordSum.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tally {
namespace {

using Indices = Kernel::Indices;
using Words = WordSumKernel::Words;

/// Whether `tensor` is in memory that the network places, and not where the caller keeps an input
/// or a result, or the compiler an array of constants.
bool liesInWorkspace(Value tensor) {
  SmallVector<Value> shown = {getStorageBase(tensor)};
  if (isa<BlockArgument>(shown[0]) || getConstantTensor(shown[0]))
    return false;
  while (!shown.empty())
    for (Operation *user : shown.pop_back_val().getUsers()) {
      if (isa<func::ReturnOp>(user))
        return false;
      if (user->getNumResults() == 1 && getStorageBase(user->getResult(0)) != user->getResult(0))
        shown.push_back(user->getResult(0));
    }
  return true;
}

class Tile {
public:
  static constexpr int64_t kUnit = WordSumKernel::kUnit;

  Tile(const WordSumKernel &kernel, StepBuilder &steps, KernelOp op)
      : kernel(kernel), steps(steps), b(steps.builder), loc(steps.loc), op(op),
        runs(op, kUnit, WordSumKernel::getBlock(op)),
        bits(op.getParameters().getAs<IntegerAttr>("bits").getInt()),
        isSigned(op.getParameters().getAs<BoolAttr>("signed").getValue()) {}

  /// `members` are so many outputs, each of them at so many filters.
  FailureOr<SmallVector<Value>> build(ArrayRef<Indices> members, int64_t filterCount) {
    FailureOr<Value> xs = steps.bufferFor(op.getInputs()[0]),
                     ws = steps.bufferFor(op.getInputs()[1]);
    if (failed(xs) || failed(ws))
      return failure();
    x = *xs;
    w = *ws;
    aligned = cast<RankedTensorType>(op.getInputs()[0].getType()).getDimSize(3) % kUnit == 0 &&
              liesInWorkspace(op.getInputs()[0]);
    filters = filterCount;
    for (size_t member = 0; member < members.size(); member += filters)
      outputs.push_back(members[member]);
    setFilter(members[0][3]);

    int64_t count = members.size() + (kernel.sumsInput() ? outputs.size() : 0);
    Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
    SmallVector<Value> totals(count, zero);
    LoopNest nest(steps, totals);
    row = runs.rows > 1 ? nest.enter(runs.rows) : b.getAffineConstantExpr(0);
    column = runs.columns > 1 ? nest.enter(runs.columns) : b.getAffineConstantExpr(0);
    totals.assign(nest.carried().begin(), nest.carried().end());
    addRun(totals);
    totals = nest.leave(totals);

    SmallVector<Value> results;
    for (size_t member = 0; member < members.size(); ++member) {
      FailureOr<Value> start = steps.elementOf(op.getInputs()[2], {members[member][3]});
      if (failed(start))
        return failure();
      Value input = kernel.sumsInput() ? totals[members.size() + member / filters] : Value();
      results.push_back(kernel.finish(b, loc, *start, totals[member], input));
    }
    return results;
  }

private:
  /// Where the weights of the tile's filters begin, whose first one is a multiple of the block.
  void setFilter(AffineExpr first) {
    if (AffineExpr row = steps.getFirstRow(op.getInputs()[1]))
      first = steps.simplify(first - row);
    if (blockWords() % runs.block == 0) {
      weights = first * (blockWords() / runs.block);
      return;
    }
    // A division that leaves nothing, by a shift: blocks are of powers of two.
    Value index = arith::ShRUIOp::create(b, loc, steps.materialize(first),
                                         steps.constantIndex(llvm::Log2_64(runs.block)));
    weights = steps.addDim(index) * blockWords();
  }

  /// Of a whole one.
  int64_t blockWords() const {
    return runs.count() * runs.groups() * WordSumKernel::wordsOf(runs.block, bits);
  }

  /// The terms of the present run.
  void addRun(SmallVector<Value> &totals) {
    int64_t whole = runs.bytes / kUnit, rest = runs.bytes % kUnit;
    int64_t most = kernel.wordsOfSum(op);
    bool folds = most != INT64_MAX;
    int64_t size = folds ? largestDivisor(whole, most) : whole;
    if (folds && 2 * size <= most) // few, because there is no better divisor
      size = std::min(whole, most);
    int64_t chunks = whole / size;
    if (chunks > 0) {
      LoopNest nest(steps, totals);
      AffineExpr first = b.getAffineConstantExpr(0);
      if (chunks > 1)
        first = nest.enter(chunks) * size;
      totals.assign(nest.carried().begin(), nest.carried().end());
      addChunk(totals, first, size, folds);
      totals = nest.leave(totals);
    }
    if (int64_t left = whole - chunks * size)
      addChunk(totals, b.getAffineConstantExpr(chunks * size), left, folds);
    if (rest == 0)
      return;
    SmallVector<Value> sums = startSums(totals, folds);
    addWord(sums, b.getAffineConstantExpr(whole), b.getAffineConstantExpr(runs.start(whole)), rest);
    finishSums(totals, sums, folds);
  }

  SmallVector<Value> startSums(ArrayRef<Value> totals, bool folds) {
    Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
    return folds ? SmallVector<Value>(totals.size(), zero) : SmallVector<Value>(totals);
  }

  void finishSums(SmallVector<Value> &totals, ArrayRef<Value> sums, bool folds) {
    for (auto [total, sum] : llvm::zip(totals, sums))
      total = folds ? kernel.fold(b, loc, total, sum) : sum;
  }

  /// `count` words of the run, from `first` on.
  void addChunk(SmallVector<Value> &totals, AffineExpr first, int64_t count, bool folds) {
    SmallVector<Value> sums = startSums(totals, folds);
    // A few at a time, so that the loop itself costs little.
    constexpr int64_t kUnrolled = 4;
    int64_t unrolled = largestDivisor(count, kUnrolled);
    LoopNest nest(steps, sums);
    AffineExpr group = first;
    if (count > unrolled)
      group = first + nest.enter(count, unrolled);
    sums.assign(nest.carried().begin(), nest.carried().end());
    for (int64_t i = 0; i < unrolled; ++i)
      addWord(sums, group + i, (group + i) * kUnit, kUnit);
    sums = nest.leave(sums);
    finishSums(totals, sums, folds);
  }

  /// Adds the terms of four bytes, which start at `byte` of the run; the last `counted` count.
  void addWord(MutableArrayRef<Value> sums, AffineExpr group, AffineExpr byte, int64_t counted) {
    SmallVector<Words> inputs;
    for (auto [output, indices] : llvm::enumerate(outputs)) {
      Value input = loadInput(indices, byte);
      if (isSigned && kernel.flipsSign())
        input = arith::XOrIOp::create(b, loc, input, constant(0x80808080u));
      if (counted < kUnit && !kernel.hidesInput())
        input = arith::AndIOp::create(b, loc, input, constant(~uint32_t(0) << 8 * (4 - counted)));
      if (kernel.sumsInput()) {
        Value &sum = sums[outputs.size() * filters + output];
        sum = arith::AddIOp::create(b, loc, sum, input);
      }
      inputs.push_back(kernel.prepareInput(b, loc, isSigned, input));
    }
    Value packed;
    for (int64_t f = 0; f < filters; ++f) {
      int64_t together = 8 / bits, place = f % together;
      if (place == 0)
        packed = loadWeights(group, f);
      Words word = kernel.prepareWeights(b, loc, unpack(packed, place));
      for (size_t output = 0; output < outputs.size(); ++output) {
        Value &sum = sums[output * filters + f];
        sum = kernel.add(b, loc, sum, inputs[output], word);
      }
    }
  }

  Value constant(uint32_t value) {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(int32_t(value)));
  }

  /// The weights of one of the filters that share a word.
  Value unpack(Value packed, int64_t place) {
    if (bits == 8)
      return packed;
    if (place > 0)
      packed = arith::ShRUIOp::create(b, loc, packed, constant(place * bits));
    return arith::AndIOp::create(b, loc, packed, constant(0x01010101u * ((1u << bits) - 1)));
  }

  Value loadInput(const Indices &member, AffineExpr byte) {
    auto stride = op.getParameters().getAs<DenseI64ArrayAttr>("stride");
    auto dilation = op.getParameters().getAs<DenseI64ArrayAttr>("dilation");
    Indices at = {member[0], member[1] * stride[0] + row * dilation[0],
                  member[2] * stride[1] + column * dilation[1], b.getAffineConstantExpr(0)};
    AffineExpr position = steps.getPosition(at, op.getInputs()[0]) + byte;
    return loadWord(x, position, aligned);
  }

  Value loadWord(Value buffer, AffineExpr position, bool isAligned) {
    auto bytes = VectorType::get({kUnit}, b.getI8Type());
    Value read = vector::LoadOp::create(b, loc, bytes, buffer, steps.materialize(position),
                                        /*nontemporal=*/false,
                                        isAligned ? llvm::MaybeAlign(kUnit) : llvm::MaybeAlign());
    read = vector::BitCastOp::create(b, loc, VectorType::get({1}, b.getI32Type()), read);
    return vector::ExtractOp::create(b, loc, read, ArrayRef<int64_t>{0});
  }

  /// The word with the weights of the tile's filter `f`.
  Value loadWeights(AffineExpr group, int64_t f) {
    int64_t block = f / runs.block * runs.block, size = std::min(runs.block, filters - block);
    AffineExpr inBlock = ((row * runs.columns + column) * runs.groups() + group) *
                             WordSumKernel::wordsOf(size, bits) +
                         (f - block) * bits / 8;
    AffineExpr place = weights + inBlock + f / runs.block * blockWords();
    if (cast<MemRefType>(w.getType()).getElementType().isInteger(8))
      return loadWord(w, place * kUnit, liesInWorkspace(op.getInputs()[1]));
    return memref::LoadOp::create(b, loc, w, steps.materialize(place));
  }

  const WordSumKernel &kernel;
  StepBuilder &steps;
  OpBuilder &b;
  Location loc;
  KernelOp op;
  ByteRuns runs;
  int64_t bits;
  bool isSigned, aligned = false;
  Value x, w;
  SmallVector<Indices> outputs;
  int64_t filters = 1;
  AffineExpr weights, row, column;
};

} // namespace

FailureOr<SmallVector<Value>> WordSumKernel::buildTile(StepBuilder &steps, Operation *op,
                                                       ArrayRef<Indices> members) const {
  if (!has(steps.getTarget()))
    return op->emitError() << "kernel '" << name() << "' is not one of '" << steps.getTarget()
                           << "'";
  size_t filters = 1;
  while (filters < members.size() &&
         ArrayRef(members[filters]).drop_back() == ArrayRef(members[0]).drop_back())
    ++filters;
  // What reads it in another order reads it from memory.
  assert(steps.startsAtMultiple(members[0][3], getBlock(cast<KernelOp>(op))) &&
         "starts inside a block of filters");
  for (auto [index, member] : llvm::enumerate(members))
    assert(steps.simplify(member[3] - members[0][3]) == int64_t(index % filters) &&
           "filters are no neighbours");
  return Tile(*this, steps, cast<KernelOp>(op)).build(members, filters);
}

} // namespace tally
