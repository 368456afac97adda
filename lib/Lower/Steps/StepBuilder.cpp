//===- StepBuilder.cpp - loop nests and index arithmetic ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StepBuilder.h"
#include "EraseUnused.h"
#include "Lower/Kernels/Kernel.h"
#include "Storage.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tally {

MemRefType getBufferType(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get({type.getNumElements()}, type.getElementType());
}

/// The row-major position of `indices` in `shape`.
static AffineExpr linearize(ArrayRef<AffineExpr> indices, ArrayRef<int64_t> shape,
                            MLIRContext *context) {
  AffineExpr position = getAffineConstantExpr(0, context);
  int64_t stride = 1;
  for (int64_t dim = int64_t(shape.size()) - 1; dim >= 0; --dim) {
    position = indices[dim] * stride + position;
    stride *= shape[dim];
  }
  return position;
}

static ArrayRef<int64_t> shapeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getShape();
}

//===----------------------------------------------------------------------===//
// Function
//===----------------------------------------------------------------------===//

FailureOr<func::FuncOp> StepBuilder::build(StringRef name, Value value) {
  for (;;) {
    loc = value.getLoc();
    builder.setInsertionPointToEnd(module.getBody());
    step = func::FuncOp::create(builder, loc, name, builder.getFunctionType({}, {}));
    step.setPrivate();
    Block *entry = step.addEntryBlock();
    builder.setInsertionPointToStart(entry);
    inputs.clear();
    buffers.clear();
    rows.clear();
    firstRows.clear();
    dims.clear();
    output = entry->addArgument(getBufferType(value.getType()), loc);
    tile = chooseTile(value);
    rowValues = findRows(value);
    LogicalResult built = buildBody(value);
    if (succeeded(built)) {
      func::ReturnOp::create(builder, loc);
      // The output was there first; by convention it comes last.
      entry->addArgument(output.getType(), loc);
      output.replaceAllUsesWith(entry->getArguments().back());
      entry->eraseArgument(0);
      step.setType(builder.getFunctionType(entry->getArgumentTypes(), {}));
      eraseUnusedFromStep(step);
      return step;
    }
    step.erase();
    if (!scalarOnly || maxLanes == 1)
      return failure();
    maxLanes = 1;
  }
}

