//===- ByteDotLayer.cpp - convolutions on bytes in fours ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The machine multiplies bytes without a sign by bytes with one, four neighbouring channels at
// a time. Inputs lose their sign by a flipped bit, which adds 128; that and the zero point are
// constants times the sum of a filter's weights, and go into the bias.
//
//===----------------------------------------------------------------------===//

#include "ByteDotLayer.h"
#include "Lower/Linalg/PackedCodes.h"
#include "Lower/Steps/Storage.h"
#include "tally/IR/BitPacking.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace tally {

namespace {

/// `[F, KH, KW, C]` to `[KH, KW, C / 4, F, 4]`.
std::vector<uint8_t> layOut(ArrayRef<uint8_t> values, ArrayRef<int64_t> shape) {
  int64_t filters = shape[0], window = shape[1] * shape[2], channels = shape[3];
  std::vector<uint8_t> result;
  result.reserve(values.size());
  for (int64_t k = 0; k < window; ++k)
    for (int64_t c = 0; c < channels; c += 4)
      for (int64_t f = 0; f < filters; ++f)
        for (int64_t j = 0; j < 4; ++j)
          result.push_back(values[(f * window + k) * channels + c + j]);
  return result;
}

Value makeBytes(OpBuilder &builder, Operation *op, ml_program::GlobalOp source,
                ArrayRef<int64_t> shape, const std::vector<uint8_t> &bytes) {
  auto type = RankedTensorType::get(shape, builder.getI8Type());
  std::vector<int8_t> storage(bytes.begin(), bytes.end());
  auto global = addParameter(op->getParentOfType<ModuleOp>(), source.getSymName(), type,
                             makeElements<int8_t>(type, storage, source.getSymName().str()));
  return loadParameter(builder, op->getLoc(), global);
}

/// The constant that holds the weights: codes where they are packed.
ml_program::GlobalOp getSource(tosa::Conv2DOp op) {
  auto decode = op.getWeight().getDefiningOp<DecodeOp>();
  return getParameter(decode ? decode.getInput() : op.getWeight());
}

/// What it holds, a byte a weight, row-major; null where it is not constant or damaged.
std::optional<std::vector<uint8_t>> getBytes(tosa::Conv2DOp op) {
  ml_program::GlobalOp source = getSource(op);
  auto elements = source ? dyn_cast_or_null<ElementsAttr>(source.getValueAttr()) : ElementsAttr();
  if (!elements)
    return std::nullopt;
  if (auto decode = op.getWeight().getDefiningOp<DecodeOp>())
    return unpackCodes(elements, cast<RankedTensorType>(decode.getInput().getType()));
  std::vector<int64_t> values = getIntegers(elements);
  int64_t count = cast<RankedTensorType>(op.getWeight().getType()).getNumElements();
  if (int64_t(values.size()) != count)
    return std::nullopt;
  return std::vector<uint8_t>(values.begin(), values.end());
}

/// The weights that `bytes` stand for.
std::vector<int64_t> getValues(tosa::Conv2DOp op, ArrayRef<uint8_t> bytes) {
  if (auto decode = op.getWeight().getDefiningOp<DecodeOp>()) {
    PowerOfTwoLevels levels =
        cast<PowerOfTwoType>(getElementTypeOrSelf(decode.getInput().getType())).getLevels();
    std::vector<int64_t> values;
    for (uint8_t code : bytes)
      values.push_back(levels.byCode()[code]);
    return values;
  }
  auto *codes = reinterpret_cast<const int8_t *>(bytes.data());
  return std::vector<int64_t>(codes, codes + bytes.size());
}

/// The weights laid out, as a value of bytes.
Value layOutWeights(OpBuilder &builder, tosa::Conv2DOp op, ArrayRef<uint8_t> bytes) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(op.getWeight().getType()).getShape();
  SmallVector<int64_t> laidOut = {shape[1], shape[2], shape[3] / 4, shape[0], 4};
  auto decode = op.getWeight().getDefiningOp<DecodeOp>();
  if (!decode)
    return makeBytes(builder, op, getSource(op), laidOut, layOut(bytes, shape));
  auto powers = cast<PowerOfTwoType>(getElementTypeOrSelf(decode.getInput().getType()));
  std::vector<uint8_t> packed = packBits(layOut(bytes, shape), powers.getBits());
  Value codes = makeBytes(builder, op, getSource(op), {int64_t(packed.size())}, packed);
  return buildLevels(builder, decode.getLoc(), codes,
                     RankedTensorType::get(laidOut, builder.getI8Type()), powers.getLevels());
}

} // namespace

