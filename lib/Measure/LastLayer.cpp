//===- LastLayer.cpp - which logit is the larger --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LastLayer.h"

#include "tally/IR/Parameters.h"

#include "llvm/ADT/TypeSwitch.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace tally {

static std::vector<int64_t> readCodes(const Tensor &tensor) {
  std::vector<int64_t> codes(tensor.size());
  dispatch(tensor.type(), [&](auto tag) {
    const auto *data = tensor.data<decltype(tag)>();
    std::copy_n(data, codes.size(), codes.begin());
  });
  return codes;
}

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// One number for each of `count`, where there is one for all or for each.
static bool spread(std::vector<int64_t> &numbers, int64_t count) {
  if (numbers.size() == 1)
    numbers.assign(count, numbers[0]);
  return int64_t(numbers.size()) == count;
}

std::optional<LastLayer> LastLayer::find(func::FuncOp function, const NetworkBounds &network) {
  LastLayer last;
  Value result = function.front().getTerminator()->getOperand(0);
  auto type = cast<RankedTensorType>(result.getType());
  last.filters = type.getNumElements() / type.getDimSize(0);
  RequantizeOp requantization;
  for (;;) {
    Operation *op = result.getDefiningOp();
    // A row for each image, and one number for each filter in it, whatever the shape.
    if (!op || shapeOf(result)[0] != type.getDimSize(0))
      return std::nullopt;
    if (isa<tosa::ReshapeOp, tosa::IdentityOp>(op)) {
      result = op->getOperand(0);
      continue;
    }
    if (shapeOf(result).back() != last.filters)
      return std::nullopt;
    if (auto requantize = dyn_cast<RequantizeOp>(op); requantize && !requantization) {
      requantization = requantize;
      result = requantize.getInput();
      continue;
    }
    if (!last.readLayer(op, network))
      return std::nullopt;
    break;
  }
  if (!last.readRequantization(requantization) || !last.align())
    return std::nullopt;
  return last;
}

bool LastLayer::readLayer(Operation *layer, const NetworkBounds &network) {
  auto reduction = dyn_cast<ReductionOpInterface>(layer);
  if (!reduction || !isa<AdderConv2DOp, AdderLinearOp, tosa::Conv2DOp>(layer))
    return false;
  value = layer->getOperand(0);
  const Tensor *filter = network.getConstant(layer->getOperand(1));
  if (!filter || network.getConstant(value))
    return false;
  weights = readCodes(*filter);
  auto type = dyn_cast_or_null<quant::UniformQuantizedType>(getQuantizedElement(value.getType()));
  zeroPoint = type ? type.getZeroPoint() : 0;
  biases = {0};
  takesDifferences = !isa<tosa::Conv2DOp>(layer);
  if (auto adder = dyn_cast<AdderConv2DOp>(layer); adder && adder.getGroup() != 1)
    return false; // two logits have no element in common
  if (!takesDifferences) {
    std::vector<int64_t> constants[3];
    for (unsigned i = 0; i < 3; ++i) {
      const Tensor *constant = network.getConstant(layer->getOperand(2 + i));
      if (!constant)
        return false;
      constants[i] = readCodes(*constant);
    }
    biases = constants[0];
    zeroPoint = constants[1][0];
    for (int64_t &weight : weights)
      weight -= constants[2][0];
  }
  ArrayRef<int64_t> input = shapeOf(value);
  channels = input.back();
  imageSize = ShapedType::getNumElements(input) / input[0];
  if (isa<AdderLinearOp>(layer)) {
    taps = {0};
    return spread(biases, filters);
  }
  Window window = *reduction.getWindow();
  if (window.outputSize(0, input[1]) != 1 || window.outputSize(1, input[2]) != 1)
    return false;
  for (int64_t kh = 0; kh < window.kernel[0]; ++kh)
    for (int64_t kw = 0; kw < window.kernel[1]; ++kw) {
      int64_t h = kh * window.dilation[0] - window.padBefore(0);
      int64_t w = kw * window.dilation[1] - window.padBefore(1);
      bool inside = h >= 0 && h < input[1] && w >= 0 && w < input[2];
      taps.push_back(inside ? h * input[2] + w : -1);
    }
  return spread(biases, filters);
}

