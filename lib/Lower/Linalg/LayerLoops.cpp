//===- LayerLoops.cpp - the loops of a layer ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerLoops.h"
#include "Reductions.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace tally {

using utils::IteratorType;

/// For every dimension of a tensor of `rank`, itself; `dim` also stands for the next one.
static SmallVector<ReassociationIndices> makeReassociation(int64_t rank, int64_t dim) {
  SmallVector<ReassociationIndices> reassociation;
  for (int64_t i = 0, next = 0; i < rank; ++i) {
    reassociation.push_back({next++});
    if (i == dim)
      reassociation.back().push_back(next++);
  }
  return reassociation;
}

Value splitDim(OpBuilder &b, Location loc, Value value, int64_t dim, int64_t groups) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin() + dim, groups);
  shape[dim + 1] /= groups;
  return tensor::ExpandShapeOp::create(b, loc, type.clone(shape), value,
                                       makeReassociation(type.getRank(), dim));
}

Value joinDims(OpBuilder &b, Location loc, Value value, int64_t dim) {
  auto type = cast<RankedTensorType>(value.getType());
  return tensor::CollapseShapeOp::create(b, loc, value, makeReassociation(type.getRank() - 1, dim));
}

Value buildLayer(OpBuilder &b, Location loc, Value input, Value filter, Value start,
                 LayerShape &shape, LayerBody body) {
  const Window &window = shape.window;
  int64_t group = shape.group;
  auto filterType = cast<RankedTensorType>(filter.getType());
  bool depthwise = filterType.getDimSize(3) == 1 && filterType.getDimSize(0) == group && group > 1;
  bool grouped = group > 1 && !depthwise;
  if (grouped) {
    input = splitDim(b, loc, input, 3, group);
    filter = splitDim(b, loc, filter, 0, group);
    start = splitDim(b, loc, start, 3, group);
  }

  // Dimensions: n, oh, ow, [g,] f, [bucket,] then kh, kw, c (c is absent in depthwise form).
  int outer = (grouped ? 5 : 4) + (shape.buckets > 0);
  shape.bucketDim = outer - 1;
  int count = outer + (depthwise ? 2 : 3);
  SmallVector<AffineExpr> d;
  for (int i = 0; i < count; ++i)
    d.push_back(b.getAffineDimExpr(i));
  auto position = [&](int dim) {
    return d[1 + dim] * window.stride[dim] + d[outer + dim] * window.dilation[dim];
  };
  SmallVector<AffineExpr> x = {d[0], position(0), position(1)};
  SmallVector<AffineExpr> w;
  SmallVector<AffineExpr> y(d.begin(), d.begin() + outer);
  AffineExpr zero = b.getAffineConstantExpr(0);
  if (depthwise) {
    x.push_back(d[3]);
    w = {d[3], d[outer], d[outer + 1], zero};
  } else if (grouped) {
    x.append({d[3], d[outer + 2]});
    w = {d[3], d[4], d[outer], d[outer + 1], d[outer + 2]};
  } else {
    x.push_back(d[outer + 2]);
    w = {d[3], d[outer], d[outer + 1], d[outer + 2]};
  }
  SmallVector<IteratorType> iterators(count, IteratorType::reduction);
  std::fill_n(iterators.begin(), outer, IteratorType::parallel);
  MLIRContext *context = b.getContext();
  SmallVector<AffineMap> maps = {AffineMap::get(count, 0, x, context),
                                 AffineMap::get(count, 0, w, context),
                                 AffineMap::get(count, 0, y, context)};
  auto generic = linalg::GenericOp::create(
      b, loc, start.getType(), ValueRange{input, filter}, ValueRange{start}, maps, iterators,
      [&](OpBuilder &nested, Location at, ValueRange args) {
        Value a = extendCode(nested, at, args[0], shape.inputElement, shape.sum);
        Value weight = extendCode(nested, at, args[1], shape.filterElement, shape.sum);
        linalg::YieldOp::create(nested, at, body(nested, at, a, weight, args[2]));
      });
  Value result = generic.getResult(0);
  return grouped ? joinDims(b, loc, result, 3) : result;
}

} // namespace tally
