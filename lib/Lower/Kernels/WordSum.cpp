//===- WordSum.cpp - sums over windows of bytes, a word at a time ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "WordSum.h"
#include "AdderBytes.h"
#include "Lower/Linalg/Reductions.h"
#include "Lower/Steps/Storage.h"
#include "UnpackLevels.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace tally {

Value WordSumKernel::call(OpBuilder &b, Location loc, StringRef intrinsic, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(b, loc, b.getI32Type(), b.getStringAttr(intrinsic), operands)
      .getResult(0);
}

Value WordSumKernel::word(OpBuilder &b, Location loc, uint32_t value) {
  return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(int32_t(value)));
}

Value WordSumKernel::fold(OpBuilder &, Location, Value, Value) const {
  llvm_unreachable("only for kernels whose sums overflow");
}

/// Whether words may begin at any byte.
static bool loadsAnywhere(TargetAttr target) { return target.has("dsp"); }

/// Words of input that an output adds up.
static int64_t countInputs(const ByteRuns &runs) { return runs.count() * runs.groups(); }

StringRef WordSumKernel::findObstacle(const KernelLayer &layer) {
  auto padded = cast<RankedTensorType>(layer.padded.getType());
  ByteRuns runs(layer.window.kernel, layer.window.dilation, padded.getDimSize(3), kUnit);
  if (!padded.getElementType().isInteger(8))
    return "its input's codes are no bytes";
  if (runs.bytes < kUnit)
    return "fewer than four bytes of its input lie side by side";
  if (loadsAnywhere(layer.target))
    return "";
  if (padded.getDimSize(3) % kUnit != 0)
    return "its input's channels are no multiple of four, and the core loads words at such places";
  // Whose place the caller chooses.
  if (isa<BlockArgument>(getStorageBase(layer.padded)))
    return "its input comes from outside, where words may lie anywhere";
  if (getConstantTensor(getStorageBase(layer.padded)))
    return "its input is a constant, an array of bytes that may begin anywhere";
  return "";
}

/// How many words the weights of `filters` take.
static int64_t countWords(const ByteRuns &runs, int64_t filters, int64_t bits) {
  int64_t rest = filters % runs.block;
  return countInputs(runs) * (filters / runs.block * WordSumKernel::wordsOf(runs.block, bits) +
                              WordSumKernel::wordsOf(rest, bits));
}

/// As WordSum.h has them.
static std::vector<int32_t> pack(const ByteRuns &runs, ArrayRef<uint8_t> bytes, int64_t filters,
                                 int64_t bits) {
  constexpr int64_t kUnit = WordSumKernel::kUnit;
  std::vector<uint8_t> laidOut = runs.layOut(bytes, filters, /*none=*/0);
  int64_t together = 8 / bits; // filters in a word
  std::vector<int32_t> words;
  const uint8_t *from = laidOut.data();
  for (int64_t first = 0; first < filters; first += runs.block)
    for (int64_t group = 0; group < runs.count() * runs.groups();
         ++group, from += runs.block * kUnit)
      for (int64_t f = 0; f < std::min(runs.block, filters - first); f += together) {
        uint32_t word = 0;
        for (int64_t other = f; other < std::min(f + together, runs.block); ++other)
          for (int64_t j = 0; j < kUnit; ++j)
            word |= uint32_t(from[other * kUnit + j]) << (8 * j + bits * (other - f));
        words.push_back(int32_t(word));
      }
  return words;
}

/// The words as a value: of few different bytes, unpacked where they are used.
static Value storeWords(OpBuilder &builder, const KernelLayer &layer, Value filter,
                        ArrayRef<int32_t> words, int64_t filters, int64_t bits) {
  if (bits == 8) {
    std::vector<uint8_t> bytes;
    for (int32_t word : words)
      for (int place = 0; place < 32; place += 8)
        bytes.push_back(uint8_t(uint32_t(word) >> place));
    auto type =
        RankedTensorType::get({filters, int64_t(bytes.size()) / filters}, builder.getI8Type());
    if (Value unpacked = packLevels(builder, layer.op, filter, type, bytes))
      return unpacked;
  }
  auto type = RankedTensorType::get({int64_t(words.size())}, builder.getI32Type());
  ml_program::GlobalOp parameter = getParameter(filter);
  std::string label = parameter ? parameter.getSymName().str() : "filter";
  auto global = addParameter(layer.op->getParentOfType<ModuleOp>(), label, type,
                             makeElements<int32_t>(type, words, label));
  return loadParameter(builder, layer.op->getLoc(), global);
}

