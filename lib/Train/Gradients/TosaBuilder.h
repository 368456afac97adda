//===- TosaBuilder.h - arithmetic on tensors, in short ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Train. Builds TOSA operations on f32 tensors of static shape. Operands of `add`,
// `sub` and `mul` broadcast along dimensions of size 1; vectors are seen as `[1, .., 1, C]`.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TRAIN_GRADIENTS_TOSABUILDER_H
#define TALLY_LIB_TRAIN_GRADIENTS_TOSABUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tally {

class TosaBuilder {
public:
  using Value = mlir::Value;
  using Sizes = mlir::ArrayRef<int64_t>;

  TosaBuilder(mlir::OpBuilder &builder, mlir::Location loc) : b(builder), loc(loc) {}

  Value add(Value x, Value y);
  Value sub(Value x, Value y);
  Value mul(Value x, Value y);
  Value mul(Value x, double factor);
  Value add(Value x, double term);
  Value maximum(Value x, double least);
  Value square(Value x) { return mul(x, x); }
  Value negate(Value x);
  Value exp(Value x);
  Value log(Value x);
  Value rsqrt(Value x);
  Value reciprocal(Value x);
  Value sin(Value x);
  Value cos(Value x);
  Value pow(Value x, Value exponent);
  /// 1 where `low < x < high`, else 0.
  Value inside(Value x, double low, double high);

  /// One number everywhere.
  Value splat(Sizes shape, double value);
  /// `values` in row-major order.
  Value constant(Sizes shape, mlir::ArrayRef<float> values);

  Value reshape(Value x, Sizes shape);
  Value transpose(Value x, mlir::ArrayRef<int32_t> order);
  Value slice(Value x, Sizes start, Sizes size);
  /// With zeros around it.
  Value pad(Value x, Sizes before, Sizes after);
  /// Of vectors.
  Value concat(mlir::ArrayRef<Value> parts);
  Value reduceSum(Value x, int64_t axis);
  Value reduceMax(Value x, int64_t axis);
  /// Added up to `shape`, which broadcasts to that of `x`: one dimension after the other, the last
  /// but one first, so that long sums are sums of sums.
  Value sumTo(Value x, Sizes shape);
  /// Added up over all dimensions but the last: `[C]`.
  Value sumChannels(Value x);
  Value matmul(Value x, Value y);
  Value abs(Value x);
  /// Of a vector.
  Value softmax(Value logits);
  /// The gradient to the logits of `attention`, their softmax, of a gradient `g` to it.
  Value alongSoftmax(Value attention, Value g);

  static mlir::RankedTensorType typeOf(Value x) {
    return mlir::cast<mlir::RankedTensorType>(x.getType());
  }
  static Sizes shapeOf(Value x) { return typeOf(x).getShape(); }

private:
  Value broadcastTo(Value x, int64_t rank);
  std::pair<Value, Value> align(Value x, Value y);
  mlir::RankedTensorType broadcastType(Value x, Value y);
  Value makeShape(Sizes sizes);
  Value zeroPoint();

  mlir::OpBuilder &b;
  mlir::Location loc;
};

} // namespace tally

#endif // TALLY_LIB_TRAIN_GRADIENTS_TOSABUILDER_H
