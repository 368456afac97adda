//===- PackedCodes.cpp - codes out of a stream of bits --------------------===//

#include "PackedCodes.h"
#include "Storage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace tally {

/// The row-major position of the present element.
static Value linearIndex(OpBuilder &b, Location loc, ArrayRef<int64_t> shape) {
  Value position;
  int64_t stride = 1;
  for (int64_t dim = int64_t(shape.size()) - 1; dim >= 0; --dim) {
    Value index = linalg::IndexOp::create(b, loc, dim);
    Value distance = arith::ConstantIndexOp::create(b, loc, stride);
    Value part = stride == 1 ? index : arith::MulIOp::create(b, loc, index, distance);
    position = position ? arith::AddIOp::create(b, loc, part, position).getResult() : part;
    stride *= shape[dim];
  }
  return arith::IndexCastUIOp::create(b, loc, b.getI32Type(), position);
}

/// Bits `index * bits` to `(index + 1) * bits` of the stream.
static Value extractCode(OpBuilder &b, Location loc, Value packed, Value index, int bits) {
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
  };
  // Multiplied without a multiplication: 2 and 4 bits are a shift, 3 and 5 one more.
  Value bit = arith::ShLIOp::create(b, loc, index, constant(bits >= 4 ? 2 : 1));
  if (bits % 2 != 0)
    bit = arith::AddIOp::create(b, loc, bit, index);
  Value byte = arith::ShRUIOp::create(b, loc, bit, constant(3));
  Value within = arith::AndIOp::create(b, loc, bit, constant(7));
  auto load = [&](Value at) -> Value {
    at = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), at);
    Value value = tensor::ExtractOp::create(b, loc, packed, at);
    return arith::ExtUIOp::create(b, loc, b.getI32Type(), value);
  };
  Value word = load(byte);
  if (8 % bits != 0) {
    // The code may go on in the next byte, of which the last one has none.
    int64_t last = cast<RankedTensorType>(packed.getType()).getDimSize(0) - 1;
    Value next = arith::AddIOp::create(b, loc, byte, constant(1));
    next = arith::MinUIOp::create(b, loc, next, constant(last));
    Value high = arith::ShLIOp::create(b, loc, load(next), constant(8));
    word = arith::OrIOp::create(b, loc, word, high);
  }
  Value shifted = arith::ShRUIOp::create(b, loc, word, within);
  return arith::AndIOp::create(b, loc, shifted, constant((1 << bits) - 1));
}

Value buildCode(OpBuilder &b, Location loc, Value packed, ArrayRef<int64_t> shape, int bits) {
  return extractCode(b, loc, packed, linearIndex(b, loc, shape), bits);
}

Value buildCodes(OpBuilder &builder, Location loc, Value packed, RankedTensorType type, int bits,
                 bool recompute) {
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  auto codes = linalg::GenericOp::create(
      builder, loc, empty.getType(), ValueRange{}, ValueRange{empty},
      ArrayRef{builder.getMultiDimIdentityMap(type.getRank())},
      SmallVector<utils::IteratorType>(type.getRank(), utils::IteratorType::parallel),
      [&](OpBuilder &b, Location at, ValueRange) {
        Value code = buildCode(b, at, packed, type.getShape(), bits);
        if (type.getElementType() != code.getType())
          code = arith::TruncIOp::create(b, at, type.getElementType(), code);
        linalg::YieldOp::create(b, at, code);
      });
  if (recompute)
    codes->setAttr(kRecomputeAttr, builder.getUnitAttr());
  return codes.getResult(0);
}

} // namespace tally
