//===- SwarDifferences.cpp - absolute differences in plain words ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Four differences of small codes at once with what every core has (SIMD within a register):
// WordSum.h with the term -|x - w|, of
//
//   sum |x - w| = 2 * sum max(x - w, 0) - sum x + sum w
//
// The highest bit of each byte of (x | 0x80) - w says whether x >= w, and then the others are
// x - w. Four sums of bytes are put away in two of 16 bits before they overflow.
//
//===----------------------------------------------------------------------===//

#include "WordSum.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace tally {

namespace {

bool isSmallThumb(TargetAttr target) {
  return llvm::Triple(target.getArch()).getSubArch() == llvm::Triple::ARMSubArch_v6m;
}

struct SwarDifferences : AdderWordsKernel {
  StringRef name() const override { return "swar-differences"; }
  bool has(TargetAttr target) const override { return target.getLanes() == 1; }
  // Cores with eight registers for most instructions keep few sums in them, and have little memory
  // for the code of more. Others have room for four, their words and the sums of inputs.
  int64_t outputs(TargetAttr target) const override { return isSmallThumb(target) ? 1 : 2; }
  int64_t block(TargetAttr target) const override { return isSmallThumb(target) ? 4 : 2; }
  StringRef findLimit(int64_t words, int64_t most) const override {
    // From here on putting sums away would take as long as making them.
    constexpr int64_t kLargest = 63;
    if (most > kLargest)
      return "its codes have too many bits";
    // Two bytes of each word are added up in each half of another.
    return 2 * words * most > UINT16_MAX ? "its sums may leave 16 bits" : "";
  }
  void arrange(Weights &weights) const override {
    int64_t filters = weights.start.size(), terms = int64_t(weights.bytes.size()) / filters;
    for (int64_t f = 0; f < filters; ++f)
      for (int64_t i = 0; i < terms; ++i)
        weights.start[f] -= weights.bytes[f * terms + i];
  }

  bool sumsInput() const override { return true; }
  int64_t wordsOfSum(KernelOp op) const override {
    return 255 / std::max<int64_t>(1, op.getParameters().getAs<IntegerAttr>("most").getInt());
  }
  Words prepareInput(OpBuilder &b, Location loc, bool, Value x) const override {
    return {arith::OrIOp::create(b, loc, x, word(b, loc, 0x80808080u))};
  }
  Value add(OpBuilder &b, Location loc, Value sum, const Words &x, const Words &w) const override {
    Value difference = arith::SubIOp::create(b, loc, x[0], w[0]);
    Value positive = arith::AndIOp::create(b, loc, difference, word(b, loc, 0x80808080u));
    Value lowest = arith::ShRUIOp::create(b, loc, positive, word(b, loc, 7));
    Value mask = arith::SubIOp::create(b, loc, positive, lowest);
    return arith::AddIOp::create(b, loc, sum, arith::AndIOp::create(b, loc, difference, mask));
  }
  Value fold(OpBuilder &b, Location loc, Value total, Value sum) const override {
    Value mask = word(b, loc, 0x00ff00ffu);
    Value even = arith::AndIOp::create(b, loc, sum, mask);
    Value odd =
        arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, sum, word(b, loc, 8)), mask);
    total = arith::AddIOp::create(b, loc, total, even);
    return arith::AddIOp::create(b, loc, total, odd);
  }
  Value finish(OpBuilder &b, Location loc, Value start, Value total, Value input) const override {
    auto join = [&](Value halves) -> Value {
      Value low = arith::AndIOp::create(b, loc, halves, word(b, loc, 0xffff));
      Value high = arith::ShRUIOp::create(b, loc, halves, word(b, loc, 16));
      return arith::AddIOp::create(b, loc, low, high);
    };
    Value twice = arith::ShLIOp::create(b, loc, join(total), word(b, loc, 1));
    Value rest = arith::SubIOp::create(b, loc, join(input), twice);
    return arith::AddIOp::create(b, loc, start, rest);
  }
};

} // namespace

const Kernel *getSwarDifferencesKernel() {
  static const SwarDifferences kernel;
  return &kernel;
}

} // namespace tally
