//===- Psadbw.cpp - sums of absolute differences of bytes -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x86 `psadbw` adds up eight absolute differences of bytes without a sign in each 64-bit lane.
// Computes what ByteDifference.h says by eights.
//
//===----------------------------------------------------------------------===//

#include "ByteDifference.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tally {

namespace {

/// Whether the processor does additions that saturate beside differences. Intel's have one place
/// for either, and other additions in both: every other one of those then delays a difference
/// (measured on one of 2023: 180 Gop/s in place of 243). Other makers' were not measured.
bool addsBesideDifferences(TargetAttr target) {
  static constexpr StringLiteral kIntel[] = {"haswell",        "core-avx2",       "broadwell",
                                             "skylake",        "skylake-avx512",  "skx",
                                             "cascadelake",    "cooperlake",      "cannonlake",
                                             "icelake-client", "icelake-server",  "rocketlake",
                                             "tigerlake",      "alderlake",       "raptorlake",
                                             "meteorlake",     "arrowlake",       "arrowlake-s",
                                             "lunarlake",      "pantherlake",     "novalake",
                                             "wildcatlake",    "sapphirerapids",  "emeraldrapids",
                                             "graniterapids",  "graniterapids-d", "diamondrapids"};
  return llvm::is_contained(kIntel, target.getCpu());
}

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
  int64_t most(TargetAttr target) const override {
    return addsBesideDifferences(target) ? UINT16_MAX / (8 * UINT8_MAX) : 0;
  }
  Value addFew(OpBuilder &b, Location loc, TargetAttr target, Value sums, Value x,
               Value w) const override {
    auto words = cast<VectorType>(sums.getType());
    auto halves = VectorType::get({4 * words.getNumElements()}, b.getI16Type());
    Value more = limiting(b, loc, target, sums, x, w);
    Value sum =
        LLVM::UAddSat::create(b, loc, halves, vector::BitCastOp::create(b, loc, halves, sums),
                              vector::BitCastOp::create(b, loc, halves, more));
    return vector::BitCastOp::create(b, loc, words, sum);
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
