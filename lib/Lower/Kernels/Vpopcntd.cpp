//===- Vpopcntd.cpp - differences of codes of two bits, counted -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x86 `vpopcntd` counts the ones in each 32-bit lane. ByteSum.h with the sums of -|u(x) - w| of
// codes 0 to 3, a bit of eight channels in each byte: x is what BitPlanes.cpp says, w the lower
// bits and the higher ones. With the bits x0, x1, w0, w1 of two codes, for 32 of them at once,
//
//   |x - w| = low + 2 * high
//   low = x0 ^ w0,   high = (x1 ^ w1) & ~(low & (x0 ^ x1))
//
// because codes whose higher bits differ are two or three apart unless they are 1 and 2. Seven
// operations for 512 differences where `psadbw` takes two for 64. (Three bits a code that count up,
// of which as many differ as codes are apart, take nine.)
//
//===----------------------------------------------------------------------===//

#include "AdderBytes.h"
#include "BitPlanes.h"
#include "ByteSum.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace tally {
namespace {

constexpr int64_t kUnit = 4, kWeightPlanes = 2, kLargest = 3;

Value countOnes(OpBuilder &b, Location loc, Value words) {
  return LLVM::CtPopOp::create(b, loc, words.getType(), words);
}

/// Bit `plane` of eight weights in a byte.
std::vector<uint8_t> packPlane(ArrayRef<uint8_t> weights, int64_t plane) {
  std::vector<uint8_t> bytes(weights.size() / kPlaneBits);
  for (auto [i, weight] : llvm::enumerate(weights))
    bytes[i / kPlaneBits] |= ((weight >> plane) & 1) << (i % kPlaneBits);
  return bytes;
}

struct Vpopcntd : ByteSumKernel {
  StringRef name() const override { return "vpopcntd"; }
  ArrayRef<StringLiteral> features() const override {
    static constexpr StringLiteral kFeatures[] = {"avx512bw", "avx512vl", "avx512vpopcntdq"};
    return kFeatures;
  }

  bool has(TargetAttr target) const override {
    return target.has("avx512vpopcntdq") && getX86RegisterBits(target) == 512;
  }
  int64_t registerBits(TargetAttr) const override { return 512; }
  int64_t unit() const override { return kUnit; }
  ByteSumPlanes planes() const override {
    return {/*inputs=*/kInputPlanes, /*weights=*/kWeightPlanes, /*sums=*/2};
  }
  /// Two registers of sums each; what is left of 32 is for weights, inputs and their bits.
  ByteSumTile tileOn(TargetAttr) const override { return {/*sums=*/8, /*outputs=*/8}; }
  bool hidesInput() const override { return false; }

  Value lowerLayer(OpBuilder &builder, const KernelLayer &layer) const override {
    auto op = dyn_cast<AdderConv2DOp>(layer.op);
    if (!op || !isX86(layer.target))
      return {};
    Type input = op.getInput().getType().getElementType();
    if (!isa<quant::QuantizedType>(input) || getStorageType(input).getWidth() != 8)
      return {};
    CodeRange codes = getInputCodes(op);
    if (codes.max - codes.min > kLargest)
      return {};
    if (!has(layer.target))
      return decline(layer, "the processor has no avx512vpopcntdq");
    if (op.getGroup() != 1)
      return decline(layer, "it has groups of channels");
    int64_t channels = op.getInput().getType().getDimSize(3);
    if (channels % kPlaneBits != 0)
      return decline(layer, "its channels are not a multiple of 8");
    ByteRuns runs(layer.window.kernel, layer.window.dilation, channels / kPlaneBits, kUnit);
    if (!isFaster(layer, runs))
      return decline(layer, "bytes take no longer");
    AdderBytes weights(op, codes);
    if (!weights.obstacle.empty())
      return decline(layer, weights.obstacle);
    KernelLayer onPlanes = layer;
    onPlanes.padded = createBitPlanes(builder, layer, codes.min);
    return create(builder, onPlanes, layOut(builder, op, runs, weights), weights.start,
                  /*flip=*/false);
  }

