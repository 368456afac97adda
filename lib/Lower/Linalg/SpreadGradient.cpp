//===- SpreadGradient.cpp - from outputs of a window to its inputs --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SpreadGradient.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace tally {

using Sizes = SmallVector<int64_t>;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

Value padOrCut(OpBuilder &b, Location loc, Value value, std::array<int64_t, 2> before,
               std::array<int64_t, 2> after, double filler) {
  RankedTensorType type = typeOf(value);
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)), sizes, low, high,
      strides(type.getRank(), b.getIndexAttr(1));
  Sizes cut(type.getShape()), padded;
  bool cuts = false, pads = false;
  for (int dim : {0, 1}) {
    offsets[dim + 1] = b.getIndexAttr(std::max<int64_t>(-before[dim], 0));
    cut[dim + 1] += std::min<int64_t>(before[dim], 0) + std::min<int64_t>(after[dim], 0);
    cuts |= before[dim] < 0 || after[dim] < 0;
    pads |= before[dim] > 0 || after[dim] > 0;
  }
  padded = cut;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    bool spatial = dim == 1 || dim == 2;
    int64_t more = spatial ? std::max<int64_t>(before[dim - 1], 0) : 0;
    int64_t behind = spatial ? std::max<int64_t>(after[dim - 1], 0) : 0;
    sizes.push_back(b.getIndexAttr(cut[dim]));
    low.push_back(b.getIndexAttr(more));
    high.push_back(b.getIndexAttr(behind));
    padded[dim] += more + behind;
  }
  if (cuts)
    value = tensor::ExtractSliceOp::create(b, loc, type.clone(cut), value, offsets, sizes, strides);
  if (!pads)
    return value;
  Value padding = arith::ConstantOp::create(b, loc, b.getFloatAttr(type.getElementType(), filler));
  return tensor::PadOp::create(b, loc, type.clone(padded), value, low, high, padding);
}

Value spreadOut(OpBuilder &b, Location loc, Value value, const Window &window,
                ArrayRef<int64_t> input, double filler) {
  Sizes shape(typeOf(value).getShape());
  std::array<int64_t, 2> before, after;
  if (window.stride[0] > 1 || window.stride[1] > 1) {
    RankedTensorType type = typeOf(value);
    Sizes apart = {shape[0], shape[1], 1, shape[2], 1, shape[3]};
    SmallVector<ReassociationIndices> groups = {{0}, {1, 2}, {3, 4}, {5}};
    Value single = tensor::ExpandShapeOp::create(b, loc, type.clone(apart), value, groups);
    SmallVector<OpFoldResult> low(6, b.getIndexAttr(0)), high(6, b.getIndexAttr(0));
    for (int dim : {0, 1}) {
      apart[2 + 2 * dim] = window.stride[dim];
      high[2 + 2 * dim] = b.getIndexAttr(window.stride[dim] - 1);
      shape[dim + 1] *= window.stride[dim];
    }
    Value padding =
        arith::ConstantOp::create(b, loc, b.getFloatAttr(type.getElementType(), filler));
    value = tensor::PadOp::create(b, loc, type.clone(apart), single, low, high, padding);
    value = tensor::CollapseShapeOp::create(b, loc, type.clone(shape), value, groups);
  }
  for (int dim : {0, 1}) {
    before[dim] = window.extent(dim) - 1 - window.padBefore(dim);
    after[dim] = input[dim + 1] + window.extent(dim) - 1 - before[dim] - shape[dim + 1];
  }
  return padOrCut(b, loc, value, before, after, filler);
}

} // namespace tally
