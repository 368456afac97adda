//===- Sums.cpp - sums and maxima of any kind, several at once ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A reduction whose outputs are computed in a tile: what the terms of neighbouring outputs share,
// the weights mostly, is loaded once, and as many sums as registers hold do not wait for each
// other. Each sum has its terms in the order that it has by itself.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "Lower/Steps/StepBuilder.h"
#include "Lower/Steps/Storage.h"

#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace tally {

namespace {

struct Sums : Kernel {
  StringRef name() const override { return "sums"; }

  ArrayRef<StringLiteral> features() const override {
    static constexpr StringLiteral kFeatures[] = {"sse2", "avx2",     "avx512bw",
                                                  "neon", "avx512vl", "v"};
    return kFeatures;
  }

  LogicalResult verify(KernelOp op) const override {
    return op.emitOpError() << "is written as a linalg.generic (kernel_c2)";
  }

  bool owns(Operation *op) const override {
    auto generic = dyn_cast<linalg::GenericOp>(op);
    return generic && generic.getNumResults() == 1 && generic.getNumReductionLoops() > 0 &&
           !generic.hasDynamicShape();
  }

  /// Half of the registers are for sums, the others for weights, inputs and terms.
  std::optional<TileShape> getTile(Operation *op, TargetAttr target) const override {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (type.getRank() == 0 || !type.getElementType().isIntOrFloat() ||
        type.getElementTypeBitWidth() > 64)
      return {};
    // What is prepared for the loops of one output is no other's.
    for (OpOperand *input : cast<linalg::GenericOp>(op).getDpsInputOperands())
      if (const Kernel *kernel = findKernel(getStorageBase(input->get()).getDefiningOp());
          kernel && kernel->isRecomputed())
        return {};
    if (target.getLanes() == 1)
      return TileShape{/*outputs=*/2, /*lanes=*/1, /*anyLength=*/false, /*last=*/2};
    bool isX86 = llvm::Triple(target.getArch()).isX86();
    int64_t sums = !isX86 || target.has("avx512vl") ? 16 : 8;
    // Lanes count bytes.
    int64_t part = target.getLanes() * 8 / std::max(8u, type.getElementTypeBitWidth());
    int64_t parts = llvm::bit_floor<uint64_t>(llvm::divideCeil(type.getShape().back(), part));
    parts = std::min<int64_t>(parts, 4);
    int64_t size = 1;
    for (int64_t dim : type.getShape().drop_back())
      size = dim > 1 ? dim : size;
    int64_t outputs = llvm::divideCeil(size, llvm::divideCeil(size * parts, sums));
    return TileShape{outputs, part * parts, /*anyLength=*/false};
  }

  FailureOr<Value> buildElement(StepBuilder &steps, Operation *op,
                                const Indices &indices) const override {
    return steps.elementOfGeneric(cast<linalg::GenericOp>(op), indices);
  }

  FailureOr<SmallVector<Value>> buildTile(StepBuilder &steps, Operation *op,
                                          ArrayRef<Indices> members) const override {
    return steps.elementsOfGeneric(cast<linalg::GenericOp>(op), members);
  }
};

} // namespace

const Kernel *getSumsKernel() {
  static const Sums kernel;
  return &kernel;
}

} // namespace tally
