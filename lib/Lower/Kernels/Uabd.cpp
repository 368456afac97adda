//===- Uabd.cpp - absolute differences of bytes on AArch64 ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AArch64 `uabd` makes sixteen absolute differences of bytes. Four of them are added to each 32-bit
// lane by `udot` with ones where there are dot products, else by two additions of pairs.
//
//===----------------------------------------------------------------------===//

#include "ByteDifference.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {
namespace {

struct Uabd : ByteDifferenceKernel {
  StringRef name() const override { return "uabd"; }
  ArrayRef<StringLiteral> features() const override {
    static constexpr StringLiteral kFeatures[] = {"neon", "dotprod"};
    return kFeatures;
  }

  bool has(TargetAttr target) const override { return isAArch64(target) && target.has("neon"); }
  int64_t registerBits(TargetAttr) const override { return 128; }
  ByteSumTile tileOn(TargetAttr) const override { return {24, 6}; }
  int64_t unit() const override { return 4; }
  bool isOfArchitecture(TargetAttr target) const override { return isAArch64(target); }
  StringRef required() const override { return "no neon"; }

  Value add(OpBuilder &b, Location loc, TargetAttr target, Value sums, Value x,
            Value w) const override {
    Type bytes = x.getType();
    Value terms = callIntrinsic(b, loc, "llvm.aarch64.neon.uabd.v16i8", bytes, {x, w});
    if (target.has("dotprod") && target.getMulFree() == MulFree::No) {
      Value ones = arith::ConstantOp::create(
          b, loc, DenseElementsAttr::get(cast<ShapedType>(bytes), int8_t(1)));
      return callIntrinsic(b, loc, "llvm.aarch64.neon.udot.v4i32.v16i8", sums.getType(),
                           {sums, terms, ones});
    }
    Value pairs = callIntrinsic(b, loc, "llvm.aarch64.neon.uaddlp.v8i16.v16i8",
                                VectorType::get({8}, b.getI16Type()), terms);
    Value fours =
        callIntrinsic(b, loc, "llvm.aarch64.neon.uaddlp.v4i32.v8i16", sums.getType(), pairs);
    return arith::AddIOp::create(b, loc, sums, fours);
  }
};

} // namespace

const Kernel *getUabdKernel() {
  static const Uabd kernel;
  return &kernel;
}

} // namespace tally
