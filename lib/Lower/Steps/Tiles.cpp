//===- Tiles.cpp - loops over elements, in vectors and tiles --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tile is several outputs along the last dimension but one that has any. Its code is built
// member by member, as that of single outputs is; at the first member, a kernel computes the sums
// of all of them in one nest of loops, and the others find theirs.
//
//===----------------------------------------------------------------------===//

#include "StepBuilder.h"
#include "Storage.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include <numeric>

using namespace mlir;

namespace tally {
namespace {

/// `count` pieces of `size` elements, from `begin` on.
struct Pieces {
  int64_t begin, size, count;
};

/// Equal pieces of at most `most`, then perhaps a shorter one.
SmallVector<Pieces> cutEvenly(int64_t total, int64_t most) {
  int64_t size = llvm::divideCeil(total, llvm::divideCeil(total, most));
  SmallVector<Pieces> pieces = {{0, size, total / size}};
  if (int64_t rest = total % size)
    pieces.push_back({total - rest, rest, 1});
  return pieces;
}

/// Vectors of `most` as long as they fit, then shorter ones: by halves, or one of what is left.
SmallVector<Pieces> cutIntoVectors(int64_t total, int64_t most, bool byHalves) {
  SmallVector<Pieces> pieces;
  for (int64_t begin = 0, size = byHalves ? llvm::bit_floor<uint64_t>(most) : most;
       begin < total;) {
    int64_t rest = total - begin;
    if (size > rest)
      size = byHalves ? llvm::bit_floor<uint64_t>(rest) : rest;
    pieces.push_back({begin, size, rest / size});
    begin += rest / size * size;
  }
  return pieces;
}

} // namespace

/// Whether `op` is a reduction of what a kernel computes in tiles, without a buffer.
bool StepBuilder::fusesWindow(Operation *op) {
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  if (!generic || generic.getNumReductionLoops() == 0)
    return false;
  SmallVector<Value> pending(generic.getDpsInputs());
  while (!pending.empty()) {
    Value base = getStorageBase(pending.pop_back_val());
    Operation *source = base.getDefiningOp();
    if (!source || !isa<RankedTensorType>(base.getType()) || stored.contains(base))
      continue;
    if (const Kernel *kernel = findKernel(source); kernel && kernel->getTile(source, target))
      return true;
    llvm::append_range(pending, source->getOperands());
  }
  return false;
}

std::optional<TileShape> StepBuilder::chooseTile(Value value) {
  kernelOfTile = nullptr;
  std::optional<TileShape> result;
  bool single = false; // whether a kernel builds single elements
  SmallVector<Operation *> pending = {value.getDefiningOp()};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val();
    if (!op || !seen.insert(op).second)
      continue;
    if (const Kernel *kernel = findKernel(op)) {
      kernelOfTile = kernelOfTile ? kernelOfTile : kernel;
      std::optional<TileShape> shape = kernel->getTile(op, target);
      // Numbers side by side do what vectors would.
      if (shape && shape->last > 1 && maxLanes > 1 && isa<linalg::GenericOp>(op))
        shape.reset();
      single |= !shape;
      // Filters whose weights lie side by side are computed at once.
      if (shape && result)
        shape = {std::min(shape->outputs, result->outputs), std::min(shape->lanes, result->lanes),
                 shape->anyLength && result->anyLength, std::max(shape->last, result->last)};
      result = shape ? shape : result;
      if (!fusesWindow(op))
        continue;
      if (result)
        result->outputs = 1; // the places of its window are in their place
    }
    for (Value operand : op->getOperands())
      if (Value base = getStorageBase(operand);
          isa<RankedTensorType>(base.getType()) && !stored.contains(base))
        pending.push_back(base.getDefiningOp());
  }
  if (!result || result->lanes > maxLanes || (single && result->last == 1))
    return {};
  return result;
}

LogicalResult StepBuilder::forEachElement(ArrayRef<int64_t> shape,
                                          function_ref<LogicalResult(const Indices &)> body) {
  current = {};
  if (tile)
    for (unsigned dim = 0; dim + 1 < shape.size(); ++dim)
      if (shape[dim] > 1)
        current.outputs.index = dim;
  if (tile && tile->last > 1 && !shape.empty())
    current.last.index = shape.size() - 1;
  Indices indices;
  LogicalResult result = openLoops(shape, indices, body);
  lanes = 1;
  return result;
}

/// The values that the step of `value` needs by rows: nobody stores them, and kernels build rows.
llvm::SetVector<Value> StepBuilder::findRows(Value value) {
  llvm::SetVector<Value> found;
  SmallVector<Operation *> pending = {value.getDefiningOp()};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val();
    if (!op || !seen.insert(op).second)
      continue;
    if (const Kernel *kernel = findKernel(op);
        kernel && kernel->buildsRows() && !stored.contains(op->getResult(0)))
      found.insert(op->getResult(0));
    for (Value operand : op->getOperands())
      if (Value base = getStorageBase(operand);
          isa<RankedTensorType>(base.getType()) && !stored.contains(base))
        pending.push_back(base.getDefiningOp());
  }
  return found;
}

