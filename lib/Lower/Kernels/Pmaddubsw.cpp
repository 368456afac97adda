//===- Pmaddubsw.cpp - two products of bytes added in 16 bits -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x86 `pmaddubsw`, then `pmaddwd` by ones; computes what ByteDot.h says. Sums of two products
// saturate at 16 bits: exact where no weight is beyond 64, because 2 * 255 * 64 fits. Powers of
// two of 4 bits, and sums of them, are.
//
//===----------------------------------------------------------------------===//

#include "ByteDot.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {
namespace {

struct Pmaddubsw : ByteDotKernel {
  llvm::StringRef name() const override { return "pmaddubsw"; }
  ArrayRef<llvm::StringLiteral> features() const override {
    static constexpr llvm::StringLiteral kFeatures[] = {"ssse3", "avx2", "avx512bw", "avx512vl"};
    return kFeatures;
  }

  bool has(TargetAttr target) const override { return target.has("ssse3"); }
  int64_t registerBits(TargetAttr target) const override { return getX86RegisterBits(target); }
  llvm::StringRef required() const override { return "no ssse3"; }
  int64_t largestWeight() const override { return 64; }
  Value add(OpBuilder &b, Location loc, TargetAttr, Value sums, Value x, Value w) const override {
    int64_t lanes = cast<VectorType>(sums.getType()).getNumElements();
    auto pairType = VectorType::get({2 * lanes}, b.getI16Type());
    Value pairs = callIntrinsic(b, loc,
                                lanes == 4   ? "llvm.x86.ssse3.pmadd.ub.sw.128"
                                : lanes == 8 ? "llvm.x86.avx2.pmadd.ub.sw"
                                             : "llvm.x86.avx512.pmaddubs.w.512",
                                pairType, {x, w});
    Value ones = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(pairType, int16_t(1)));
    Value quads = callIntrinsic(b, loc,
                                lanes == 4   ? "llvm.x86.sse2.pmadd.wd"
                                : lanes == 8 ? "llvm.x86.avx2.pmadd.wd"
                                             : "llvm.x86.avx512.pmaddw.d.512",
                                sums.getType(), {pairs, ones});
    return arith::AddIOp::create(b, loc, sums, quads);
  }
};

} // namespace

const Kernel *getPmaddubswKernel() {
  static const Pmaddubsw kernel;
  return &kernel;
}

} // namespace tally
