//===- Pmaddwd.cpp - two products of 16 bits added to a 32-bit sum --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x86 `pmaddwd`, on the even bytes and then on the odd ones; computes what ByteDot.h says, for
// every weight. Bytes become 16 bits in registers: inputs once for all filters of a tile, weights
// once for all of its outputs.
//
//===----------------------------------------------------------------------===//

#include "ByteDot.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tally {
namespace {

struct Pmaddwd : ByteDotKernel {
  llvm::StringRef name() const override { return "pmaddwd"; }
  ArrayRef<llvm::StringLiteral> features() const override {
    static constexpr llvm::StringLiteral kFeatures[] = {"sse2", "avx2", "avx512bw", "avx512vl"};
    return kFeatures;
  }

  bool has(TargetAttr target) const override { return target.has("sse2"); }
  int64_t registerBits(TargetAttr target) const override { return getX86RegisterBits(target); }
  llvm::StringRef required() const override { return "no sse2"; }
  /// Both halves of weights and of inputs take registers.
  ByteSumTile tileOn(TargetAttr target) const override {
    return registerBits(target) == 512 ? ByteSumTile{16, 8} : ByteSumTile{8, 4};
  }

  Value add(OpBuilder &b, Location loc, TargetAttr, Value sums, Value x, Value w) const override {
    int64_t lanes = cast<VectorType>(sums.getType()).getNumElements();
    auto type = VectorType::get({2 * lanes}, b.getI16Type());
    Value eight = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, int16_t(8)));
    Value low = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, int16_t(255)));
    x = vector::BitCastOp::create(b, loc, type, x);
    w = vector::BitCastOp::create(b, loc, type, w);
    Value evenInputs = arith::AndIOp::create(b, loc, x, low);
    Value oddInputs = arith::ShRUIOp::create(b, loc, x, eight);
    Value evenWeights =
        arith::ShRSIOp::create(b, loc, arith::ShLIOp::create(b, loc, w, eight), eight);
    Value oddWeights = arith::ShRSIOp::create(b, loc, w, eight);
    sums = arith::AddIOp::create(b, loc, sums, multiply(b, loc, evenInputs, evenWeights));
    return arith::AddIOp::create(b, loc, sums, multiply(b, loc, oddInputs, oddWeights));
  }

private:
  static Value multiply(OpBuilder &b, Location loc, Value x, Value w) {
    int64_t lanes = cast<VectorType>(x.getType()).getNumElements() / 2;
    return callIntrinsic(b, loc,
                         lanes == 4   ? "llvm.x86.sse2.pmadd.wd"
                         : lanes == 8 ? "llvm.x86.avx2.pmadd.wd"
                                      : "llvm.x86.avx512.pmaddw.d.512",
                         VectorType::get({lanes}, b.getI32Type()), {x, w});
  }
};

} // namespace

const Kernel *getPmaddwdKernel() {
  static const Pmaddwd kernel;
  return &kernel;
}

} // namespace tally
