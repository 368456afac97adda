//===- GradientLayouts.cpp - filters and groups of gradients --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GradientLayouts.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

Value tally::rearrange(OpBuilder &builder, Location loc, Value input, ArrayRef<int64_t> shape,
                       PlaceFinder places) {
  Type element = getElementTypeOrSelf(input.getType());
  Value empty = tensor::EmptyOp::create(builder, loc, shape, element);
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  return linalg::GenericOp::create(builder, loc, empty.getType(), ValueRange{}, ValueRange{empty},
                                   builder.getMultiDimIdentityMap(shape.size()), iterators,
                                   [&](OpBuilder &b, Location at, ValueRange) {
                                     SmallVector<Value> indices;
                                     for (size_t dim = 0; dim < shape.size(); ++dim)
                                       indices.push_back(linalg::IndexOp::create(b, at, dim));
                                     Value found = tensor::ExtractOp::create(
                                         b, at, input, places(b, at, indices));
                                     linalg::YieldOp::create(b, at, found);
                                   })
      .getResult(0);
}
