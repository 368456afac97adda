//===- Reductions.cpp - what all reductions over windows share ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Reductions.h"

#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace tally {

using utils::IteratorType;

int64_t getZeroPoint(Type elementType) {
  auto uniform = dyn_cast<quant::UniformQuantizedType>(elementType);
  return uniform ? uniform.getZeroPoint() : 0;
}

Value padInput(OpBuilder &b, Location loc, Value input, const Window &window, TypedAttr code) {
  if (llvm::all_of(window.pad, [](int64_t size) { return size == 0; }))
    return input;
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> low, high;
  for (int dim = 0; dim < type.getRank(); ++dim) {
    bool spatial = dim == 1 || dim == 2;
    int64_t before = spatial ? window.padBefore(dim - 1) : 0;
    int64_t after = spatial ? window.padAfter(dim - 1) : 0;
    low.push_back(b.getIndexAttr(before));
    high.push_back(b.getIndexAttr(after));
    shape[dim] += before + after;
  }
  Value padding = arith::ConstantOp::create(b, loc, code);
  return tensor::PadOp::create(b, loc, type.clone(shape), input, low, high, padding,
                               /*nofold=*/false);
}

TypedAttr getCodeAttr(OpBuilder &b, Type storage, int64_t code) {
  if (isa<FloatType>(storage))
    return b.getFloatAttr(storage, 0.0);
  return b.getIntegerAttr(storage,
                          APInt(storage.getIntOrFloatBitWidth(), uint64_t(code), /*isSigned=*/true,
                                /*implicitTrunc=*/true));
}

Value makeZero(OpBuilder &b, Location loc, ArrayRef<int64_t> shape, Type element) {
  Value empty = tensor::EmptyOp::create(b, loc, shape, element);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(element));
  return linalg::FillOp::create(b, loc, ValueRange{zero}, ValueRange{empty}).getResult(0);
}

Type getSumType(Type result) {
  Type element = getElementTypeOrSelf(result);
  return isa<FloatType>(element) ? element : Type(IntegerType::get(result.getContext(), 32));
}

Value storeSums(OpBuilder &b, Location loc, Value sums, Type result) {
  Type element = getElementTypeOrSelf(result);
  if (isa<FloatType>(element) || getStorageType(element).getWidth() == 32)
    return sums;
  auto type = cast<RankedTensorType>(sums.getType()).clone(getStorageType(element));
  Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
  return linalg::GenericOp::create(
             b, loc, type, ValueRange{sums}, ValueRange{empty}, ArrayRef{identity, identity},
             SmallVector<IteratorType>(type.getRank(), IteratorType::parallel),
             [&](OpBuilder &nested, Location at, ValueRange args) {
               Value code = arith::TruncIOp::create(nested, at, type.getElementType(), args[0]);
               linalg::YieldOp::create(nested, at, code);
             })
      .getResult(0);
}

Value extendCode(OpBuilder &b, Location loc, Value value, Type source, Type type) {
  if (value.getType() == type || isa<FloatType>(type))
    return value;
  if (hasUnsignedStorage(source))
    return arith::ExtUIOp::create(b, loc, type, value);
  return arith::ExtSIOp::create(b, loc, type, value);
}

} // namespace tally