bool LastLayer::readRequantization(RequantizeOp op) {
  multipliers = {1};
  offsets = shifts = {0};
  if (op) {
    multipliers = getIntegers(op.getMultiplier());
    offsets = getIntegers(op.getOffset());
    shifts = getIntegers(op.getShift());
    halfUp = op.getRounding() == Rounding::HalfUp;
    saturation = getCodeRange(getElementTypeOrSelf(op.getOutput().getType()));
  }
  return spread(multipliers, filters) && spread(offsets, filters) && spread(shifts, filters);
}

bool LastLayer::align() {
  shift = *llvm::max_element(shifts);
  long double largest = 0, codes = std::ldexp(1.0L, 33); // of a difference of two codes, at most
  int64_t terms = int64_t(weights.size()) / filters;
  for (int64_t f = 0; f < filters; ++f) {
    long double sum = takesDifferences ? codes * (long double)(terms) : 0;
    for (int64_t k = 0; !takesDifferences && k < terms; ++k)
      sum += std::fabs((long double)(weights[f * terms + k])) * codes;
    sum += std::fabs((long double)(biases[f]));
    long double t = std::fabs((long double)(multipliers[f])) * sum +
                    std::fabs((long double)(offsets[f])) + std::ldexp(1.0L, int(shifts[f]));
    largest = std::max(largest, std::ldexp(t, int(shift - shifts[f])));
  }
  if (largest >= std::ldexp(1.0L, 124)) // of two of them the difference
    return false;
  for (int64_t f = 0; f < filters; ++f) {
    Wide unit = Wide(1) << (shift - shifts[f]);
    Wide half = halfUp && shifts[f] > 0 ? Wide(1) << (shifts[f] - 1) : Wide(0);
    factors.push_back(Wide(multipliers[f]) * unit);
    starts.push_back((Wide(multipliers[f]) * biases[f] + offsets[f] + half) * unit);
  }
  return true;
}

LastLayer::Wide LastLayer::term(int64_t filter, int64_t weight, int64_t code) const {
  return factors[filter] *
         (takesDifferences ? -std::abs(code - weight) : (code - zeroPoint) * weight);
}

bool LastLayer::isAbove(const Bounds &box, int64_t image, int64_t a, CodeRange ofA, int64_t b,
                        CodeRange ofB) const {
  // Saturated at one end, both may be the same code.
  if (saturation && (ofA.min <= saturation->min || ofB.max >= saturation->max))
    return false;
  int64_t terms = int64_t(weights.size()) / filters;
  Wide least = starts[a] - starts[b];
  dispatch(box.low.type(), [&](auto tag) {
    using T = decltype(tag);
    const T *low = box.low.data<T>() + image * imageSize;
    const T *high = box.high.data<T>() + image * imageSize;
    for (int64_t k = 0; k < terms; ++k) {
      int64_t tap = taps[k / channels], at = tap * channels + k % channels;
      int64_t from = tap < 0 ? zeroPoint : int64_t(low[at]);
      int64_t to = tap < 0 ? zeroPoint : int64_t(high[at]);
      int64_t ofA = weights[a * terms + k], ofB = weights[b * terms + k];
      auto difference = [&](int64_t code) { return term(a, ofA, code) - term(b, ofB, code); };
      Wide smallest = std::min(difference(from), difference(to));
      // Absolute values bend at the weights.
      if (takesDifferences)
        for (int64_t bend : {ofA, ofB})
          smallest = std::min(smallest, difference(std::clamp(bend, from, to)));
      least += smallest;
    }
  });
  return least >= Wide(1) << shift;
}

} // namespace tally
