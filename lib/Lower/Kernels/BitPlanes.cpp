//===- BitPlanes.cpp - codes of two bits, bit by bit ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same bit of eight channels in a byte, in three planes. With u(x) = x - lowest, which is 0 to
// 3, and k = 0 to 7:
//
//   bit k of y[        n, h, w, c] = bit 0 of u(x[n, h, w, 8 c + k])
//   bit k of y[    N + n, h, w, c] = bit 1 of it
//   bit k of y[2 * N + n, h, w, c] = whether they differ
//
// x bytes `[N, H, W, C]`, C a multiple of 8, y bytes `[3 * N, H, W, C / 8]`.
//
// Parameter: `lowest` (i64).
//
//===----------------------------------------------------------------------===//

#include "BitPlanes.h"
#include "ByteSum.h"
#include "Lower/Steps/StepBuilder.h"
#include "tally/IR/LayerNames.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace tally {
namespace {

/// Codes for each round of the loop: x86 compares so many bytes at once, and has the results as
/// bits.
constexpr int64_t kStep = 64;

struct BitPlanes : Kernel {
  StringRef name() const override { return "bit-planes"; }

  LogicalResult verify(KernelOp op) const override {
    auto lowest = op.getParameters().getAs<IntegerAttr>("lowest");
    if (op.getParameters().size() != 1 || !lowest || lowest.getInt() < -128 ||
        lowest.getInt() > 255)
      return op.emitOpError() << "requires 'lowest' (a byte) alone (kernel_c2), but got "
                              << op.getParameters();
    TypeRange types = op.getInputs().getTypes();
    if (types.size() != 1 || !isTensorOf(types[0], 8, 4) || !isTensorOf(op.getType(), 8, 4))
      return op.emitOpError() << "requires bytes [N, H, W, C] for bytes [3 N, H, W, C / 8] "
                                 "(kernel_c2), but got "
                              << types << " for " << op.getType();
    ArrayRef<int64_t> x = cast<RankedTensorType>(types[0]).getShape(),
                      y = cast<RankedTensorType>(op.getType()).getShape();
    int64_t planes[] = {kInputPlanes * x[0], x[1], x[2], x[3] / kPlaneBits};
    if (x[3] % kPlaneBits != 0 || y != ArrayRef<int64_t>(planes))
      return op.emitOpError() << "has shapes that do not belong together (kernel_c2): " << types
                              << " for " << op.getType();
    return success();
  }

  bool buildsAll() const override { return true; }

  LogicalResult buildAll(StepBuilder &steps, Operation *op) const override {
    // The first lane is the lowest bit there.
    llvm::Triple machine(steps.getTarget().getArch());
    if (steps.getTarget().getArch().empty() || !machine.isLittleEndian())
      return op->emitError() << "kernel '" << name() << "' is not one of '" << steps.getTarget()
                             << "'";
    auto kernel = cast<KernelOp>(op);
    FailureOr<Value> codes = steps.bufferFor(kernel.getInputs()[0]);
    if (failed(codes))
      return failure();
    OpBuilder &b = steps.builder;
    int64_t total = cast<RankedTensorType>(kernel.getInputs()[0].getType()).getNumElements();
    int64_t lowest = kernel.getParameters().getAs<IntegerAttr>("lowest").getInt();
    int64_t whole = total / kStep * kStep;
    if (whole > 0) {
      OpBuilder::InsertionGuard guard(b);
      auto loop = scf::ForOp::create(b, steps.loc, steps.constantIndex(0),
                                     steps.constantIndex(whole / kStep), steps.constantIndex(1));
      b.setInsertionPointToStart(loop.getBody());
      split(steps, *codes, steps.addDim(loop.getInductionVar()) * (kStep / kPlaneBits), kStep,
            total, lowest);
    }
    for (int64_t size = kStep / 2; size >= kPlaneBits; size /= 2)
      if ((total - whole) / size > 0) {
        split(steps, *codes, b.getAffineConstantExpr(whole / kPlaneBits), size, total, lowest);
        whole += size;
      }
    return success();
  }

private:
  /// `count` codes, to the byte `at` of each plane and those behind.
  static void split(StepBuilder &steps, Value codes, AffineExpr at, int64_t count, int64_t total,
                    int64_t lowest) {
    OpBuilder &b = steps.builder;
    Location loc = steps.loc;
    auto type = VectorType::get({count}, b.getI8Type());
    auto splat = [&](int64_t value) -> Value {
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, int8_t(value)));
    };
    Value x = vector::LoadOp::create(b, loc, type, codes, steps.materialize(at * kPlaneBits));
    if (lowest != 0)
      x = arith::SubIOp::create(b, loc, x, splat(lowest));
    auto bytes = VectorType::get({count / kPlaneBits}, b.getI8Type());
    auto bit = [&](int64_t value) -> Value {
      Value masked = arith::AndIOp::create(b, loc, x, splat(value));
      Value set = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, masked, splat(0));
      return vector::BitCastOp::create(b, loc, bytes, set);
    };
    Value low = bit(1), high = bit(2);
    Value planes[kInputPlanes] = {low, high, arith::XOrIOp::create(b, loc, low, high)};
    for (auto [index, plane] : llvm::enumerate(planes))
      vector::StoreOp::create(b, loc, plane, steps.getOutput(),
                              steps.materialize(at + int64_t(index) * (total / kPlaneBits)));
  }
};

} // namespace

Value createBitPlanes(OpBuilder &builder, const KernelLayer &layer, int64_t lowest) {
  auto input = cast<RankedTensorType>(layer.padded.getType());
  SmallVector<int64_t> shape(input.getShape());
  shape[0] *= kInputPlanes;
  shape[3] /= kPlaneBits;
  auto parameters =
      builder.getDictionaryAttr(builder.getNamedAttr("lowest", builder.getI64IntegerAttr(lowest)));
  // A step of its own, which is not to be taken for the layer.
  return KernelOp::create(builder, withPart(layer.op->getLoc(), "planes"),
                          RankedTensorType::get(shape, builder.getI8Type()), "bit-planes",
                          layer.padded, parameters);
}

const Kernel *getBitPlanesKernel() {
  static const BitPlanes kernel;
  return &kernel;
}

} // namespace tally
