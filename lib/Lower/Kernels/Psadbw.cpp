//===- Psadbw.cpp - sums of absolute differences of bytes -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x86 `psadbw` adds up eight absolute differences of bytes without a sign in each 64-bit lane.
// Computes what ByteSum.h says by eights, with the term -|u(x) - w| of weights without a sign.
//
//===----------------------------------------------------------------------===//

#include "AdderBytes.h"
#include "ByteSum.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {

namespace {

struct Psadbw : ByteSumKernel {
  StringRef name() const override { return "psadbw"; }
  ArrayRef<StringLiteral> features() const override {
    static constexpr StringLiteral kFeatures[] = {"sse2", "avx2", "avx512bw", "avx512vl"};
    return kFeatures;
  }

  Value lowerLayer(OpBuilder &builder, const KernelLayer &layer) const override {
    auto op = dyn_cast<AdderConv2DOp>(layer.op);
    if (!op || !isX86(layer.target))
      return {};
    if (!has(layer.target))
      return decline(layer, "the processor has no sse2");
    Type input = op.getInput().getType().getElementType();
    bool flip = isa<quant::QuantizedType>(input) && !hasUnsignedStorage(input);
    AdderBytes weights(op, flip ? CodeRange{-128, 127} : CodeRange{0, 255});
    if (!weights.obstacle.empty())
      return decline(layer, weights.obstacle);
    int64_t filters = weights.start.size();
    ByteRuns runs(layer.window.kernel, layer.window.dilation, op.getInput().getType().getDimSize(3),
                  unit());
    Value laidOut = addBytes(builder, op, op.getFilter(), runs.shape(filters),
                             runs.layOut(weights.bytes, filters, /*none=*/0));
    return create(builder, layer, laidOut, weights.start, flip);
  }

  bool has(TargetAttr target) const override { return target.has("sse2"); }
  int64_t registerBits(TargetAttr target) const override { return getX86RegisterBits(target); }
  int64_t unit() const override { return 8; }
  bool hidesInput() const override { return false; }
  Value add(OpBuilder &b, Location loc, Value sums, Value x, Value w) const override {
    return arith::AddIOp::create(b, loc, sums, limiting(b, loc, sums, x, w));
  }
  /// The differences alone: there are twice as many places for additions.
  Value limiting(OpBuilder &b, Location loc, Value sums, Value x, Value w) const override {
    int64_t lanes = cast<VectorType>(sums.getType()).getNumElements();
    StringRef instruction = lanes == 2   ? "llvm.x86.sse2.psad.bw"
                            : lanes == 4 ? "llvm.x86.avx2.psad.bw"
                                         : "llvm.x86.avx512.psad.bw.512";
    return callIntrinsic(b, loc, instruction, sums.getType(), {x, w});
  }
  Value finish(OpBuilder &b, Location loc, Value start, Value sums) const override {
    return arith::SubIOp::create(b, loc, start, sums);
  }
};

} // namespace

const Kernel *getPsadbwKernel() {
  static const Psadbw kernel;
  return &kernel;
}

} // namespace tally
