//===- UnpackLevels.cpp - weights of few values as codes of a few bits ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For cores without vectors, whose networks lie in flash: weights of two to 32 different values, of
// a few bits or powers of two.
//
//   y[r, ...] = levels[code], the codes of a row in order
//
// y bytes `[R, ...]`; levels bytes `[2^bits]`; x bytes: for each row a stream as in
// IR/BitPacking.h, which begins in a byte of its own, so that a row is unpacked without the others.
//
// Parameters: `bits` (i64: 1 to 5, of a code).
//
//===----------------------------------------------------------------------===//

#include "UnpackLevels.h"
#include "ByteSum.h"
#include "Lower/Steps/StepBuilder.h"
#include "tally/IR/BitPacking.h"
#include "tally/IR/LayerNames.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <set>

using namespace mlir;

namespace tally {

namespace {

constexpr int64_t kMostBits = 5;

/// Rows, codes in each, and the bytes that they take.
struct Rows {
  Rows(RankedTensorType type, int64_t bits)
      : count(type.getDimSize(0)), size(type.getNumElements() / count),
        bytes(int64_t(packedBytes(size_t(size), int(bits)))) {}
  int64_t count, size, bytes;
};

struct UnpackLevels : Kernel {
  StringRef name() const override { return "unpack-levels"; }

  LogicalResult verify(KernelOp op) const override {
    auto bits = op.getParameters().getAs<IntegerAttr>("bits");
    if (op.getParameters().size() != 1 || !bits || bits.getInt() < 1 || bits.getInt() > kMostBits)
      return op.emitOpError() << "requires 'bits' of 1 to " << kMostBits
                              << " alone (kernel_c2), but got " << op.getParameters();
    auto output = cast<RankedTensorType>(op.getType());
    if (!output.hasStaticShape() || !output.getElementType().isInteger(8) ||
        output.getRank() == 0 || output.getNumElements() == 0)
      return op.emitOpError() << "requires rows of bytes (kernel_c2), but makes " << output;
    TypeRange types = op.getInputs().getTypes();
    Rows rows(output, bits.getInt());
    if (types.size() != 2 || !isTensorOf(types[0], 8, 1) || !isTensorOf(types[1], 8, 1) ||
        cast<RankedTensorType>(types[0]).getDimSize(0) != rows.count * rows.bytes ||
        cast<RankedTensorType>(types[1]).getDimSize(0) != int64_t(1) << bits.getInt())
      return op.emitOpError() << "requires " << rows.count * rows.bytes << " bytes of codes and "
                              << (1 << bits.getInt()) << " levels (kernel_c2), but got " << types;
    return success();
  }

  bool buildsAll() const override { return true; }
  bool buildsRows() const override { return true; }

  LogicalResult buildAll(StepBuilder &steps, Operation *op) const override {
    return buildRows(steps, op, steps.getOutput(), steps.builder.getAffineConstantExpr(0),
                     cast<RankedTensorType>(op->getResult(0).getType()).getDimSize(0));
  }

  LogicalResult buildRows(StepBuilder &steps, Operation *op, Value to, AffineExpr first,
                          int64_t count) const override {
    auto kernel = cast<KernelOp>(op);
    FailureOr<Value> codes = steps.bufferFor(kernel.getInputs()[0]),
                     levels = steps.bufferFor(kernel.getInputs()[1]);
    if (failed(codes) || failed(levels))
      return failure();
    int64_t bits = kernel.getParameters().getAs<IntegerAttr>("bits").getInt();
    Rows rows(cast<RankedTensorType>(kernel.getType()), bits);
    Unpacking unpacking{steps, *codes, *levels, to, bits};
    OpBuilder::InsertionGuard guard(steps.builder);
    AffineExpr row = openLoop(steps, count);
    // Whatever they take, eight codes fill bytes, and the loop itself costs little.
    constexpr int64_t together = 8;
    int64_t whole = rows.size / together;
    AffineExpr byte = (first + row) * rows.bytes, place = row * rows.size;
    if (whole > 0) {
      OpBuilder::InsertionGuard inner(steps.builder);
      AffineExpr group = openLoop(steps, whole);
      unpacking.run(byte + group * (together * bits / 8), place + group * together, together);
    }
    unpacking.run(byte + whole * together * bits / 8, place + whole * together,
                  rows.size - whole * together);
    return success();
  }

private:
  struct Unpacking {
    StepBuilder &steps;
    Value codes, levels, to;
    int64_t bits;