Value WordSumKernel::create(OpBuilder &builder, const KernelLayer &layer, Value filter,
                            const Weights &weights, bool isSigned) const {
  Location loc = layer.op->getLoc();
  int64_t filters = weights.start.size();
  ByteRuns runs(layer.window.kernel, layer.window.dilation,
                cast<RankedTensorType>(layer.padded.getType()).getDimSize(3), kUnit,
                block(layer.target));
  std::vector<int32_t> words = pack(runs, weights.bytes, filters, weights.bits);
  Value stored = storeWords(builder, layer, filter, words, filters, weights.bits);
  auto startType = RankedTensorType::get({filters}, builder.getI32Type());
  Value starts = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(startType, ArrayRef(weights.start)));
  NamedAttribute parameters[] = {
      builder.getNamedAttr("bits", builder.getI64IntegerAttr(weights.bits)),
      builder.getNamedAttr("block", builder.getI64IntegerAttr(runs.block)),
      builder.getNamedAttr("dilation", builder.getDenseI64ArrayAttr(layer.window.dilation)),
      builder.getNamedAttr("most", builder.getI64IntegerAttr(weights.most)),
      builder.getNamedAttr("signed", builder.getBoolAttr(isSigned)),
      builder.getNamedAttr("stride", builder.getDenseI64ArrayAttr(layer.window.stride)),
      builder.getNamedAttr("window", builder.getDenseI64ArrayAttr(layer.window.kernel))};
  auto output = cast<RankedTensorType>(layer.op->getResult(0).getType());
  return KernelOp::create(
      builder, loc, RankedTensorType::get(output.getShape(), builder.getI32Type()), name(),
      ValueRange{layer.padded, stored, starts}, builder.getDictionaryAttr(parameters));
}

LogicalResult WordSumKernel::verify(KernelOp op) const {
  DictionaryAttr parameters = op.getParameters();
  std::optional<Window> window = getWindow(op);
  auto bits = parameters.getAs<IntegerAttr>("bits"), most = parameters.getAs<IntegerAttr>("most"),
       block = parameters.getAs<IntegerAttr>("block");
  if (parameters.size() != 7 || !window || !bits || !most || !block ||
      !parameters.getAs<BoolAttr>("signed") || !llvm::is_contained({2, 4, 8}, bits.getInt()) ||
      !llvm::is_contained({2, 4}, block.getInt()) || most.getInt() < 0 || most.getInt() > 255)
    return op.emitOpError()
           << "requires 'stride', 'dilation', 'window' (two numbers above 0 each), "
              "'block' (2 or 4), 'bits' (2, 4 or 8), 'most' (0 to 255) and 'signed' alone "
              "(kernel_c2), but got "
           << parameters;
  TypeRange types = op.getInputs().getTypes();
  bool asBytes = types.size() == 3 && isTensorOf(types[1], 8, 2) && bits.getInt() == 8;
  if (types.size() != 3 || !isTensorOf(types[0], 8, 4) ||
      !(asBytes || isTensorOf(types[1], 32, 1)) || !isTensorOf(types[2], 32, 1) ||
      !isTensorOf(op.getType(), 32, 4))
    return op.emitOpError() << "requires bytes [N, H, W, C], words and i32 "
                               "[F] for i32 [N, OH, OW, F] (kernel_c2), but got "
                            << types << " for " << op.getType();
  ArrayRef<int64_t> x = cast<RankedTensorType>(types[0]).getShape(),
                    w = cast<RankedTensorType>(types[1]).getShape(),
                    y = cast<RankedTensorType>(op.getType()).getShape();
  ByteRuns runs(window->kernel, window->dilation, x[3], kUnit, block.getInt());
  int64_t filters = cast<RankedTensorType>(types[2]).getDimSize(0);
  int64_t outputs[] = {x[0], window->outputSize(0, x[1]), window->outputSize(1, x[2]), filters};
  int64_t words = countWords(runs, filters, bits.getInt());
  bool fits = asBytes ? w[0] == filters && w[1] == kUnit * countInputs(runs) : w[0] == words;
  if (y != ArrayRef<int64_t>(outputs) || !fits || runs.bytes < kUnit)
    return op.emitOpError() << "has shapes that do not belong together (kernel_c2): " << types
                            << " for " << op.getType();
  if (StringRef limit = findLimit(countInputs(runs), most.getInt()); !limit.empty())
    return op.emitOpError() << "is not what '" << name() << "' computes (kernel_c2): " << limit;
  return success();
}

Value AdderWordsKernel::lowerLayer(OpBuilder &builder, const KernelLayer &layer) const {
  auto op = dyn_cast<AdderConv2DOp>(layer.op);
  if (!op || !has(layer.target) ||
      !isa<quant::QuantizedType>(op.getInput().getType().getElementType()))
    return {};
  Type input = op.getInput().getType().getElementType();
  bool isSigned = !hasUnsignedStorage(input);
  CodeRange codes = {-128, 127};
  if (!isSigned)
    codes = {0, std::max(getCodeRange(op.getInput()).max, getZeroPoint(input))};
  Weights weights;
  weights.most = codes.max - codes.min;
  StringRef obstacle = op.getGroup() != 1 ? "it has groups of channels" : findObstacle(layer);
  if (obstacle.empty()) {
    ByteRuns runs(layer.window.kernel, layer.window.dilation,
                  cast<RankedTensorType>(layer.padded.getType()).getDimSize(3), kUnit);
    obstacle = findLimit(countInputs(runs), weights.most);
  }
  if (obstacle.empty()) {
    AdderBytes bytes(op, codes);
    obstacle = bytes.obstacle;
    weights.bytes = std::move(bytes.bytes);
    weights.start = std::move(bytes.start);
  }
  if (!obstacle.empty())
    return decline(layer, obstacle);
  weights.bits = weights.most > 15 ? 8 : weights.most > 3 ? 4 : 2;
  arrange(weights);
  return create(builder, layer, op.getFilter(), weights, isSigned);
}

std::optional<TileShape> WordSumKernel::getTile(Operation *op, TargetAttr target) const {
  return TileShape{outputs(target), /*lanes=*/1, /*anyLength=*/false, getBlock(cast<KernelOp>(op))};
}

} // namespace tally
