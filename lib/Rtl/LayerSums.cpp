//===- LayerSums.cpp - what the lanes of a layer add up -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/LayerSums.h"

#include "Rtl/Expression.h"
#include "Rtl/Refuse.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally {

namespace {
/// KIND of tally_lanes (hardware/README.md).
enum Kind : unsigned { kBooth = 2, kPowers = 4, kPowersWithoutZero = 5, kAdditive = 9, kSad = 10 };
} // namespace

unsigned LayerSums::termBits() const {
  // Absolute differences are a subtraction; products are about a row for two bits of a weight.
  return kind == kSad ? inputBits : inputBits * std::max(weightBits / 2, 1u) + inputBits;
}

int64_t zeroPointOf(Value value) {
  auto type = dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(value.getType()));
  return type ? type.getZeroPoint() : 0;
}

/// The smallest and the largest of `term(x)` over the codes, where it has no other extremes than at
/// the ends and at `turn`.
template <typename Term> static CodeRange extremes(CodeRange codes, int64_t turn, Term term) {
  int64_t low = term(codes.min), high = low;
  for (int64_t x : {codes.max, std::clamp(turn, codes.min, codes.max)}) {
    low = std::min(low, term(x));
    high = std::max(high, term(x));
  }
  return {low, high};
}

template <typename Term>
static void addRanges(LayerSums &sums, ArrayRef<int64_t> values, bool turns, Term term) {
  for (int64_t f = 0; f < sums.filters; ++f) {
    CodeRange range;
    for (int64_t w : values.slice(f * sums.taps, sums.taps)) {
      CodeRange one =
          extremes(sums.inputs, turns ? w : sums.inputs.min, [&](int64_t x) { return term(x, w); });
      range.min += one.min;
      range.max += one.max;
    }
    sums.ranges.push_back(range);
  }
}

static uint64_t maskOf(unsigned bits) { return (uint64_t(1) << bits) - 1; }

/// All but filters, taps and groups.
static LogicalResult setShape(Operation *op, LayerSums &sums) {
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  if (input.getDimSize(0) != 1)
    return refuseLayer(op, "works on batches");
  sums.window = *cast<ReductionOpInterface>(op).getWindow();
  sums.shape = {input.getDimSize(1), input.getDimSize(2), input.getDimSize(3)};
  sums.positions = {output.getDimSize(1), output.getDimSize(2)};
  sums.filters = output.getDimSize(3);
  sums.taps = cast<ReductionOpInterface>(op).getNumTerms();
  return success();
}

static FailureOr<LayerSums> adderSums(AdderConv2DOp op, CodeRange inputs) {
  LayerSums sums;
  if (failed(setShape(op, sums)))
    return failure();
  sums.groups = op.getGroup();
  ElementsAttr elements = getConstantElements(op.getFilter());
  std::vector<int64_t> weights = elements ? getIntegers(elements) : std::vector<int64_t>();
  if (weights.empty())
    return refuseLayer(op, "has weights that are no constants");
  sums.kind = kSad;
  sums.padding = zeroPointOf(op.getInput());
  // Lanes compare numbers of one type.
  CodeRange range = {std::min(inputs.min, sums.padding), std::max(inputs.max, sums.padding)};
  sums.inputs = range;
  for (int64_t w : weights)
    range = {std::min(range.min, w), std::max(range.max, w)};
  addRanges(sums, weights, true, [](int64_t x, int64_t w) { return std::abs(x - w); });
  sums.inputs = range;
  sums.weightBits = sums.inputBits = std::max(bitsOf(range), 2u);
  sums.weightsSigned = hasSign(range);
  for (int64_t w : weights)
    sums.weights.push_back(uint64_t(w) & maskOf(sums.weightBits));
  sums.sign = -1;
  sums.constants.assign(sums.filters, 0);
  return sums;
}

/// Codes of powers of two as they are, and what each stands for.
static LogicalResult setPowers(Operation *op, LayerSums &sums, DecodeOp decode,
                               std::vector<int64_t> &values) {
  auto type = cast<RankedTensorType>(decode.getInput().getType());
  auto element = cast<PowerOfTwoType>(type.getElementType());
  ElementsAttr packed = getConstantElements(decode.getInput());
  std::optional<std::vector<uint8_t>> codes =
      packed ? unpackCodes(packed, type, op->getLoc()) : std::nullopt;
  if (!codes)
    return refuseLayer(op, "has weights that are no constants");
  PowerOfTwoFormat format = element.getFormat();
  sums.kind = format.additive ? kAdditive : format.hasZero ? kPowers : kPowersWithoutZero;
  sums.weightBits = format.bits;
  sums.weightsSigned = format.isSigned;
  PowerOfTwoLevels levels = element.getLevels();
  // Units have one bit for the magnitude at least: binary weights get ternary codes.
  bool isBinary = format.bits == 1;
  if (isBinary) {
    sums.kind = kPowers;
    sums.weightBits = 2;
  }
  for (uint8_t code : *codes) {
    sums.weights.push_back(isBinary ? code << 1 | 1 : code);
    values.push_back(levels.byCode()[code]);
  }
  return success();
}

