//===- Psadbw.cpp - sums of absolute differences of bytes -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x86 `psadbw` adds up eight absolute differences of bytes without a sign in each 64-bit lane.
//
//   y[n, oh, ow, f] = start[f] - sum over kh, kw, c of
//                         |u(x[n, oh * stride[0] + kh * dilation[0],
//                                 ow * stride[1] + kw * dilation[1], c]) - w(f, kh, kw, c)|
//
// x bytes `[N, H, W, C]`, start `[F]` and y `[N, OH, OW, F]` 32-bit; KH and KW are `window`. u
// reads a byte without a sign; with `flip` after its highest bit is flipped, which adds 128 to a
// byte with a sign.
//
// A window is read in S runs of bytes that lie side by side: without a dilation along the width a
// row of it (S = KH, KW * C bytes), else the channels of an element (S = KH * KW, C bytes). w is
// bytes without a sign `[F / 8, S, G, 8, 8]`, F / 8 and G rounded up: eight filters, eight bytes of
// each, G times. Filters beyond F are zeros. Where eight does not divide a run, the last eight
// bytes are its last eight, of which those count that are in no other; the others are zeros in w,
// as are those behind the end of a run of fewer than eight.
//
// Parameters: `stride`, `dilation`, `window` (array<i64>, two each), `flip` (bool).
//
//===----------------------------------------------------------------------===//

#include "Psadbw.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace tally {

PsadbwRuns::PsadbwRuns(KernelOp op)
    : PsadbwRuns(op.getParameters().getAs<DenseI64ArrayAttr>("window").asArrayRef(),
                 op.getParameters().getAs<DenseI64ArrayAttr>("dilation").asArrayRef(),
                 cast<RankedTensorType>(op.getInputs()[0].getType()).getDimSize(3)) {}

PsadbwRuns::PsadbwRuns(ArrayRef<int64_t> window, ArrayRef<int64_t> dilation, int64_t channels) {
  bool joined = dilation[1] == 1 || window[1] == 1;
  rows = window[0];
  columns = joined ? 1 : window[1];
  bytes = joined ? window[1] * channels : channels;
}

namespace {

/// Weights `[F, KH, KW, C]`, all codes of the input, as bytes in the order that the kernel reads.
std::vector<int8_t> layOut(ArrayRef<int64_t> weights, int64_t filters, const PsadbwRuns &runs,
                           int64_t shift) {
  int64_t blocks = int64_t(llvm::divideCeil(filters, 8)), terms = runs.count() * runs.bytes;
  std::vector<int8_t> result(blocks * runs.count() * runs.groups() * 64);
  int8_t *to = result.data();
  for (int64_t block = 0; block < blocks; ++block)
    for (int64_t run = 0; run < runs.count(); ++run)
      for (int64_t group = 0; group < runs.groups(); ++group)
        for (int64_t f = 8 * block; f < 8 * block + 8; ++f)
          for (int64_t j = 0; j < 8; ++j, ++to) {
            int64_t byte = runs.start(group) + j;
            if (f < filters && byte >= 8 * group && byte < runs.bytes)
              *to = int8_t(weights[f * terms + run * runs.bytes + byte] + shift);
          }
  return result;
}

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

struct Psadbw : Kernel {
  StringRef name() const override { return "psadbw"; }
  ArrayRef<StringLiteral> features() const override {
    static constexpr StringLiteral kFeatures[] = {"sse2", "avx2", "avx512bw", "avx512vl"};
    return kFeatures;
  }

  Value lowerLayer(OpBuilder &builder, const KernelLayer &layer) const override {
    auto op = dyn_cast<AdderConv2DOp>(layer.op);
    if (!op || !layer.target.has("sse2"))
      return {};
    StringRef obstacle = findObstacle(op);
    std::vector<int64_t> weights;
    if (obstacle.empty() && (weights = readWeights(op)).empty())
      obstacle = "its filter is not constant";
    auto options =
        remark::RemarkOpts::name("Kernel").category("tally-to-linalg").function(getLayerName(op));
    if (!obstacle.empty()) {
      remark::missed(op.getLoc(), options) << ("not by kernel 'psadbw': " + obstacle).str();
      return {};
    }
    remark::passed(op.getLoc(), options) << "by kernel 'psadbw'";

    Type input = op.getInput().getType().getElementType();
    bool flip = !hasUnsignedStorage(input);
    int64_t filters = op.getFilter().getType().getDimSize(0);
    PsadbwRuns runs(layer.window.kernel, layer.window.dilation,
                    op.getInput().getType().getDimSize(3));
    CodeRange bytes = flip ? CodeRange{-128, 127} : CodeRange{0, 255};
    std::vector<int32_t> start = clampWeights(weights, filters, bytes);
    auto startType = RankedTensorType::get({filters}, builder.getI32Type());
    Value starts = arith::ConstantOp::create(
        builder, op.getLoc(), DenseElementsAttr::get(startType, ArrayRef<int32_t>(start)));
    NamedAttribute parameters[] = {
        builder.getNamedAttr("dilation", builder.getDenseI64ArrayAttr(layer.window.dilation)),
        builder.getNamedAttr("flip", builder.getBoolAttr(flip)),
        builder.getNamedAttr("stride", builder.getDenseI64ArrayAttr(layer.window.stride)),
        builder.getNamedAttr("window", builder.getDenseI64ArrayAttr(layer.window.kernel))};
    auto type = RankedTensorType::get(op.getType().getShape(), builder.getI32Type());
    Value laidOut = addWeights(
        builder, op, {int64_t(llvm::divideCeil(filters, 8)), runs.count(), runs.groups(), 8, 8},
        layOut(weights, filters, runs, flip ? 128 : 0));
    return KernelOp::create(builder, op.getLoc(), type, name(),
                            ValueRange{layer.padded, laidOut, starts},
                            builder.getDictionaryAttr(parameters));
  }

