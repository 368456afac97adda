//===- Pshufb.cpp - 4-bit codes through a table of sixteen bytes ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x86 `pshufb` looks up sixteen codes at once.
//
//   y[2 i] = levels[x[i] & 15], y[2 i + 1] = levels[x[i] >> 4]   in row-major order
//
// x bytes `[N / 2]`, y bytes of any shape of N elements, N a multiple of 32.
//
// Parameters: `levels` (array<i8>, sixteen).
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "Lower/Steps/StepBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tally {
namespace {

/// Elements for each round of the loop.
constexpr int64_t kStep = 32;

struct Pshufb : Kernel {
  llvm::StringRef name() const override { return "pshufb"; }
  ArrayRef<llvm::StringLiteral> features() const override {
    static constexpr llvm::StringLiteral kFeatures[] = {"ssse3"};
    return kFeatures;
  }

  Value lowerLevels(OpBuilder &builder, const PackedLevels &packed) const override {
    if (!packed.target.has("ssse3") || packed.levels.format().bits != 4 ||
        !packed.type.getElementType().isInteger(8) || packed.type.getNumElements() % kStep != 0)
      return {};
    std::vector<int8_t> levels(packed.levels.byCode().begin(), packed.levels.byCode().end());
    auto parameters = builder.getDictionaryAttr(
        builder.getNamedAttr("levels", builder.getDenseI8ArrayAttr(levels)));
    return KernelOp::create(builder, packed.location, packed.type, name(), packed.packed,
                            parameters);
  }

  LogicalResult verify(KernelOp op) const override {
    auto levels = op.getParameters().getAs<DenseI8ArrayAttr>("levels");
    if (op.getParameters().size() != 1 || !levels || levels.size() != 16)
      return op.emitOpError() << "requires 'levels' of sixteen bytes alone (kernel_c2), but got "
                              << op.getParameters();
    auto output = cast<RankedTensorType>(op.getType());
    auto input = op.getInputs().size() == 1
                     ? dyn_cast<RankedTensorType>(op.getInputs()[0].getType())
                     : RankedTensorType();
    if (!output.hasStaticShape() || !output.getElementType().isInteger(8) ||
        output.getNumElements() % kStep != 0)
      return op.emitOpError() << "requires bytes by thirty-twos (kernel_c2), but makes " << output;
    if (!input || input.getRank() != 1 || !input.getElementType().isInteger(8) ||
        input.getDimSize(0) * 2 != output.getNumElements())
      return op.emitOpError() << "requires " << output.getNumElements() / 2
                              << " bytes as its only input (kernel_c2), but got "
                              << op.getInputs().getTypes();
    return success();
  }

  bool buildsAll() const override { return true; }

  LogicalResult buildAll(StepBuilder &steps, Operation *op) const override {
    if (!steps.getTarget().has("ssse3"))
      return op->emitError() << "kernel '" << name() << "' is not one of '" << steps.getTarget()
                             << "'";
    auto kernel = cast<KernelOp>(op);
    ArrayRef<int8_t> table = kernel.getParameters().getAs<DenseI8ArrayAttr>("levels").asArrayRef();
    int64_t count = cast<RankedTensorType>(kernel.getType()).getNumElements();
    FailureOr<Value> packed = steps.bufferFor(kernel.getInputs()[0]);
    if (failed(packed))
      return failure();
    OpBuilder &b = steps.builder;
    Location loc = steps.loc;
    auto bytes = VectorType::get({16}, b.getI8Type());
    auto splat = [&](int8_t value) -> Value {
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(bytes, value));
    };
    Value levels = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(bytes, table));
    auto loop = scf::ForOp::create(b, loc, steps.constantIndex(0), steps.constantIndex(count),
                                   steps.constantIndex(kStep));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    AffineExpr position = steps.addDim(loop.getInductionVar());
    Value pairs =
        vector::LoadOp::create(b, loc, bytes, *packed, steps.materialize(position.floorDiv(2)));
    auto lookUp = [&](Value codes) -> Value {
      return LLVM::CallIntrinsicOp::create(b, loc, bytes,
                                           b.getStringAttr("llvm.x86.ssse3.pshuf.b.128"),
                                           ValueRange{levels, codes})
          .getResult(0);
    };
    Value low = lookUp(arith::AndIOp::create(b, loc, pairs, splat(15)));
    Value high = lookUp(arith::ShRUIOp::create(b, loc, pairs, splat(4)));
    // The first of two codes is in the low half of a byte.
    Value both = vector::InterleaveOp::create(b, loc, low, high);
    vector::StoreOp::create(b, loc, both, steps.getOutput(), steps.materialize(position));
    return success();
  }
};

} // namespace

const Kernel *getPshufbKernel() {
  static const Pshufb kernel;
  return &kernel;
}

} // namespace tally
