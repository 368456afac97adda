//===- LayerSums.cpp - what the lanes of a layer add up -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rtl/LayerSums.h"

#include "Rtl/Expression.h"
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

static InFlightDiagnostic refuse(Operation *op, const Twine &reason) {
  return op->emitError() << "finds no stage in Verilog for layer '" << getLayerName(op)
                         << "', which " << reason;
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

static LogicalResult setShape(Operation *op, LayerSums &sums, Value filter) {
  auto input = cast<RankedTensorType>(sums.input.getType());
  auto type = cast<RankedTensorType>(filter.getType());
  if (input.getDimSize(0) != 1)
    return refuse(op, "works on batches");
  if (type.getDimSize(3) != input.getDimSize(3))
    return refuse(op, "has groups of channels");
  sums.window = *cast<ReductionOpInterface>(op).getWindow();
  sums.filters = type.getDimSize(0);
  sums.taps = type.getNumElements() / sums.filters;
  return success();
}

static FailureOr<LayerSums> adderSums(AdderConv2DOp op, CodeRange inputs) {
  LayerSums sums;
  sums.input = op.getInput();
  if (failed(setShape(op, sums, op.getFilter())))
    return failure();
  ElementsAttr elements = getConstantElements(op.getFilter());
  std::vector<int64_t> weights = elements ? getIntegers(elements) : std::vector<int64_t>();
  if (weights.empty())
    return refuse(op, "has weights that are no constants");
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
    return refuse(op, "has weights that are no constants");
  PowerOfTwoFormat format = element.getFormat();
  sums.kind = format.additive ? kAdditive : format.hasZero ? kPowers : kPowersWithoutZero;
  sums.weightBits = format.bits;
  sums.weightsSigned = format.isSigned;
  PowerOfTwoLevels levels = element.getLevels();
  for (uint8_t code : *codes) {
    sums.weights.push_back(code);
    values.push_back(levels.byCode()[code]);
  }
  return success();
}

static LogicalResult setUniform(Operation *op, LayerSums &sums, Value filter,
                                std::vector<int64_t> &values) {
  ElementsAttr elements = getConstantElements(filter);
  if (elements)
    values = getIntegers(elements);
  if (values.empty())
    return refuse(op, "has weights that are no constants");
  CodeRange range = getCodeRange(getElementTypeOrSelf(filter.getType()));
  sums.kind = kBooth;
  sums.weightsSigned = hasSign(range);
  sums.weightBits = std::max(bitsOf(range), 2u);
  for (int64_t w : values)
    sums.weights.push_back(uint64_t(w) & maskOf(sums.weightBits));
  return success();
}

static FailureOr<LayerSums> convolutionSums(tosa::Conv2DOp op, CodeRange inputs) {
  LayerSums sums;
  sums.input = op.getInput();
  if (failed(setShape(op, sums, op.getWeight())))
    return failure();
  auto one = [](Value value) {
    ElementsAttr elements = getConstantElements(value);
    return elements ? getIntegers(elements) : std::vector<int64_t>();
  };
  std::vector<int64_t> bias = one(op.getBias()), inputZero = one(op.getInputZp()),
                       weightZero = one(op.getWeightZp());
  if (bias.empty() || inputZero.size() != 1 || weightZero.size() != 1)
    return refuse(op, "has a bias or zero points that are no constants");
  if (weightZero[0] != 0)
    return refuse(op, "has weights with zero point " + Twine(weightZero[0]));
  sums.padding = inputZero[0];
  sums.inputs = {std::min(inputs.min, sums.padding), std::max(inputs.max, sums.padding)};
  sums.inputBits = std::max(bitsOf(sums.inputs), 2u);
  std::vector<int64_t> values;
  auto decode = op.getWeight().getDefiningOp<DecodeOp>();
  if (failed(decode ? setPowers(op, sums, decode, values)
                    : setUniform(op, sums, op.getWeight(), values)))
    return failure();
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

FailureOr<std::optional<LayerSums>> getLayerSums(Operation *op, CodeRange inputs) {
  FailureOr<LayerSums> sums = failure();
  if (auto adder = dyn_cast<AdderConv2DOp>(op))
    sums = adderSums(adder, inputs);
  else if (auto convolution = dyn_cast<tosa::Conv2DOp>(op))
    sums = convolutionSums(convolution, inputs);
  else
    return std::optional<LayerSums>();
  if (failed(sums))
    return failure();
  return std::optional<LayerSums>(std::move(*sums));
}

} // namespace tally