  LogicalResult verify(KernelOp op) const override;

  bool hasLanesAlongLast() const override { return true; }
  std::optional<TileShape> getTile(Operation *op, TargetAttr target) const override {
    return getPsadbwTile(cast<KernelOp>(op), target);
  }
  FailureOr<SmallVector<Value>> buildTile(StepBuilder &steps, Operation *op,
                                          ArrayRef<Indices> members) const override {
    return buildPsadbwTile(steps, cast<KernelOp>(op), members);
  }

private:
  static Value addWeights(OpBuilder &builder, AdderConv2DOp op, ArrayRef<int64_t> shape,
                          ArrayRef<int8_t> bytes) {
    auto type = RankedTensorType::get(shape, builder.getI8Type());
    ml_program::GlobalOp source = getParameter(op.getFilter());
    std::string filter = source ? source.getSymName().str() : "filter";
    auto global = addParameter(op->getParentOfType<ModuleOp>(), filter, type,
                               makeElements<int8_t>(type, bytes, filter));
    return loadParameter(builder, op.getLoc(), global);
  }
};

LogicalResult Psadbw::verify(KernelOp op) const {
  DictionaryAttr parameters = op.getParameters();
  auto getPair = [&](StringRef key) {
    auto pair = parameters.getAs<DenseI64ArrayAttr>(key);
    return pair && pair.size() == 2 && pair[0] > 0 && pair[1] > 0 ? pair : DenseI64ArrayAttr();
  };
  auto stride = getPair("stride"), dilation = getPair("dilation"), kernel = getPair("window");
  if (parameters.size() != 4 || !stride || !dilation || !kernel ||
      !parameters.getAs<BoolAttr>("flip"))
    return op.emitOpError() << "requires 'stride', 'dilation', 'window' (two numbers above 0 each) "
                               "and 'flip' alone (kernel_c2), but got "
                            << parameters;
  auto isOf = [](Type type, unsigned width, int64_t rank) {
    auto tensor = cast<RankedTensorType>(type);
    return tensor.hasStaticShape() && tensor.getRank() == rank &&
           tensor.getElementType().isInteger(width);
  };
  TypeRange types = op.getInputs().getTypes();
  if (types.size() != 3 || !isOf(types[0], 8, 4) || !isOf(types[1], 8, 5) ||
      !isOf(types[2], 32, 1) || !isOf(op.getType(), 32, 4))
    return op.emitOpError() << "requires bytes [N, H, W, C], bytes [F / 8, S, G, 8, 8] and i32 [F] "
                               "for i32 [N, OH, OW, F] (kernel_c2), but got "
                            << types << " for " << op.getType();
  ArrayRef<int64_t> x = cast<RankedTensorType>(types[0]).getShape(),
                    w = cast<RankedTensorType>(types[1]).getShape(),
                    y = cast<RankedTensorType>(op.getType()).getShape();
  Window window{
      {kernel[0], kernel[1]}, {0, 0, 0, 0}, {stride[0], stride[1]}, {dilation[0], dilation[1]}};
  PsadbwRuns runs(op);
  int64_t filters = cast<RankedTensorType>(types[2]).getDimSize(0);
  int64_t outputs[] = {x[0], window.outputSize(0, x[1]), window.outputSize(1, x[2]), filters};
  int64_t weights[] = {int64_t(llvm::divideCeil(filters, 8)), runs.count(), runs.groups(), 8, 8};
  if (y != ArrayRef<int64_t>(outputs) || w != ArrayRef<int64_t>(weights))
    return op.emitOpError() << "has shapes that do not belong together (kernel_c2): " << types
                            << " for " << op.getType();
  return success();
}

} // namespace

const Kernel *getPsadbwKernel() {
  static const Psadbw kernel;
  return &kernel;
}

} // namespace tally
