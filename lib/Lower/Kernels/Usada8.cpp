//===- Usada8.cpp - sums of absolute differences of bytes -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ARM `usada8` adds four absolute differences of bytes without a sign to a sum: WordSum.h with the
// term -|x - w|.
//
//===----------------------------------------------------------------------===//

#include "WordSum.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {

namespace {

struct Usada8 : AdderWordsKernel {
  StringRef name() const override { return "usada8"; }
  ArrayRef<StringLiteral> features() const override {
    static constexpr StringLiteral kFeatures[] = {"dsp"};
    return kFeatures;
  }
  bool has(TargetAttr target) const override { return target.has("dsp"); }
  int64_t outputs(TargetAttr) const override { return 2; }
  Value add(OpBuilder &b, Location loc, Value sum, const Words &x, const Words &w) const override {
    return call(b, loc, "llvm.arm.usada8", {x[0], w[0], sum});
  }
  Value finish(OpBuilder &b, Location loc, Value start, Value total, Value) const override {
    return arith::SubIOp::create(b, loc, start, total);
  }
};

} // namespace

const Kernel *getUsada8Kernel() {
  static const Usada8 kernel;
  return &kernel;
}

} // namespace tally
