//===- PackedCodes.cpp - codes out of a stream of bits --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "PackedCodes.h"
#include "Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace tally {

/// The row-major position of the present element, counted in `unit` for an element.
static Value linearIndex(OpBuilder &b, Location loc, ArrayRef<int64_t> shape, int64_t unit) {
  Value position;
  int64_t stride = unit;
  for (int64_t dim = int64_t(shape.size()) - 1; dim >= 0; --dim) {
    Value index = linalg::IndexOp::create(b, loc, dim);
    Value distance = arith::ConstantIndexOp::create(b, loc, stride);
    Value part = stride == 1 ? index : arith::MulIOp::create(b, loc, index, distance);
    position = position ? arith::AddIOp::create(b, loc, part, position).getResult() : part;
    stride *= shape[dim];
  }
  return position;
}

/// The `bits` bits of the stream from `bit` on.
static Value extractCode(OpBuilder &b, Location loc, Value packed, Value bit, int bits) {
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
  };
  auto place = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value byte = arith::ShRUIOp::create(b, loc, bit, place(3));
  Value within = arith::IndexCastUIOp::create(b, loc, b.getI32Type(), bit);
  within = arith::AndIOp::create(b, loc, within, constant(7));
  auto load = [&](Value at) -> Value {
    Value value = tensor::ExtractOp::create(b, loc, packed, at);
    return arith::ExtUIOp::create(b, loc, b.getI32Type(), value);
  };
  Value word = load(byte);
  if (8 % bits != 0) {
    // The code may go on in the next byte, of which the last one has none.
    int64_t last = cast<RankedTensorType>(packed.getType()).getDimSize(0) - 1;
    Value next = arith::AddIOp::create(b, loc, byte, place(1));
    next = arith::MinUIOp::create(b, loc, next, place(last));
    Value high = arith::ShLIOp::create(b, loc, load(next), constant(8));
    word = arith::OrIOp::create(b, loc, word, high);
  }
  Value shifted = arith::ShRUIOp::create(b, loc, word, within);
  return arith::AndIOp::create(b, loc, shifted, constant((1 << bits) - 1));
}

Value buildCode(OpBuilder &b, Location loc, Value packed, ArrayRef<int64_t> shape, int bits) {
  return extractCode(b, loc, packed, linearIndex(b, loc, shape, bits), bits);
}

Value buildCodes(OpBuilder &builder, Location loc, Value packed, RankedTensorType type, int bits,
                 bool recompute) {
  Type element = type.getElementType();
  Value codes = buildElementwise(
      builder, loc, type.getShape(), element, {}, {}, [&](OpBuilder &b, Location at, ValueRange) {
        Value code = buildCode(b, at, packed, type.getShape(), bits);
        return element == code.getType()
                   ? code
                   : arith::TruncIOp::create(b, at, element, code).getResult();
      });
  if (recompute)
    codes.getDefiningOp()->setAttr(TallyDialect::kRecomputeAttr, builder.getUnitAttr());
  return codes;
}

static Value makeTable(OpBuilder &b, Location loc, ArrayRef<int64_t> levels, Type element) {
  auto type = RankedTensorType::get({int64_t(levels.size())}, element);
  SmallVector<Attribute> values;
  for (int64_t level : levels)
    values.push_back(b.getIntegerAttr(element, level));
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, values));
}

Value buildLevels(OpBuilder &builder, Location loc, Value packed, RankedTensorType type,
                  const PowerOfTwoLevels &levels) {
  Type element = type.getElementType();
  Value table = makeTable(builder, loc, levels.byCode(), element);
  return buildElementwise(builder, loc, type.getShape(), element, {}, {},
                          [&](OpBuilder &b, Location at, ValueRange) -> Value {
                            Value code =
                                buildCode(b, at, packed, type.getShape(), levels.format().bits);
                            code = arith::IndexCastUIOp::create(b, at, b.getIndexType(), code);
                            return tensor::ExtractOp::create(b, at, table, code);
                          });
}

} // namespace tally
