//===- StepBuckets.cpp - sums into the buckets that codes name ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A reduction into `[.., buckets]` adds every number to one bucket. As written it asks for each
// bucket whether the number is for it; here it is added where it belongs: a small row of
// buckets, filled once for an element of the reduction that reads it.
//
//===----------------------------------------------------------------------===//

#include "Lower/Steps/StepBuilder.h"
#include "Lower/Steps/Storage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace tally {

namespace {
/// What the body adds: each number to the bucket of that number.
struct Additions {
  SmallVector<std::pair<Value, Value>> numberOf; // bucket, number
  /// Operations that say so and are not computed.
  llvm::SmallPtrSet<Operation *, 8> control;
};
} // namespace

/// Reads `sum + select(bucket == index, number, 0) + ...`.
static FailureOr<Additions> readAdditions(linalg::GenericOp generic) {
  Additions additions;
  Value sum = generic.getBody()->getTerminator()->getOperand(0);
  while (auto add = sum.getDefiningOp<arith::AddIOp>()) {
    auto select = add.getRhs().getDefiningOp<arith::SelectOp>();
    auto compare = select ? select.getCondition().getDefiningOp<arith::CmpIOp>() : arith::CmpIOp();
    if (!compare || compare.getPredicate() != arith::CmpIPredicate::eq)
      return failure();
    // The index may stand on either side.
    auto isIndex = [&](Value value) {
      auto cast = value.getDefiningOp<arith::IndexCastOp>();
      return cast && cast.getIn().getDefiningOp<linalg::IndexOp>();
    };
    Value index = isIndex(compare.getLhs()) ? compare.getLhs() : compare.getRhs();
    if (!isIndex(index))
      return failure();
    Value bucket = index == compare.getLhs() ? compare.getRhs() : compare.getLhs();
    additions.numberOf.push_back({bucket, select.getTrueValue()});
    Operation *cast = index.getDefiningOp();
    additions.control.insert({add, select, compare, cast, cast->getOperand(0).getDefiningOp()});
    sum = add.getLhs();
  }
  if (sum != generic.getRegionOutputArgs().front())
    return failure();
  return additions;
}

LogicalResult StepBuilder::fillBuckets(linalg::GenericOp reader, Value input,
                                       const Indices &readerDims) {
  auto generic = getStorageBase(input).getDefiningOp<linalg::GenericOp>();
  if (!generic || !generic->hasAttr(kBucketsAttr))
    return success();
  if (lanes > 1)
    return cannotVectorize();
  FailureOr<Additions> additions = readAdditions(generic);
  if (failed(additions))
    return generic.emitError() << "requires a body that adds to buckets to be lowered to loops";

  // Which element is read, without the bucket; under another shape if groups were joined.
  OpOperand *operand = nullptr;
  for (OpOperand *candidate : reader.getDpsInputOperands())
    if (candidate->get() == input)
      operand = candidate;
  Indices element;
  for (AffineExpr expr : reader.getMatchingIndexingMap(operand).getResults())
    element.push_back(expr.replaceDims(readerDims));
  if (auto collapse = input.getDefiningOp<tensor::CollapseShapeOp>())
    element = expandIndices(collapse, element);

  int64_t count = cast<RankedTensorType>(input.getType()).getShape().back();
  Type sumType = getElementTypeOrSelf(input.getType());
  Value row;
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&step.front());
    row = memref::AllocaOp::create(builder, loc, MemRefType::get({count}, sumType));
  }
  buckets[input] = row;

  OpBuilder::InsertionGuard guard(builder);
  {
    OpBuilder::InsertionGuard inner(builder);
    auto clear =
        scf::ForOp::create(builder, loc, constantIndex(0), constantIndex(count), constantIndex(1));
    builder.setInsertionPointToStart(clear.getBody());
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(sumType));
    memref::StoreOp::create(builder, loc, zero, row, clear.getInductionVar());
  }

  AffineMap outputMap = generic.getMatchingIndexingMap(generic.getDpsInitOperand(0));
  SmallVector<int64_t> ranges = generic.getStaticLoopRanges();
  Indices loops(ranges.size(), builder.getAffineConstantExpr(0));
  for (auto [expr, index] : llvm::zip(outputMap.getResults().drop_back(), element))
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      loops[dim.getPosition()] = index;
  for (auto [dim, type] : llvm::enumerate(generic.getIteratorTypesArray())) {
    if (type != utils::IteratorType::reduction || ranges[dim] == 1)
      continue;
    auto loop = scf::ForOp::create(builder, loc, constantIndex(0), constantIndex(ranges[dim]),
                                   constantIndex(1));
    builder.setInsertionPointToStart(loop.getBody());
    loops[dim] = addDim(loop.getInductionVar());
  }
  IRMapping mapping;
  Value none = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(sumType));
  if (failed(mapArguments(generic, loops, none, mapping)))
    return failure();
  for (Operation &op : generic.getBody()->without_terminator()) {
    if (additions->control.contains(&op))
      continue;
    FailureOr<Value> value = evaluateBodyOp(op, loops, mapping);
    if (failed(value))
      return failure();
    mapping.map(op.getResult(0), *value);
  }
  auto valueOf = [&](Value value) -> Value {
    if (Value mapped = mapping.lookupOrNull(value))
      return mapped;
    return builder.clone(*value.getDefiningOp())->getResult(0); // a constant from outside
  };
  for (auto [bucket, number] : additions->numberOf) {
    Value index = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), valueOf(bucket));
    Value old = memref::LoadOp::create(builder, loc, row, index);
    Value sum = arith::AddIOp::create(builder, loc, old, valueOf(number));
    memref::StoreOp::create(builder, loc, sum, row, index);
  }
  return success();
}

} // namespace tally
