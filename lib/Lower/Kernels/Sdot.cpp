//===- Sdot.cpp - four products of bytes added to a 32-bit sum ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AArch64 `sdot`, of Armv8.2's dot products; computes what ByteDot.h says of inputs with a sign.
//
//===----------------------------------------------------------------------===//

#include "ByteDot.h"

using namespace mlir;

namespace tally {
namespace {

struct Sdot : ByteDotKernel {
  llvm::StringRef name() const override { return "sdot"; }
  ArrayRef<llvm::StringLiteral> features() const override {
    static constexpr llvm::StringLiteral kFeatures[] = {"dotprod"};
    return kFeatures;
  }

  bool has(TargetAttr target) const override { return target.has("dotprod"); }
  int64_t registerBits(TargetAttr) const override { return 128; }
  ByteSumTile tileOn(TargetAttr) const override { return {24, 6}; }
  bool isOfArchitecture(TargetAttr target) const override { return isAArch64(target); }
  bool readsSigned() const override { return true; }
  llvm::StringRef required() const override { return "no dotprod"; }
  Value add(OpBuilder &b, Location loc, TargetAttr, Value sums, Value x, Value w) const override {
    return callIntrinsic(b, loc, "llvm.aarch64.neon.sdot.v4i32.v16i8", sums.getType(),
                         {sums, x, w});
  }
};

} // namespace

const Kernel *getSdotKernel() {
  static const Sdot kernel;
  return &kernel;
}

} // namespace tally
