//===- Smlad.cpp - sums of products of bytes by pairs ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ARM `smlad` adds two products of halves of words to a sum: WordSum.h with the term x * w, of
// bytes widened to halves, the even ones in one word and the odd ones in another.
//
//===----------------------------------------------------------------------===//

#include "DotWeights.h"
#include "WordSum.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {

namespace {

struct Smlad : WordSumKernel {
  StringRef name() const override { return "smlad"; }
  ArrayRef<StringLiteral> features() const override {
    static constexpr StringLiteral kFeatures[] = {"dsp"};
    return kFeatures;
  }
  bool has(TargetAttr target) const override { return target.has("dsp"); }
  int64_t outputs(TargetAttr) const override { return 2; }
  int64_t block(TargetAttr) const override { return 2; }
  bool hidesInput() const override { return true; }

  Value lowerLayer(OpBuilder &builder, const KernelLayer &layer) const override {
    auto op = dyn_cast<tosa::Conv2DOp>(layer.op);
    if (!op || !has(layer.target))
      return {};
    if (layer.target.getMulFree() != MulFree::No)
      return decline(layer, "--mul-free forbids products");
    if (StringRef obstacle = findObstacle(layer); !obstacle.empty())
      return decline(layer, obstacle);
    DotWeights filter(op);
    if (failed(filter.read()))
      return decline(layer, filter.obstacle);
    Weights weights;
    for (int64_t value : filter.getValues())
      weights.bytes.push_back(uint8_t(value));
    weights.start = filter.correctBias(/*shift=*/0);
    return create(builder, layer, filter.getSource(), weights,
                  !hasUnsignedStorage(getElementTypeOrSelf(op.getInput().getType())));
  }

  Words prepareInput(OpBuilder &b, Location loc, bool isSigned, Value x) const override {
    StringRef widen = isSigned ? "llvm.arm.sxtb16" : "llvm.arm.uxtb16";
    Value odd = arith::ShRUIOp::create(b, loc, x, word(b, loc, 8));
    return {call(b, loc, widen, x), call(b, loc, widen, odd)};
  }
  Words prepareWeights(OpBuilder &b, Location loc, Value w) const override {
    return prepareInput(b, loc, /*isSigned=*/true, w);
  }
  Value add(OpBuilder &b, Location loc, Value sum, const Words &x, const Words &w) const override {
    for (auto [input, weight] : llvm::zip(x, w))
      sum = call(b, loc, "llvm.arm.smlad", {input, weight, sum});
    return sum;
  }
  Value finish(OpBuilder &b, Location loc, Value start, Value total, Value) const override {
    return arith::AddIOp::create(b, loc, start, total);
  }
};

} // namespace

const Kernel *getSmladKernel() {
  static const Smlad kernel;
  return &kernel;
}

} // namespace tally
