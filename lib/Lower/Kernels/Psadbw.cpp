//===- Psadbw.cpp - sums of absolute differences of bytes -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x86 `psadbw` adds up eight absolute differences of bytes without a sign in each 64-bit lane.
// Computes what ByteSum.h says by eights, with the term -|u(x) - w| of weights without a sign.
//
//===----------------------------------------------------------------------===//

#include "ByteSum.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tally {

namespace {

/// Brings every weight among the codes of the input, and returns for each filter what that takes
/// away from its sums: |x - w| = |x - v| + |v - w| for the v of them that is next to w.
std::vector<int32_t> clampWeights(MutableArrayRef<int64_t> weights, int64_t filters,
                                  CodeRange codes) {
  int64_t terms = int64_t(weights.size()) / filters;
  std::vector<int32_t> start(filters);
  for (auto [i, weight] : llvm::enumerate(weights)) {
    int64_t clamped = std::clamp(weight, codes.min, codes.max);
    start[i / terms] -= int32_t(std::abs(weight - clamped));
    weight = clamped;
  }
  return start;
}

/// The weights of a constant filter by the sign of its type, which conversion may have taken from
/// the constant; empty for others.
std::vector<int64_t> readWeights(AdderConv2DOp op) {
  ElementsAttr elements = getConstantElements(op.getFilter());
  std::vector<int64_t> weights = elements ? getIntegers(elements) : std::vector<int64_t>();
  auto type = op.getFilter().getType();
  if (int64_t(weights.size()) != type.getNumElements())
    return {};
  unsigned width = getStorageType(type.getElementType()).getWidth();
  if (hasUnsignedStorage(type.getElementType()))
    for (int64_t &weight : weights)
      weight &= (int64_t(1) << width) - 1;
  return weights;
}

/// Why the kernel does not compute `op`; empty where it does.
StringRef findObstacle(AdderConv2DOp op) {
  Type input = op.getInput().getType().getElementType();
  if (!isa<quant::QuantizedType>(input))
    return "it is not on codes";
  if (getStorageType(input).getWidth() != 8)
    return "its input's codes are no bytes";
  if (op.getGroup() != 1)
    return "it has groups of channels";
  return "";
}

struct Psadbw : ByteSumKernel {
  StringRef name() const override { return "psadbw"; }
  ArrayRef<StringLiteral> features() const override {
    static constexpr StringLiteral kFeatures[] = {"sse2", "avx2", "avx512bw", "avx512vl"};
    return kFeatures;
  }

  Value lowerLayer(OpBuilder &builder, const KernelLayer &layer) const override {
    auto op = dyn_cast<AdderConv2DOp>(layer.op);
    if (!op)
      return {};
    if (!has(layer.target))
      return decline(layer, "the processor has no sse2");
    if (StringRef obstacle = findObstacle(op); !obstacle.empty())
      return decline(layer, obstacle);
    std::vector<int64_t> weights = readWeights(op);
    if (weights.empty())
      return decline(layer, "its filter is not constant");

    Type input = op.getInput().getType().getElementType();
    bool flip = !hasUnsignedStorage(input);
    int64_t filters = op.getFilter().getType().getDimSize(0);
    CodeRange codes = flip ? CodeRange{-128, 127} : CodeRange{0, 255};
    std::vector<int32_t> start = clampWeights(weights, filters, codes);
    std::vector<uint8_t> bytes;
    for (int64_t weight : weights)
      bytes.push_back(uint8_t(weight - codes.min));
    ByteRuns runs(layer.window.kernel, layer.window.dilation, op.getInput().getType().getDimSize(3),
                  unit());
    Value laidOut = addBytes(builder, op, op.getFilter(), runs.shape(filters),
                             runs.layOut(bytes, filters, /*none=*/0));
    return create(builder, layer, laidOut, start, flip);
  }

  bool has(TargetAttr target) const override { return target.has("sse2"); }
  int64_t registerBits(TargetAttr target) const override { return getX86RegisterBits(target); }
  int64_t unit() const override { return 8; }
  bool hidesInput() const override { return false; }
  Value add(OpBuilder &b, Location loc, Value sums, Value x, Value w) const override {
    return arith::AddIOp::create(b, loc, sums, limiting(b, loc, sums, x, w));
  }
  /// The differences alone: there are twice as many places for additions.
  Value limiting(OpBuilder &b, Location loc, Value sums, Value x, Value w) const override {
    int64_t lanes = cast<VectorType>(sums.getType()).getNumElements();
    StringRef instruction = lanes == 2   ? "llvm.x86.sse2.psad.bw"
                            : lanes == 4 ? "llvm.x86.avx2.psad.bw"
                                         : "llvm.x86.avx512.psad.bw.512";
    return callIntrinsic(b, loc, instruction, sums.getType(), {x, w});
  }
  Value finish(OpBuilder &b, Location loc, Value start, Value sums) const override {
    return arith::SubIOp::create(b, loc, start, sums);
  }
};

} // namespace

const Kernel *getPsadbwKernel() {
  static const Psadbw kernel;
  return &kernel;
}

} // namespace tally
