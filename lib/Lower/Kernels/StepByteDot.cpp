//===- StepByteDot.cpp - sums of products of bytes in vectors -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lanes are neighbouring channels. Four bytes of input are loaded and repeated for all lanes,
// four bytes of weights for each lane lie side by side, and one instruction adds four products
// to each lane's sum. Several sums are kept, so that an addition need not wait for the last.
//
//===----------------------------------------------------------------------===//

#include "Lower/Steps/StepBuilder.h"
#include "Lower/Steps/Storage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tally {

namespace {

/// Four bytes a lane.
struct DotInstruction {
  OpBuilder &b;
  Location loc;
  ByteDot kind;

  /// `sums` (a 32-bit number a lane) plus the products of `x` (without a sign) and `w`.
  Value add(Value sums, Value x, Value w) const {
    int64_t lanes = cast<VectorType>(sums.getType()).getNumElements();
    if (lanes < 4)
      return addOneByOne(sums, x, w, lanes);
    std::string bits = std::to_string(32 * lanes);
    if (kind == ByteDot::Quads)
      return call("llvm.x86.avx512.vpdpbusd." + bits, sums.getType(), {sums, x, w});
    auto pairType = VectorType::get({2 * lanes}, b.getI16Type());
    Value pairs = call(lanes == 4   ? "llvm.x86.ssse3.pmadd.ub.sw.128"
                       : lanes == 8 ? "llvm.x86.avx2.pmadd.ub.sw"
                                    : "llvm.x86.avx512.pmaddubs.w.512",
                       pairType, {x, w});
    Value ones = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(pairType, int16_t(1)));
    Value quads = call(lanes == 4   ? "llvm.x86.sse2.pmadd.wd"
                       : lanes == 8 ? "llvm.x86.avx2.pmadd.wd"
                                    : "llvm.x86.avx512.pmaddw.d.512",
                       sums.getType(), {pairs, ones});
    return arith::AddIOp::create(b, loc, sums, quads);
  }

private:
  Value call(const std::string &name, Type result, ValueRange operands) const {
    return LLVM::CallIntrinsicOp::create(b, loc, result, b.getStringAttr(name), operands)
        .getResult(0);
  }

  Value addOneByOne(Value sums, Value x, Value w, int64_t lanes) const {
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
};

} // namespace

