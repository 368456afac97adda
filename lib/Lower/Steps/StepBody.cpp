//===- StepBody.cpp - linalg.generic inside a loop nest -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LoopNest.h"
#include "Lower/Kernels/Kernel.h"
#include "Storage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace tally {

FailureOr<Value> StepBuilder::elementOfGeneric(linalg::GenericOp generic, const Indices &indices) {
  FailureOr<SmallVector<Value>> elements = elementsOfGeneric(generic, indices);
  if (failed(elements))
    return failure();
  return elements->front();
}

FailureOr<SmallVector<Value>> StepBuilder::elementsOfGeneric(linalg::GenericOp generic,
                                                             ArrayRef<Indices> members) {
  if (generic.getNumResults() != 1 || generic.hasDynamicShape())
    return generic.emitError() << "requires one result and static shapes to be lowered to loops";
  AffineMap outputMap = generic.getMatchingIndexingMap(generic.getDpsInitOperand(0));
  SmallVector<int64_t> ranges = generic.getStaticLoopRanges();
  SmallVector<Indices> loops(members.size(),
                             Indices(ranges.size(), builder.getAffineConstantExpr(0)));
  for (auto [member, indices] : llvm::enumerate(members))
    for (auto [expr, index] : llvm::zip(outputMap.getResults(), indices)) {
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        loops[member][dim.getPosition()] = index;
      else if (!isa<AffineConstantExpr>(expr))
        return generic.emitError() << "requires results indexed by loops to be lowered to loops";
    }
  bool reduces = generic.getNumReductionLoops() > 0;
  bool vector = dependsOnLane(members[0]);
  SmallVector<Value> start;
  if (reduces) {
    for (OpOperand *input : generic.getDpsInputOperands()) {
      Operation *op = getStorageBase(input->get()).getDefiningOp();
      if (const Kernel *kernel = findKernel(op); kernel && !stored.contains(op->getResult(0)))
        if (failed(kernel->prepare(*this, op, *input, loops[0])))
          return failure();
    }
    for (const Indices &indices : members) {
      FailureOr<Value> first = elementOf(generic.getDpsInits()[0], indices);
      if (failed(first))
        return failure();
      start.push_back(vector ? toVector(*first) : *first);
    }
  }
  if (reduces && !vector && int64_t(members.size()) == current.last.size && fusesWindow(generic))
    return reduceWindow(generic, loops[0], start);
  LoopNest nest(*this, start);
  for (auto [dim, type] : llvm::enumerate(generic.getIteratorTypesArray()))
    if (type == utils::IteratorType::reduction && ranges[dim] != 1) {
      AffineExpr index = nest.enter(ranges[dim]);
      for (Indices &loop : loops)
        loop[dim] = index;
    }
  SmallVector<Value> accumulators(nest.carried()), results;
  for (auto [member, loop] : llvm::enumerate(loops)) {
    FailureOr<Value> result = evaluateBody(generic, loop, reduces ? accumulators[member] : Value());
    if (failed(result))
      return failure();
    results.push_back(vector && reduces ? toVector(*result) : *result);
  }
  return reduces ? nest.leave(results) : results;
}

/// The reduction of windows whose elements a kernel computes, all of them in one tile, for the
/// outputs along the last dimension, the first of which has `loops`.
FailureOr<SmallVector<Value>> StepBuilder::reduceWindow(linalg::GenericOp generic, Indices loops,
                                                        SmallVector<Value> sums) {
  auto outer = current;
  current.inside = false;
  current.outputs = {};
  SmallVector<int64_t> ranges = generic.getStaticLoopRanges();
  for (auto [dim, type] : llvm::enumerate(generic.getIteratorTypesArray()))
    if (type == utils::IteratorType::reduction && ranges[dim] != 1) {
      loops[dim] = addDim(constantIndex(0));
      current.window.push_back({std::nullopt, unsigned(dims.size() - 1), ranges[dim]});
    }
  for (current.member = 0; current.member < tileSize(); ++current.member) {
    Value &sum = sums[current.member % sums.size()];
    FailureOr<Value> next = evaluateBody(generic, atMember(loops, current.member), sum);
    if (failed(next))
      return failure();
    sum = *next;
  }
  current = outer;
  return sums;
}

LogicalResult StepBuilder::mapArguments(linalg::GenericOp generic, const Indices &loops,
                                        Value accumulator, IRMapping &mapping) {
  for (OpOperand &operand : generic->getOpOperands()) {
    BlockArgument argument = generic.getMatchingBlockArgument(&operand);
    if (argument.use_empty())
      continue;
    if (generic.isDpsInit(&operand) && accumulator) {
      mapping.map(argument, accumulator);
      continue;
    }
    if (!isa<RankedTensorType>(operand.get().getType())) {
      Operation *constant = operand.get().getDefiningOp<arith::ConstantOp>();
      if (!constant)
        return generic.emitError() << "requires constant scalars to be lowered to loops";
      mapping.map(argument, builder.clone(*constant)->getResult(0));
      continue;
    }
    Indices indices;
    for (AffineExpr expr : generic.getMatchingIndexingMap(&operand).getResults())
      indices.push_back(expr.replaceDims(loops));
    FailureOr<Value> element = elementOf(operand.get(), indices);
    if (failed(element))
      return failure();
    mapping.map(argument, *element);
  }
  return success();
}

