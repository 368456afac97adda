//===- Vpdpbusd.cpp - four products of bytes added to a 32-bit sum --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x86 `vpdpbusd`, of AVX-512 VNNI or AVX-VNNI; computes what ByteDot.h says.
//
//===----------------------------------------------------------------------===//

#include "ByteDot.h"

using namespace mlir;

namespace tally {
namespace {

struct Vpdpbusd : ByteDotKernel {
  llvm::StringRef name() const override { return "vpdpbusd"; }
  ArrayRef<llvm::StringLiteral> features() const override {
    static constexpr llvm::StringLiteral kFeatures[] = {"avx2", "avx512bw", "avx512vl",
                                                        "avx512vnni", "avxvnni"};
    return kFeatures;
  }

  bool has(TargetAttr target) const override {
    return (target.has("avx512vnni") && getX86RegisterBits(target) == 512) || target.has("avxvnni");
  }
  int64_t registerBits(TargetAttr target) const override {
    return target.has("avx512vnni") ? getX86RegisterBits(target) : 256;
  }
  llvm::StringRef required() const override { return "neither avx512vnni nor avxvnni"; }
  Value add(OpBuilder &b, Location loc, TargetAttr, Value sums, Value x, Value w) const override {
    int64_t bits = 32 * cast<VectorType>(sums.getType()).getNumElements();
    return callIntrinsic(b, loc, "llvm.x86.avx512.vpdpbusd." + std::to_string(bits), sums.getType(),
                         {sums, x, w});
  }
};

} // namespace

const Kernel *getVpdpbusdKernel() {
  static const Vpdpbusd kernel;
  return &kernel;
}

} // namespace tally