/// `count` rows of each, from `first` on.
LogicalResult StepBuilder::buildRows(AffineExpr first, int64_t count) {
  for (Value value : rowValues) {
    Operation *op = value.getDefiningOp();
    firstRows[value] = first;
    if (failed(findKernel(op)->buildRows(*this, op, bufferOf(value), first, count)))
      return failure();
  }
  return success();
}

/// The loops over the dimensions behind those that have `indices`, around `body`; the last one goes
/// first where it is what rows are unpacked by.
LogicalResult StepBuilder::openLoops(ArrayRef<int64_t> shape, Indices &indices,
                                     function_ref<LogicalResult(const Indices &)> body) {
  bool byRows = !rowValues.empty();
  if (indices.size() == shape.size()) {
    Indices inOrder = indices;
    if (byRows)
      std::rotate(inOrder.begin(), inOrder.begin() + 1, inOrder.end());
    return buildMembers(inOrder, body);
  }
  unsigned dim = (indices.size() + (byRows ? shape.size() - 1 : 0)) % shape.size();
  bool last = dim + 1 == shape.size(), tiled = current.outputs.index == dim;
  SmallVector<Pieces> all = {{0, 1, shape[dim]}};
  if (current.last.index == dim)
    all = cutIntoVectors(shape[dim], tile->last, /*byHalves=*/false);
  else if (last)
    all = cutIntoVectors(shape[dim], tile && dim > 0 ? tile->lanes : maxLanes,
                         /*byHalves=*/!tile || dim == 0 || !tile->anyLength);
  else if (tiled)
    all = cutEvenly(shape[dim], tile->outputs);
  for (Pieces pieces : all) {
    OpBuilder::InsertionGuard guard(builder);
    Value index;
    if (pieces.count > 1) {
      Value first = constantIndex(pieces.begin);
      Value end = constantIndex(pieces.begin + pieces.count * pieces.size);
      Value step = constantIndex(pieces.size);
      auto loop = scf::ForOp::create(builder, loc, first, end, step);
      builder.setInsertionPointToStart(loop.getBody());
      index = loop.getInductionVar();
    } else if (last || tiled) {
      index = constantIndex(pieces.begin);
    }
    indices.push_back(index ? addDim(index) : builder.getAffineConstantExpr(pieces.begin));
    if (last) {
      lanes = current.last.index ? 1 : pieces.size;
      laneDim = dims.size() - 1;
      laneAlignment = std::gcd(pieces.begin, pieces.count > 1 ? pieces.size : 0);
      current.last.size = current.last.index ? pieces.size : 1;
      current.last.dim = laneDim;
    } else if (tiled) {
      current.outputs.size = pieces.size;
      current.outputs.dim = dims.size() - 1;
    }
    if (last && byRows && failed(buildRows(indices.back(), current.last.size)))
      return failure();
    if (failed(openLoops(shape, indices, body)))
      return failure();
    indices.pop_back();
  }
  return success();
}

LogicalResult StepBuilder::buildMembers(Indices &indices,
                                        function_ref<LogicalResult(const Indices &)> body) {
  results.clear();
  for (current.member = 0; current.member < tileSize(); ++current.member)
    if (failed(body(atMember(indices, current.member))))
      return failure();
  current.member = 0;
  return success();
}

int64_t StepBuilder::tileSize() const {
  int64_t size = current.outputs.size * current.last.size;
  for (const auto &run : current.window)
    size *= run.size;
  return size;
}

StepBuilder::Indices StepBuilder::atMember(const Indices &first, int64_t member) const {
  Indices result = first;
  auto runs = current.window;
  runs.append({current.outputs, current.last});
  for (const auto &run : llvm::reverse(runs)) {
    if (int64_t place = member % run.size) {
      AffineExpr dim = getAffineDimExpr(run.dim, builder.getContext());
      for (AffineExpr &expr : result)
        expr = expr.replace(dim, dim + place);
    }
    member /= run.size;
  }
  return result;
}

FailureOr<Value> StepBuilder::elementOfTile(const Kernel &kernel, Operation *op,
                                            const Indices &indices) {
  if (auto known = results.find(op); current.member > 0 && known != results.end())
    if (known->second.block == builder.getInsertionBlock() &&
        llvm::equal(atMember(known->second.first, current.member), indices,
                    [&](AffineExpr a, AffineExpr b) { return a == b || simplify(a - b) == 0; }))
      return known->second.values[current.member];
  bool whole = current.member == 0 && !current.inside;
  int64_t size = whole ? tileSize() : 1;
  SmallVector<Indices> members;
  for (int64_t member = 0; member < size; ++member)
    members.push_back(atMember(indices, member));
  current.inside |= whole;
  FailureOr<SmallVector<Value>> values = kernel.buildTile(*this, op, members);
  current.inside &= !whole;
  if (failed(values))
    return failure();
  Value result = values->front();
  if (size > 1)
    results[op] = {indices, builder.getInsertionBlock(), std::move(*values)};
  return result;
}

bool StepBuilder::startsAtMultiple(AffineExpr expr, int64_t factor) {
  AffineExpr rest = expr;
  if (expr.isFunctionOfDim(laneDim)) {
    if (strideAlong(laneDim, expr) != 1 || laneAlignment % factor != 0)
      return false;
    rest = simplifyAffineExpr(expr - builder.getAffineDimExpr(laneDim), dims.size(), 0);
  }
  return rest.isMultipleOf(factor);
}

} // namespace tally