Value StepBuilder::bufferOf(Value base) {
  Value &buffer = buffers[base];
  if (!buffer) {
    MemRefType type = getBufferType(base.getType());
    if (rowValues.contains(base)) {
      int64_t count = shapeOf(base)[0], held = std::min(count, tile ? tile->last : 1);
      type = MemRefType::get({type.getNumElements() / count * held}, type.getElementType());
    }
    buffer = step.front().addArgument(type, base.getLoc());
    inputs.push_back(base);
  }
  return buffer;
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

Value StepBuilder::constantIndex(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

AffineExpr StepBuilder::addDim(Value value) {
  dims.push_back(value);
  return builder.getAffineDimExpr(dims.size() - 1);
}

Value StepBuilder::materialize(AffineExpr expr) {
  AffineMap map = AffineMap::get(dims.size(), 0, expr);
  SmallVector<OpFoldResult> operands(dims.begin(), dims.end());
  OpFoldResult result = affine::makeComposedFoldedAffineApply(builder, loc, map, operands);
  return getValueOrCreateConstantIndexOp(builder, loc, result);
}

bool StepBuilder::dependsOnLane(ArrayRef<AffineExpr> exprs) {
  return lanes > 1 &&
         llvm::any_of(exprs, [&](AffineExpr expr) { return expr.isFunctionOfDim(laneDim); });
}

std::optional<int64_t> StepBuilder::laneStride(AffineExpr expr) {
  return lanes == 1 ? 0 : strideAlong(laneDim, expr);
}

std::optional<int64_t> StepBuilder::strideAlong(unsigned dim, AffineExpr expr) {
  if (!expr.isFunctionOfDim(dim))
    return 0;
  SmallVector<int64_t> flattened;
  // Divisions and remainders show up as local variables behind the dimensions.
  if (failed(getFlattenedAffineExpr(expr, dims.size(), 0, &flattened)) ||
      flattened.size() != dims.size() + 1)
    return std::nullopt;
  return flattened[dim];
}

Value StepBuilder::toVector(Value value) {
  if (lanes == 1 || isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(builder, loc, VectorType::get({lanes}, value.getType()),
                                     value);
}

//===----------------------------------------------------------------------===//
// Loop nests
//===----------------------------------------------------------------------===//

void StepBuilder::store(Value element, AffineExpr position) {
  Value index = materialize(position);
  if (lanes == 1)
    memref::StoreOp::create(builder, loc, element, output, index);
  else
    vector::StoreOp::create(builder, loc, toVector(element), output, index);
}

LogicalResult StepBuilder::buildBody(Value value) {
  if (auto pad = value.getDefiningOp<tensor::PadOp>())
    return storePadded(pad);
  if (auto insert = value.getDefiningOp<tensor::InsertSliceOp>())
    return storePieces(insert);
  ArrayRef<int64_t> shape = shapeOf(value);
  Operation *op = value.getDefiningOp();
  if (const Kernel *kernel = findKernel(op); kernel && kernel->buildsAll())
    return kernel->buildAll(*this, op);
  return forEachElement(shape, [&](const Indices &indices) -> LogicalResult {
    bool isBase = getStorageBase(value) == value && stored.contains(value);
    FailureOr<Value> element = isBase ? computeElement(value, indices) : elementOf(value, indices);
    if (failed(element))
      return failure();
    if (lanes > 1 && getElementTypeOrSelf(value.getType()).isInteger(1))
      return cannotVectorize();
    AffineExpr position = linearize(indices, shape, builder.getContext());
    store(*element, position);
    return success();
  });
}

/// What lies around the inside of `shape`, which has the sizes `inside` and starts at `low`. In
/// scalar code and for few elements all of it, in one loop: that is less code.
LogicalResult StepBuilder::fillBorder(Value fill, ArrayRef<int64_t> shape, ArrayRef<int64_t> inside,
                                      ArrayRef<int64_t> low) {
  int64_t total = ShapedType::getNumElements(shape);
  if (maxLanes == 1 || total <= 1024)
    return forEachElement({total}, [&](const Indices &indices) {
      store(fill, indices[0]);
      return success();
    });
  int64_t size = 1; // of an element of the dimensions up to `dim`
  for (int64_t dim = int64_t(shape.size()) - 1; dim >= 0; size *= shape[dim--]) {
    int64_t end = low[dim] + inside[dim];
    for (auto [from, to] : {std::pair(int64_t(0), low[dim]), std::pair(end, shape[dim])}) {
      if (from == to)
        continue;
      SmallVector<int64_t> loops(inside.take_front(dim));
      loops.push_back((to - from) * size);
      if (failed(forEachElement(loops, [&, from = from](const Indices &indices) {
            AffineExpr row = builder.getAffineConstantExpr(0);
            for (int64_t outer = 0; outer < dim; ++outer)
              row = row * shape[outer] + indices[outer] + low[outer];
            store(fill, row * (shape[dim] * size) + indices.back() + from * size);
            return success();
          })))
        return failure();
    }
  }
  return success();
}

/// The border, then the inside.
LogicalResult StepBuilder::storePadded(tensor::PadOp pad) {
  Value padding = pad.getConstantPaddingValue();
  auto low = getConstantIntValues(pad.getMixedLowPad());
  auto constant = padding ? padding.getDefiningOp<arith::ConstantOp>() : arith::ConstantOp();
  if (!constant || !low)
    return pad.emitError() << "requires constant padding to be lowered to loops";
  ArrayRef<int64_t> shape = shapeOf(pad.getResult()), inside = shapeOf(pad.getSource());
  Value fill = builder.clone(*constant)->getResult(0);
  std::optional<TileShape> sums = std::exchange(tile, std::nullopt);
  llvm::SetVector<Value> unpacked = std::exchange(rowValues, {});
  if (failed(fillBorder(fill, shape, inside, *low)))
    return failure();
  tile = sums;
  rowValues = std::move(unpacked);
  return forEachElement(inside, [&](const Indices &indices) -> LogicalResult {
    FailureOr<Value> element = elementOf(pad.getSource(), indices);
    if (failed(element))
      return failure();
    Indices target;
    for (auto [index, offset] : llvm::zip(indices, *low))
      target.push_back(index + offset);
    store(*element, linearize(target, shape, builder.getContext()));
    return success();
  });
}

/// A chain of insertions into an empty tensor: every piece in turn.
LogicalResult StepBuilder::storePieces(tensor::InsertSliceOp last) {
  ArrayRef<int64_t> shape = shapeOf(last.getResult());
  SmallVector<tensor::InsertSliceOp> pieces;
  Value destination = last.getResult();
  while (auto piece = destination.getDefiningOp<tensor::InsertSliceOp>()) {
    if (piece != last && stored.contains(destination))
      break;
    pieces.push_back(piece);
    destination = piece.getDest();
  }
  if (!destination.getDefiningOp<tensor::EmptyOp>() &&
      failed(forEachElement(shape, [&](const Indices &indices) -> LogicalResult {
        FailureOr<Value> element = elementOf(destination, indices);
        if (failed(element))
          return failure();
        store(*element, linearize(indices, shape, builder.getContext()));
        return success();
      })))
    return failure();
  for (tensor::InsertSliceOp piece : llvm::reverse(pieces)) {
    if (llvm::any_of(piece.getStaticOffsets(), ShapedType::isDynamic) ||
        llvm::any_of(piece.getStaticStrides(), ShapedType::isDynamic) ||
        piece.getSourceType().getRank() != int64_t(shape.size()))
      return piece.emitError()
             << "requires static offsets and strides and equal ranks to be lowered to loops";
    if (failed(forEachElement(
            shapeOf(piece.getSource()), [&](const Indices &indices) -> LogicalResult {
              FailureOr<Value> element = elementOf(piece.getSource(), indices);
              if (failed(element))
                return failure();
              Indices target;
              for (auto [index, offset, stride] :
                   llvm::zip(indices, piece.getStaticOffsets(), piece.getStaticStrides()))
                target.push_back(index * stride + offset);
              AffineExpr position = linearize(target, shape, builder.getContext());
              if (lanes > 1 && laneStride(position) != 1)
                return cannotVectorize();
              store(*element, position);
              return success();
            })))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

LogicalResult StepBuilder::cannotVectorize() {
  scalarOnly = true;
  return failure();
}

FailureOr<Value> StepBuilder::load(Value buffer, AffineExpr position) {
  std::optional<int64_t> stride = laneStride(position);
  if (!stride || (*stride != 0 && *stride != 1))
    return cannotVectorize();
  Value index = materialize(position);
  if (*stride == 0)
    return memref::LoadOp::create(builder, loc, buffer, index).getResult();
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  if (element.isInteger(1)) // bits of a vector lie side by side, those of a buffer in bytes
    return cannotVectorize();
  return vector::LoadOp::create(builder, loc, VectorType::get({lanes}, element), buffer, index)
      .getResult();
}

AffineExpr StepBuilder::getPosition(ArrayRef<AffineExpr> indices, Value tensor) {
  return linearize(indices, shapeOf(tensor), builder.getContext());
}

FailureOr<Value> StepBuilder::bufferFor(Value tensor) {
  Value base = getStorageBase(tensor);
  if (isa<BlockArgument>(base) || stored.contains(base) || rowValues.contains(base))
    return bufferOf(base);
  std::string name;
  FailureOr<MemRefType> type = globals(base, name);
  if (failed(type))
    return failure();
  Value &buffer = buffers[base];
  if (!buffer) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&step.front());
    buffer = memref::GetGlobalOp::create(builder, loc, *type, name);
  }
  return buffer;
}

FailureOr<Value> StepBuilder::elementOf(Value tensor, const Indices &indices) {
  if (Value row = rows.lookup(tensor))
    return load(row, indices.back());
  Value base = getStorageBase(tensor);
  AffineExpr position = linearize(indices, shapeOf(tensor), builder.getContext());
  if (isa<BlockArgument>(base) || stored.contains(base))
    return load(bufferOf(base), position);
  if (AffineExpr first = getFirstRow(tensor)) {
    Indices held = indices;
    held[0] = simplify(held[0] - first);
    return load(bufferOf(base), linearize(held, shapeOf(tensor), builder.getContext()));
  }
  if (ElementsAttr elements = getConstantTensor(base)) {
    if (elements.isSplat() || elements.getNumElements() == 1) {
      Type type = elements.getElementType();
      Attribute value = *elements.getValues<Attribute>().begin();
      return arith::ConstantOp::create(builder, loc, type, cast<TypedAttr>(value)).getResult();
    }
    FailureOr<Value> buffer = bufferFor(base);
    if (failed(buffer))
      return failure();
    return load(*buffer, position);
  }
  return computeElement(tensor, indices);
}

FailureOr<Value> StepBuilder::computeElement(Value tensor, const Indices &indices) {
  Operation *op = tensor.getDefiningOp();
  if (const Kernel *kernel = findKernel(op))
    return kernel->getTile(op, target) ? elementOfTile(*kernel, op, indices)
                                       : kernel->buildElement(*this, op, indices);
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return elementOf(cast.getSource(), indices);
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    return elementOf(collapse.getSrc(), expandIndices(collapse, indices));
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    ArrayRef<int64_t> shape = shapeOf(tensor);
    Indices source;
    for (ArrayRef<int64_t> group : expand.getReassociationIndices()) {
      AffineExpr index = builder.getAffineConstantExpr(0);
      for (int64_t dim : group)
        index = index * shape[dim] + indices[dim];
      source.push_back(index);
    }
    return elementOf(expand.getSrc(), source);
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    if (llvm::any_of(slice.getStaticOffsets(), ShapedType::isDynamic) ||
        llvm::any_of(slice.getStaticStrides(), ShapedType::isDynamic) ||
        slice.getSourceType().getRank() != slice.getType().getRank())
      return slice.emitError() << "requires static offsets and equal ranks to be lowered to loops";
    Indices source;
    for (auto [index, offset, stride] :
         llvm::zip(indices, slice.getStaticOffsets(), slice.getStaticStrides()))
      source.push_back(index * stride + offset);
    return elementOf(slice.getSource(), source);
  }
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return elementOfGeneric(generic, indices);
  if (isa<tensor::EmptyOp>(op)) {
    Type element = getElementTypeOrSelf(tensor.getType());
    return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element)).getResult();
  }
  return op->emitError() << "'" << op->getName() << "' cannot be lowered to loops";
}

} // namespace tally