FailureOr<Value> StepBuilder::sumBytes(linalg::GenericOp generic, const Indices &indices) {
  // Lanes are filters, or there is one.
  for (auto [dim, index] : llvm::enumerate(indices))
    if (lanes > 1 && laneStride(index) != (dim == 3 ? 1 : 0))
      return cannotVectorize();
  bool flip = cast<BoolAttr>(generic->getAttr(kByteDotAttr)).getValue();
  int64_t part = std::min(lanes, vectorBits / 32), parts = lanes / part;
  auto partType = VectorType::get({part}, builder.getI32Type());
  auto byteType = VectorType::get({4 * part}, builder.getI8Type());
  auto wordType = VectorType::get({1}, builder.getI32Type());

  SmallVector<int64_t> ranges = generic.getStaticLoopRanges();
  // Enough sums to hide an instruction's latency, as far as that divides the channels.
  int64_t chains = std::max<int64_t>(1, 4 / parts);
  while (ranges[6] % chains != 0)
    --chains;

  FailureOr<Value> x = bufferFor(generic.getDpsInputs()[0]);
  FailureOr<Value> w = bufferFor(generic.getDpsInputs()[1]);
  FailureOr<Value> start = elementOf(generic.getDpsInits()[0], indices);
  if (failed(x) || failed(w) || failed(start))
    return failure();
  Value first = isa<VectorType>(start->getType())
                    ? *start
                    : vector::BroadcastOp::create(
                          builder, loc, VectorType::get({lanes}, start->getType()), *start)
                          .getResult();
  SmallVector<Value> sums;
  for (int64_t p = 0; p < parts; ++p)
    sums.push_back(vector::ExtractStridedSliceOp::create(builder, loc, first, p * part, part, 1));
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(partType));
  sums.append((chains - 1) * parts, zero);

  OpBuilder::InsertionGuard guard(builder);
  Indices loops(indices.begin(), indices.end());
  SmallVector<scf::ForOp> nest;
  for (int dim = 4; dim < 7; ++dim) {
    int64_t step = dim == 6 ? chains : 1;
    auto loop = scf::ForOp::create(builder, loc, constantIndex(0), constantIndex(ranges[dim]),
                                   constantIndex(step), sums);
    builder.setInsertionPointToStart(loop.getBody());
    loops.push_back(addDim(loop.getInductionVar()));
    sums.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
    nest.push_back(loop);
  }
  loops.push_back(builder.getAffineConstantExpr(0));

  auto positionOf = [&](unsigned operand) {
    Indices at;
    OpOperand *use = generic.getDpsInputOperand(operand);
    for (AffineExpr expr : generic.getMatchingIndexingMap(use).getResults())
      at.push_back(expr.replaceDims(loops));
    return getPosition(at, use->get());
  };
  DotInstruction instruction{builder, loc, byteDot};
  AffineExpr channels = loops[6];
  for (int64_t chain = 0; chain < chains; ++chain) {
    loops[6] = channels + chain;
    Value four = vector::LoadOp::create(builder, loc, VectorType::get({4}, builder.getI8Type()), *x,
                                        materialize(positionOf(0)));
    Value word = vector::BitCastOp::create(builder, loc, wordType, four);
    word = vector::ExtractOp::create(builder, loc, word, ArrayRef<int64_t>{0});
    if (flip)
      word = arith::XOrIOp::create(
          builder, loc, word,
          arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(int32_t(0x80808080u))));
    Value words = vector::BroadcastOp::create(builder, loc, partType, word);
    Value inputs = vector::BitCastOp::create(builder, loc, byteType, words);
    for (int64_t p = 0; p < parts; ++p) {
      Value weights = vector::LoadOp::create(builder, loc, byteType, *w,
                                             materialize(positionOf(1) + 4 * p * part));
      Value &sum = sums[chain * parts + p];
      sum = instruction.add(sum, inputs, weights);
    }
  }
  for (scf::ForOp loop : llvm::reverse(nest)) {
    builder.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(builder, loc, sums);
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  }
  builder.setInsertionPointAfter(nest.front());

  Value result = first;
  for (int64_t p = 0; p < parts; ++p) {
    Value sum = sums[p];
    for (int64_t chain = 1; chain < chains; ++chain)
      sum = arith::AddIOp::create(builder, loc, sum, sums[chain * parts + p]);
    result = vector::InsertStridedSliceOp::create(
        builder, loc, sum, result, ArrayRef<int64_t>{p * part}, ArrayRef<int64_t>{1});
  }
  if (lanes > 1)
    return result;
  return vector::ExtractOp::create(builder, loc, result, ArrayRef<int64_t>{0}).getResult();
}

LogicalResult StepBuilder::storeUnpacked(linalg::GenericOp generic) {
  auto table = cast<DenseI8ArrayAttr>(generic->getAttr(kUnpackAttr)).asArrayRef();
  int64_t count = cast<RankedTensorType>(generic.getResult(0).getType()).getNumElements();
  tensor::ExtractOp read = *generic.getBody()->getOps<tensor::ExtractOp>().begin();
  FailureOr<Value> packed = bufferFor(read.getTensor());
  if (failed(packed))
    return failure();
  auto bytes = VectorType::get({16}, builder.getI8Type());
  auto splat = [&](int8_t value) -> Value {
    return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(bytes, value));
  };
  Value levels = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(bytes, table));
  auto loop =
      scf::ForOp::create(builder, loc, constantIndex(0), constantIndex(count), constantIndex(32));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  AffineExpr position = addDim(loop.getInductionVar());
  Value pairs =
      vector::LoadOp::create(builder, loc, bytes, *packed, materialize(position.floorDiv(2)));
  auto lookUp = [&](Value codes) -> Value {
    return LLVM::CallIntrinsicOp::create(builder, loc, bytes,
                                         builder.getStringAttr("llvm.x86.ssse3.pshuf.b.128"),
                                         ValueRange{levels, codes})
        .getResult(0);
  };
  Value low = lookUp(arith::AndIOp::create(builder, loc, pairs, splat(15)));
  Value high = lookUp(arith::ShRUIOp::create(builder, loc, pairs, splat(4)));
  // The first of two codes is in the low half of a byte.
  Value both = vector::InterleaveOp::create(builder, loc, low, high);
  vector::StoreOp::create(builder, loc, both, output, materialize(position));
  return success();
}

} // namespace tally