  std::optional<RegisterUpdate> getUpdate(TargetAttr target) const override {
    MLIRContext *context = target.getContext();
    auto sums = VectorType::get({16}, IntegerType::get(context, 32));
    // As many operations as for a layer; the bits that are not at hand are constants.
    return RegisterUpdate{
        sums, /*terms=*/512, [this, target, sums](OpBuilder &b, Location loc, Value s, Value w) {
          auto splat = [&](int32_t bits) -> Value {
            return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(sums, bits));
          };
          SmallVector<Value> both = {s, splat(0)};
          addPlanes(b, loc, target, both, {s, s, splat(0x33333333)}, {w, splat(0x55555555)},
                    /*counted=*/{}, /*few=*/false);
          return arith::AddIOp::create(b, loc, both[0], both[1]).getResult();
        }};
  }

  void addPlanes(OpBuilder &b, Location loc, TargetAttr, MutableArrayRef<Value> sums,
                 ArrayRef<Value> xs, ArrayRef<Value> ws, Value counted, bool) const override {
    auto differ = [&](int64_t plane) -> Value {
      Value bits = arith::XOrIOp::create(b, loc, xs[plane], ws[plane]);
      return counted ? arith::AndIOp::create(b, loc, bits, counted).getResult() : bits;
    };
    auto words = cast<VectorType>(sums[0].getType());
    Value ones = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(words, int32_t(-1)));
    Value low = differ(0), one = arith::AndIOp::create(b, loc, low, xs[2]);
    Value high = arith::AndIOp::create(b, loc, differ(1), arith::XOrIOp::create(b, loc, one, ones));
    sums[0] = arith::AddIOp::create(b, loc, sums[0], countOnes(b, loc, low));
    sums[1] = arith::AddIOp::create(b, loc, sums[1], countOnes(b, loc, high));
  }

  Value joinSums(OpBuilder &b, Location loc, ArrayRef<Value> sums) const override {
    Value twice = arith::AddIOp::create(b, loc, sums[1], sums[1]);
    return arith::AddIOp::create(b, loc, sums[0], twice);
  }

  Value finish(OpBuilder &b, Location loc, Value start, Value sums) const override {
    return arith::SubIOp::create(b, loc, start, sums);
  }

private:
  /// Whether it takes fewer operations than `psadbw`, of which processors do as many at a time.
  static bool isFaster(const KernelLayer &layer, const ByteRuns &runs) {
    auto input = cast<RankedTensorType>(layer.padded.getType()),
         output = cast<RankedTensorType>(layer.op->getResult(0).getType());
    int64_t filters = output.getDimSize(3), outputs = output.getNumElements() / filters;
    ByteRuns bytes(layer.window.kernel, layer.window.dilation, input.getDimSize(3), /*unit=*/8);
    auto count = [&](const ByteRuns &own) {
      return outputs * own.count() * own.groups() * llvm::divideCeil(filters, own.block);
    };
    // Ten to split 64 codes.
    return 7 * count(runs) + 10 * llvm::divideCeil(input.getNumElements(), 64) < 2 * count(bytes);
  }

  static Value layOut(OpBuilder &builder, AdderConv2DOp op, const ByteRuns &runs,
                      const AdderBytes &weights) {
    int64_t filters = weights.start.size(), block = runs.block * kUnit;
    std::vector<uint8_t> planes[kWeightPlanes], all;
    for (auto [index, plane] : llvm::enumerate(planes))
      plane = runs.layOut(packPlane(weights.bytes, index), filters, /*none=*/0);
    for (size_t at = 0; at < planes[0].size(); at += block)
      for (const std::vector<uint8_t> &plane : planes)
        all.insert(all.end(), plane.begin() + at, plane.begin() + at + block);
    SmallVector<int64_t> shape = runs.shape(filters);
    shape[3] *= kWeightPlanes;
    return addBytes(builder, op, op.getFilter(), shape, all);
  }
};

} // namespace

const Kernel *getVpopcntdKernel() {
  static const Vpopcntd kernel;
  return &kernel;
}

} // namespace tally