    /// `count` codes from the one that begins at `byte`, to `place` and behind.
    void run(AffineExpr byte, AffineExpr place, int64_t count) {
      OpBuilder &b = steps.builder;
      Location loc = steps.loc;
      SmallVector<Value> bytes;
      for (int64_t i = 0; i < int64_t(packedBytes(size_t(count), int(bits))); ++i) {
        Value read = memref::LoadOp::create(b, loc, codes, steps.materialize(byte + i));
        bytes.push_back(arith::ExtUIOp::create(b, loc, b.getI32Type(), read));
      }
      for (int64_t i = 0; i < count; ++i) {
        Value code = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), cut(bytes, i * bits));
        Value level = memref::LoadOp::create(b, loc, levels, code);
        memref::StoreOp::create(b, loc, level, to, steps.materialize(place + i));
      }
    }

    Value cut(ArrayRef<Value> bytes, int64_t bit) {
      OpBuilder &b = steps.builder;
      Location loc = steps.loc;
      auto constant = [&](int64_t value) -> Value {
        return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(int32_t(value)));
      };
      Value code = bytes[bit / 8];
      int64_t within = bit % 8;
      if (within > 0)
        code = arith::ShRUIOp::create(b, loc, code, constant(within));
      if (within + bits > 8) {
        Value high = arith::ShLIOp::create(b, loc, bytes[bit / 8 + 1], constant(8 - within));
        code = arith::OrIOp::create(b, loc, code, high);
      }
      if (within + bits == 8) // nothing above
        return code;
      return arith::AndIOp::create(b, loc, code, constant((1 << bits) - 1));
    }
  };

  /// Around what follows, where there is more than one iteration.
  static AffineExpr openLoop(StepBuilder &steps, int64_t count) {
    OpBuilder &b = steps.builder;
    if (count == 1)
      return b.getAffineConstantExpr(0);
    auto loop = scf::ForOp::create(b, steps.loc, steps.constantIndex(0), steps.constantIndex(count),
                                   steps.constantIndex(1));
    b.setInsertionPointToStart(loop.getBody());
    return steps.addDim(loop.getInductionVar());
  }
};

} // namespace

Value packLevels(OpBuilder &builder, Operation *layer, Value source, RankedTensorType type,
                 ArrayRef<uint8_t> weights) {
  // What unpacks them is code, too.
  constexpr int64_t kLeastSaved = 128;
  assert(int64_t(weights.size()) == type.getNumElements() && "has a byte for each weight");
  std::set<uint8_t> different(weights.begin(), weights.end());
  int64_t bits = std::max(1u, llvm::Log2_64_Ceil(different.size()));
  if (different.size() < 2 || bits > kMostBits) // one alone takes no memory
    return {};
  Rows rows(type, bits);
  if (int64_t(weights.size()) - rows.count * rows.bytes - (1 << bits) < kLeastSaved)
    return {};
  std::vector<int8_t> levels(different.begin(), different.end());
  std::vector<uint8_t> codeOf(256), stream;
  for (auto [code, level] : llvm::enumerate(levels))
    codeOf[uint8_t(level)] = uint8_t(code);
  levels.resize(size_t(1) << bits);
  for (int64_t row = 0; row < rows.count; ++row) {
    std::vector<uint8_t> codes;
    for (uint8_t weight : weights.slice(row * rows.size, rows.size))
      codes.push_back(codeOf[weight]);
    llvm::append_range(stream, packBits(codes, int(bits)));
  }
  // Where all of it is unpacked at once, that is a step of its own: not to be taken for the layer.
  Location loc = isa<DecodeOp>(layer) ? layer->getLoc() : withPart(layer->getLoc(), "filter");
  Value packed = addBytes(builder, layer, source, {int64_t(stream.size())}, stream);
  auto tableType = RankedTensorType::get({int64_t(levels.size())}, builder.getI8Type());
  Value table =
      arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(tableType, ArrayRef(levels)));
  return KernelOp::create(
      builder, loc, type, "unpack-levels", ValueRange{packed, table},
      builder.getDictionaryAttr(builder.getNamedAttr("bits", builder.getI64IntegerAttr(bits))));
}

const Kernel *getUnpackLevelsKernel() {
  static const UnpackLevels kernel;
  return &kernel;
}

} // namespace tally