Value buildByteDotLayer(OpBuilder &builder, tosa::Conv2DOp op, Value padded, const Window &window,
                        ByteDot byteDot) {
  auto filterType = cast<RankedTensorType>(op.getWeight().getType());
  auto outputType = cast<RankedTensorType>(op.getType());
  Type inputElement = getElementTypeOrSelf(op.getInput().getType());
  ElementsAttr bias = getConstantElements(op.getBias()),
               zero = getConstantElements(op.getInputZp()),
               filterZero = getConstantElements(op.getWeightZp());
  Type filterElement = filterType.getElementType();
  bool bytes = isa<quant::QuantizedType>(inputElement) &&
               isa<quant::QuantizedType>(filterElement) &&
               getStorageType(inputElement).getWidth() == 8 &&
               getStorageType(filterElement).getWidth() == 8 && !hasUnsignedStorage(filterElement);
  if (byteDot == ByteDot::None || !bytes || filterType.getDimSize(3) % 4 != 0 || !bias || !zero ||
      !filterZero || getIntegers(filterZero) != std::vector<int64_t>{0})
    return {};
  std::optional<std::vector<uint8_t>> stored = getBytes(op);
  if (!stored)
    return {};
  std::vector<int64_t> values = getValues(op, *stored);
  for (int64_t value : values)
    if (byteDot == ByteDot::Pairs && std::abs(value) > kLargestPairWeight)
      return {};
  Value laidOut = layOutWeights(builder, op, *stored);

  // What flipping and the zero point add, modulo 2^32: the finished sums fit.
  Location loc = op.getLoc();
  bool flip = !hasUnsignedStorage(inputElement);
  int64_t shift = getIntegers(zero).front() + (flip ? 128 : 0);
  int64_t filters = filterType.getDimSize(0), terms = filterType.getNumElements() / filters;
  std::vector<int64_t> biases = getIntegers(bias);
  std::vector<int32_t> corrected(filters);
  for (int64_t f = 0; f < filters; ++f) {
    int64_t sum = 0;
    for (int64_t k = 0; k < terms; ++k)
      sum += values[f * terms + k];
    corrected[f] = int32_t(uint32_t(biases[biases.size() == 1 ? 0 : f] - shift * sum));
  }
  Type i32 = builder.getI32Type();
  Value start = arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(RankedTensorType::get({filters}, i32), ArrayRef<int32_t>(corrected)));
  Value empty = tensor::EmptyOp::create(builder, loc, outputType.getShape(), i32);
  MLIRContext *context = builder.getContext();
  start = linalg::BroadcastOp::create(builder, loc, start, empty, ArrayRef<int64_t>{0, 1, 2})
              ->getResult(0);

  // n, oh, ow, f, kh, kw, c, j
  SmallVector<AffineExpr> d;
  for (int i = 0; i < 8; ++i)
    d.push_back(builder.getAffineDimExpr(i));
  auto position = [&](int dim) {
    return d[1 + dim] * window.stride[dim] + d[4 + dim] * window.dilation[dim];
  };
  SmallVector<AffineMap> maps = {
      AffineMap::get(8, 0, {d[0], position(0), position(1), d[6] * 4 + d[7]}, context),
      AffineMap::get(8, 0, {d[4], d[5], d[6], d[3], d[7]}, context),
      AffineMap::get(8, 0, {d[0], d[1], d[2], d[3]}, context)};
  using utils::IteratorType;
  SmallVector<IteratorType> iterators(8, IteratorType::reduction);
  std::fill_n(iterators.begin(), 4, IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, start.getType(), ValueRange{padded, laidOut}, ValueRange{start}, maps,
      iterators, [&](OpBuilder &b, Location at, ValueRange args) {
        Value x = args[0];
        if (flip)
          x = arith::XOrIOp::create(
              b, at, x, arith::ConstantOp::create(b, at, b.getIntegerAttr(b.getI8Type(), -128)));
        x = arith::ExtUIOp::create(b, at, i32, x);
        Value w = arith::ExtSIOp::create(b, at, i32, args[1]);
        Value product = arith::MulIOp::create(b, at, x, w);
        linalg::YieldOp::create(b, at, arith::AddIOp::create(b, at, args[2], product).getResult());
      });
  generic->setAttr(kByteDotAttr, builder.getBoolAttr(flip));
  return generic.getResult(0);
}

} // namespace tally