static LogicalResult setUniform(Operation *op, LayerSums &sums, Value filter, int64_t zeroPoint,
                                std::vector<int64_t> &values) {
  ElementsAttr elements = getConstantElements(filter);
  if (elements)
    values = getIntegers(elements);
  if (values.empty())
    return refuseLayer(op, "has weights that are no constants");
  CodeRange range = getCodeRange(getElementTypeOrSelf(filter.getType()));
  range = {range.min - zeroPoint, range.max - zeroPoint};
  for (int64_t &w : values)
    w -= zeroPoint;
  sums.kind = kBooth;
  sums.weightsSigned = hasSign(range);
  sums.weightBits = std::max(bitsOf(range), 2u);
  for (int64_t w : values)
    sums.weights.push_back(uint64_t(w) & maskOf(sums.weightBits));
  return success();
}

/// `[KH, KW, C, M]` as `[C * M][KH * KW]`.
template <typename T> static void toFilters(std::vector<T> &weights, ArrayRef<int64_t> shape) {
  int64_t taps = shape[0] * shape[1], filters = shape[2] * shape[3];
  std::vector<T> result(weights.size());
  for (int64_t k = 0; k < taps; ++k)
    for (int64_t f = 0; f < filters; ++f)
      result[f * taps + k] = weights[k * filters + f];
  weights = std::move(result);
}

template <typename OpT> static FailureOr<LayerSums> convolutionSums(OpT op, CodeRange inputs) {
  LayerSums sums;
  if (failed(setShape(op, sums)))
    return failure();
  auto one = [](Value value) {
    ElementsAttr elements = getConstantElements(value);
    return elements ? getIntegers(elements) : std::vector<int64_t>();
  };
  std::vector<int64_t> bias = one(op.getBias()), inputZero = one(op.getInputZp()),
                       weightZero = one(op.getWeightZp());
  if (bias.empty() || inputZero.size() != 1 || weightZero.size() != 1)
    return refuseLayer(op, "has a bias or zero points that are no constants");
  auto decode = op.getWeight().template getDefiningOp<DecodeOp>();
  if (decode && weightZero[0] != 0)
    return refuseLayer(op, "has powers of two with zero point " + Twine(weightZero[0]));
  sums.padding = inputZero[0];
  sums.inputs = {std::min(inputs.min, sums.padding), std::max(inputs.max, sums.padding)};
  sums.inputBits = std::max(bitsOf(sums.inputs), 2u);
  std::vector<int64_t> values;
  if (failed(decode ? setPowers(op, sums, decode, values)
                    : setUniform(op, sums, op.getWeight(), weightZero[0], values)))
    return failure();
  if (std::is_same_v<OpT, tosa::DepthwiseConv2DOp>) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(op.getWeight().getType()).getShape();
    sums.groups = shape[2];
    toFilters(sums.weights, shape);
    toFilters(values, shape);
  }
  addRanges(sums, values, false, [](int64_t x, int64_t w) { return x * w; });
  // The sum of (x - zero) * w is that of x * w less a constant.
  for (int64_t f = 0; f < sums.filters; ++f) {
    int64_t total = 0;
    for (int64_t w : ArrayRef(values).slice(f * sums.taps, sums.taps))
      total += w;
    sums.constants.push_back(bias[bias.size() == 1 ? 0 : f] - inputZero[0] * total);
  }
  return sums;
}

LayerSums getCodeSums(int64_t positions, int64_t channels, CodeRange inputs) {
  LayerSums sums;
  sums.kind = kPowers;
  sums.inputs = inputs;
  sums.inputBits = std::max(bitsOf(inputs), 2u);
  sums.weightBits = 2;
  sums.weights.assign(channels, 1); // the code of 2^0
  sums.filters = sums.groups = channels;
  sums.taps = 1;
  sums.shape = {1, positions, channels};
  sums.positions = {1, positions};
  sums.constants.assign(channels, 0);
  sums.ranges.assign(channels, inputs);
  return sums;
}

FailureOr<std::optional<LayerSums>> getLayerSums(Operation *op, CodeRange inputs) {
  FailureOr<LayerSums> sums = failure();
  if (auto adder = dyn_cast<AdderConv2DOp>(op))
    sums = adderSums(adder, inputs);
  else if (auto convolution = dyn_cast<tosa::Conv2DOp>(op))
    sums = convolutionSums(convolution, inputs);
  else if (auto depthwise = dyn_cast<tosa::DepthwiseConv2DOp>(op))
    sums = convolutionSums(depthwise, inputs);
  else
    return std::optional<LayerSums>();
  if (failed(sums))
    return failure();
  return std::optional<LayerSums>(std::move(*sums));
}

} // namespace tally