FailureOr<Value> StepBuilder::evaluateBody(linalg::GenericOp generic, const Indices &loops,
                                           Value accumulator) {
  IRMapping mapping;
  if (failed(mapArguments(generic, loops, accumulator, mapping)))
    return failure();
  Block *body = generic.getBody();
  for (Operation &op : body->without_terminator()) {
    FailureOr<Value> value = evaluateBodyOp(op, loops, mapping);
    if (failed(value))
      return failure();
    // Only in sums: elsewhere the rounding of a product is part of what a network computes.
    if (Operation *built = value->getDefiningOp();
        accumulator && isa_and_nonnull<arith::MulFOp, arith::AddFOp, arith::SubFOp>(built))
      built->setAttr("fastmath", arith::FastMathFlagsAttr::get(builder.getContext(),
                                                               arith::FastMathFlags::contract));
    mapping.map(op.getResult(0), *value);
  }
  Value yielded = body->getTerminator()->getOperand(0);
  if (!mapping.contains(yielded)) {
    Operation *constant = yielded.getDefiningOp<arith::ConstantOp>();
    if (!constant)
      return generic.emitError() << "yields a value that cannot be lowered to loops";
    return builder.clone(*constant)->getResult(0);
  }
  return mapping.lookup(yielded);
}

StepBuilder::Indices StepBuilder::expandIndices(tensor::CollapseShapeOp collapse,
                                                const Indices &indices) {
  ArrayRef<int64_t> shape = collapse.getSrcType().getShape();
  Indices source(shape.size(), builder.getAffineConstantExpr(0));
  for (auto [group, index] : llvm::zip(collapse.getReassociationIndices(), indices)) {
    AffineExpr rest = index;
    int64_t first = group.front();
    for (int64_t dim : llvm::reverse(group)) {
      if (shape[dim] == 1)
        continue;
      bool outermost =
          llvm::all_of(llvm::seq<int64_t>(first, dim), [&](int64_t d) { return shape[d] == 1; });
      source[dim] = outermost ? rest : rest % shape[dim];
      rest = rest.floorDiv(shape[dim]);
    }
  }
  return source;
}

/// The index of a loop, for each lane.
FailureOr<Value> StepBuilder::evaluateIndex(AffineExpr expr) {
  Value base = materialize(expr);
  if (!dependsOnLane(expr))
    return base;
  if (laneStride(expr) != 1)
    return cannotVectorize();
  auto type = VectorType::get({lanes}, builder.getIndexType());
  Value steps = vector::StepOp::create(builder, loc, type);
  return arith::AddIOp::create(builder, loc, toVector(base), steps).getResult();
}

/// What the operands of `op` are here: from the body, or constants from outside.
FailureOr<SmallVector<Value>> StepBuilder::mapOperands(Operation &op, IRMapping &mapping) {
  SmallVector<Value> operands;
  for (Value operand : op.getOperands()) {
    if (Value mapped = mapping.lookupOrNull(operand)) {
      operands.push_back(mapped);
    } else if (isa<RankedTensorType>(operand.getType())) {
      operands.push_back(operand);
    } else {
      Operation *constant = operand.getDefiningOp<arith::ConstantOp>();
      if (!constant)
        return op.emitError() << "uses a value that cannot be lowered to loops";
      operands.push_back(builder.clone(*constant)->getResult(0));
    }
  }
  return operands;
}

FailureOr<Value> StepBuilder::evaluateBodyOp(Operation &op, const Indices &loops,
                                             IRMapping &mapping) {
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return evaluateIndex(loops[index.getDim()]);

  FailureOr<SmallVector<Value>> mapped = mapOperands(op, mapping);
  if (failed(mapped))
    return failure();
  ArrayRef<Value> operands = *mapped;
  bool vector = llvm::any_of(operands, [](Value v) { return isa<VectorType>(v.getType()); });
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    if (vector)
      return cannotVectorize();
    Indices indices;
    for (Value index : operands.drop_front())
      indices.push_back(addDim(index));
    return elementOf(extract.getTensor(), indices);
  }
  if (auto call = dyn_cast<func::CallOp>(op); call && call.getNumResults() == 1) {
    if (vector)
      return cannotVectorize();
    return func::CallOp::create(builder, loc, call.getCalleeAttr(), call.getResultTypes(), operands)
        .getResult(0);
  }
  if (isa<arith::ShLIOp>(op) && isa<VectorType>(operands[1].getType()) &&
      op.getResult(0).getType().isInteger(32) && target.getMulFree() != MulFree::No &&
      !target.shiftsLanes())
    return cannotVectorize();
  if (op.getNumResults() != 1 || op.getNumRegions() != 0 ||
      !(op.hasTrait<OpTrait::ConstantLike>() || OpTrait::hasElementwiseMappableTraits(&op)))
    return op.emitError() << "'" << op.getName() << "' cannot be lowered to loops";
  OperationState state(loc, op.getName());
  for (Value operand : operands)
    state.operands.push_back(vector ? toVector(operand) : operand);
  Type type = op.getResult(0).getType();
  state.addTypes(vector ? VectorType::get({lanes}, type) : type);
  state.addAttributes(op.getAttrs());
  return builder.create(state)->getResult(0);
}

} // namespace tally
