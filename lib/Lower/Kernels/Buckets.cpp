//===- Buckets.cpp - sums into the buckets that codes name ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A `linalg.generic` that is a reduction into `[.., buckets]`, starts from zeros and yields
//
//   sum + select(bucket == index of the last result dimension, number, 0) + ...
//
// adds every number to one bucket. As written it asks for each bucket whether the number is for
// it; here it is added where it belongs: a small row of buckets, filled once for an element of
// the reduction that reads it. Any processor.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "Lower/Steps/StepBuilder.h"
#include "Lower/Steps/Storage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace tally {
namespace {

/// What the body adds: each number to the bucket of that number.
struct Additions {
  SmallVector<std::pair<Value, Value>> numberOf; // bucket, number
  /// Operations that say so and are not computed.
  llvm::SmallPtrSet<Operation *, 8> control;
};

/// Whether buckets and numbers depend neither on the bucket that is asked for nor on its sum.
bool isIndependent(linalg::GenericOp generic, unsigned dim, const Additions &additions) {
  Operation *end = generic.getBody()->getTerminator();
  auto isControl = [&](Operation *op) { return additions.control.contains(op); };
  for (auto [bucket, number] : additions.numberOf)
    for (Value value : {bucket, number})
      if (value == generic.getRegionOutputArgs().front() ||
          (value.getDefiningOp() && isControl(value.getDefiningOp())))
        return false;
  auto isFree = [&](Operation *user) { return user != end && !isControl(user); };
  if (llvm::any_of(generic.getRegionOutputArgs().front().getUsers(), isFree))
    return false;
  for (Operation &op : generic.getBody()->without_terminator()) {
    auto index = dyn_cast<linalg::IndexOp>(op);
    if (isControl(&op) ? llvm::any_of(op.getUsers(), isFree) : index && index.getDim() == dim)
      return false;
  }
  return llvm::none_of(generic.getDpsInputOperands(), [&](OpOperand *operand) {
    return generic.getMatchingIndexingMap(operand).isFunctionOfDim(dim);
  });
}

/// Reads `sum + select(bucket == index of `dim`, number, 0) + ...`; fails for anything else.
FailureOr<Additions> readAdditions(linalg::GenericOp generic, unsigned dim) {
  Additions additions;
  Value sum = generic.getBody()->getTerminator()->getOperand(0);
  while (auto add = sum.getDefiningOp<arith::AddIOp>()) {
    auto select = add.getRhs().getDefiningOp<arith::SelectOp>();
    auto compare = select ? select.getCondition().getDefiningOp<arith::CmpIOp>() : arith::CmpIOp();
    if (!compare || compare.getPredicate() != arith::CmpIPredicate::eq ||
        !matchPattern(select.getFalseValue(), m_Zero()))
      return failure();
    // The index may stand on either side.
    auto isIndex = [&](Value value) {
      auto cast = value.getDefiningOp<arith::IndexCastOp>();
      auto index = cast ? cast.getIn().getDefiningOp<linalg::IndexOp>() : linalg::IndexOp();
      return index && index.getDim() == dim;
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
  if (sum != generic.getRegionOutputArgs().front() || additions.numberOf.empty() ||
      !isIndependent(generic, dim, additions))
    return failure();
  return additions;
}

/// Whether every element is the constant zero.
bool isZeros(Value tensor) {
  tensor = getStorageBase(tensor);
  if (auto fill = tensor.getDefiningOp<linalg::FillOp>())
    return matchPattern(fill.getInputs()[0], m_Zero());
  if (ElementsAttr elements = getConstantTensor(tensor))
    return elements.isSplat() && matchPattern(elements.getSplatValue<Attribute>(), m_Zero());
  // A fill in its general form.
  auto generic = tensor.getDefiningOp<linalg::GenericOp>();
  if (!generic || generic.getNumReductionLoops() > 0)
    return false;
  Value yielded = generic.getBody()->getTerminator()->getOperand(0);
  auto argument = dyn_cast<BlockArgument>(yielded);
  if (argument && argument.getOwner() == generic.getBody())
    yielded = generic->getOperand(argument.getArgNumber());
  return !isa<RankedTensorType>(yielded.getType()) && matchPattern(yielded, m_Zero());
}

/// What `op` adds, where it has the form.
FailureOr<Additions> match(Operation *op) {
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  if (!generic || generic.getNumReductionLoops() == 0 || generic.getNumResults() != 1)
    return failure();
  AffineMap output = generic.getMatchingIndexingMap(generic.getDpsInitOperand(0));
  if (output.getNumResults() == 0)
    return failure();
  auto last = dyn_cast<AffineDimExpr>(output.getResults().back());
  if (!last)
    return failure();
  FailureOr<Additions> additions = readAdditions(generic, last.getPosition());
  if (failed(additions) || !isZeros(generic.getDpsInits()[0]))
    return failure();
  return additions;
}

struct Buckets : Kernel {
  llvm::StringRef name() const override { return "buckets"; }
  LogicalResult verify(KernelOp op) const override {
    return op.emitOpError() << "is written as a linalg.generic (kernel_c2)";
  }
  bool owns(Operation *op) const override { return succeeded(match(op)); }
  bool isRecomputed() const override { return true; }

  FailureOr<Value> buildElement(StepBuilder &steps, Operation *op,
                                const Indices &indices) const override {
    return steps.elementOfGeneric(cast<linalg::GenericOp>(op), indices);
  }

  LogicalResult prepare(StepBuilder &steps, Operation *op, OpOperand &input,
                        const Indices &dims) const override {
    if (steps.lanes > 1)
      return steps.cannotVectorize();
    auto generic = cast<linalg::GenericOp>(op);
    OpBuilder &b = steps.builder;
    int64_t count = cast<RankedTensorType>(input.get().getType()).getShape().back();
    Type sumType = getElementTypeOrSelf(input.get().getType());
    Value row = addRow(steps, count, sumType);
    steps.setRow(input.get(), row);

    OpBuilder::InsertionGuard guard(b);
    Indices loops = openLoops(steps, generic, getElement(steps, input, dims));
    IRMapping mapping;
    Value none = arith::ConstantOp::create(b, steps.loc, b.getZeroAttr(sumType));
    if (failed(steps.mapArguments(generic, loops, none, mapping)))
      return failure();
    return addNumbers(steps, generic, loops, mapping, row);
  }

private:
  /// Which element `input` reads, without the bucket; under another shape if groups were joined.
  static Indices getElement(StepBuilder &steps, OpOperand &input, const Indices &dims) {
    auto reader = cast<linalg::GenericOp>(input.getOwner());
    Indices element;
    for (AffineExpr expr : reader.getMatchingIndexingMap(&input).getResults())
      element.push_back(expr.replaceDims(dims));
    if (auto collapse = input.get().getDefiningOp<tensor::CollapseShapeOp>())
      element = steps.expandIndices(collapse, element);
    return element;
  }

  /// A row of zeros, and one place more for numbers whose bucket there is not.
  static Value addRow(StepBuilder &steps, int64_t count, Type sumType) {
    OpBuilder &b = steps.builder;
    Location loc = steps.loc;
    OpBuilder::InsertionGuard guard(b);
    Value row;
    {
      OpBuilder::InsertionGuard inner(b);
      steps.setInsertionPointToStart();
      row = memref::AllocaOp::create(b, loc, MemRefType::get({count + 1}, sumType));
    }
    auto clear = scf::ForOp::create(b, loc, steps.constantIndex(0), steps.constantIndex(count),
                                    steps.constantIndex(1));
    b.setInsertionPointToStart(clear.getBody());
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(sumType));
    memref::StoreOp::create(b, loc, zero, row, clear.getInductionVar());
    return row;
  }

  /// The reduction's loops around what follows; the indices of all of its loops.
  static Indices openLoops(StepBuilder &steps, linalg::GenericOp generic, const Indices &element) {
    OpBuilder &b = steps.builder;
    AffineMap output = generic.getMatchingIndexingMap(generic.getDpsInitOperand(0));
    SmallVector<int64_t> ranges = generic.getStaticLoopRanges();
    Indices loops(ranges.size(), b.getAffineConstantExpr(0));
    for (auto [expr, index] : llvm::zip(output.getResults().drop_back(), element))
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        loops[dim.getPosition()] = index;
    for (auto [dim, type] : llvm::enumerate(generic.getIteratorTypesArray())) {
      if (type != utils::IteratorType::reduction || ranges[dim] == 1)
        continue;
      auto loop = scf::ForOp::create(b, steps.loc, steps.constantIndex(0),
                                     steps.constantIndex(ranges[dim]), steps.constantIndex(1));
      b.setInsertionPointToStart(loop.getBody());
      loops[dim] = steps.addDim(loop.getInductionVar());
    }
    return loops;
  }

  static LogicalResult addNumbers(StepBuilder &steps, linalg::GenericOp generic,
                                  const Indices &loops, IRMapping &mapping, Value row) {
    OpBuilder &b = steps.builder;
    Location loc = steps.loc;
    FailureOr<Additions> additions = match(generic);
    for (Operation &op : generic.getBody()->without_terminator()) {
      if (additions->control.contains(&op))
        continue;
      FailureOr<Value> value = steps.evaluateBodyOp(op, loops, mapping);
      if (failed(value))
        return failure();
      mapping.map(op.getResult(0), *value);
    }
    auto valueOf = [&](Value value) -> Value {
      if (Value mapped = mapping.lookupOrNull(value))
        return mapped;
      return b.clone(*value.getDefiningOp())->getResult(0); // a constant from outside
    };
    Value beyond = steps.constantIndex(cast<MemRefType>(row.getType()).getDimSize(0) - 1);
    for (auto [bucket, number] : additions->numberOf) {
      Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), valueOf(bucket));
      Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, index, beyond);
      index = arith::SelectOp::create(b, loc, exists, index, beyond);
      Value old = memref::LoadOp::create(b, loc, row, index);
      Value sum = arith::AddIOp::create(b, loc, old, valueOf(number));
      memref::StoreOp::create(b, loc, sum, row, index);
    }
    return success();
  }
};

} // namespace

const Kernel *getBucketsKernel() {
  static const Buckets kernel;
  return &kernel;
}

} // namespace tally
