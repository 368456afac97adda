//===- Psadbw.cpp - sums of absolute differences of bytes -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x86 `psadbw` adds up eight absolute differences of bytes without a sign in each 64-bit lane.
// Computes what ByteDifference.h says by eights.
//
//===----------------------------------------------------------------------===//

#include "ByteDifference.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {

namespace {

struct Psadbw : ByteDifferenceKernel {
  StringRef name() const override { return "psadbw"; }
  ArrayRef<StringLiteral> features() const override {
    static constexpr StringLiteral kFeatures[] = {"sse2", "avx2", "avx512bw", "avx512vl"};
    return kFeatures;
  }

  bool has(TargetAttr target) const override { return target.has("sse2"); }
  int64_t registerBits(TargetAttr target) const override { return getX86RegisterBits(target); }
  int64_t unit() const override { return 8; }
  bool isOfArchitecture(TargetAttr target) const override { return isX86(target); }
  StringRef required() const override { return "no sse2"; }
  Value add(OpBuilder &b, Location loc, TargetAttr target, Value sums, Value x,
            Value w) const override {
    return arith::AddIOp::create(b, loc, sums, limiting(b, loc, target, sums, x, w));
  }
  /// The differences alone: there are twice as many places for additions.
  Value limiting(OpBuilder &b, Location loc, TargetAttr, Value sums, Value x,
                 Value w) const override {
    int64_t lanes = cast<VectorType>(sums.getType()).getNumElements();
    StringRef instruction = lanes == 2   ? "llvm.x86.sse2.psad.bw"
                            : lanes == 4 ? "llvm.x86.avx2.psad.bw"
                                         : "llvm.x86.avx512.psad.bw.512";
    return callIntrinsic(b, loc, instruction, sums.getType(), {x, w});
  }
};

} // namespace

const Kernel *getPsadbwKernel() {
  static const Psadbw kernel;
  return &kernel;
}

} // namespace tally
