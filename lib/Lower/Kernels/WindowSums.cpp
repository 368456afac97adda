//===- WindowSums.cpp - sums of what windows read -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WindowSums.h"
#include "Lower/Linalg/Reductions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace tally {
namespace {

using utils::IteratorType;

/// `value` in 32 bits.
Value widen(OpBuilder &b, Location loc, Value value, bool isSigned) {
  if (value.getType().isInteger(32))
    return value;
  return isSigned ? Value(arith::ExtSIOp::create(b, loc, b.getI32Type(), value))
                  : Value(arith::ExtUIOp::create(b, loc, b.getI32Type(), value));
}

/// Sums of 32 bits, as they are kept: of at most `terms` codes.
Value keep(OpBuilder &builder, Location loc, Value sums, CodeRange codes, bool isSigned,
           int64_t terms) {
  bool fits = isSigned ? codes.min * terms >= INT16_MIN && codes.max * terms <= INT16_MAX
                       : codes.max * terms <= UINT16_MAX;
  if (!fits)
    return sums;
  auto type = cast<RankedTensorType>(sums.getType()).clone(builder.getI16Type());
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<IteratorType> iterators(type.getRank(), IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, type, ValueRange{sums}, ValueRange{empty}, maps, iterators,
             [&](OpBuilder &b, Location at, ValueRange args) {
               Value half = arith::TruncIOp::create(b, at, b.getI16Type(), args[0]);
               linalg::YieldOp::create(b, at, half);
             })
      .getResult(0);
}

/// Sums over the loops behind the first three, in 32 bits.
Value reduce(OpBuilder &builder, Location loc, ValueRange inputs, ArrayRef<AffineMap> maps,
             ArrayRef<int64_t> shape, bool isSigned) {
  SmallVector<AffineMap> all(maps);
  unsigned loops = maps[0].getNumDims();
  all.push_back(AffineMap::getMultiDimIdentityMap(loops, builder.getContext()).getMajorSubMap(3));
  SmallVector<IteratorType> iterators(loops, IteratorType::reduction);
  std::fill_n(iterators.begin(), 3, IteratorType::parallel);
  Value zero = makeZero(builder, loc, shape, builder.getI32Type());
  return linalg::GenericOp::create(
             builder, loc, zero.getType(), inputs, ValueRange{zero}, all, iterators,
             [&](OpBuilder &b, Location at, ValueRange args) {
               Value sum =
                   arith::AddIOp::create(b, at, args.back(), widen(b, at, args[0], isSigned),
                                         arith::IntegerOverflowFlags::nsw);
               linalg::YieldOp::create(b, at, sum);
             })
      .getResult(0);
}

} // namespace

Value buildWindowSums(OpBuilder &builder, Location loc, Value padded, Window window,
                      CodeRange codes, bool isSigned) {
  window.pad = {}; // it is there
  MLIRContext *context = builder.getContext();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(padded.getType()).getShape();
  Value places = reduce(builder, loc, padded, AffineMap::getMultiDimIdentityMap(4, context),
                        shape.drop_back(), isSigned);
  places = keep(builder, loc, places, codes, isSigned, shape[3]);
  int64_t taps = window.kernel[0] * window.kernel[1];
  if (taps == 1 && window.stride[0] == 1 && window.stride[1] == 1)
    return places;
  AffineExpr n, oh, ow, kh, kw;
  bindDims(context, n, oh, ow, kh, kw);
  AffineMap read = AffineMap::get(5, 0,
                                  {n, oh * window.stride[0] + kh * window.dilation[0],
                                   ow * window.stride[1] + kw * window.dilation[1]},
                                  context);
  // A tensor of the window's size gives the reduction its bounds.
  Value bounds =
      tensor::EmptyOp::create(builder, loc, ArrayRef(window.kernel), builder.getI8Type());
  Value sums =
      reduce(builder, loc, {places, bounds}, {read, AffineMap::get(5, 0, {kh, kw}, context)},
             {shape[0], window.outputSize(0, shape[1]), window.outputSize(1, shape[2])}, isSigned);
  return keep(builder, loc, sums, codes, isSigned, taps * shape[3]);
}

} // namespace tally
