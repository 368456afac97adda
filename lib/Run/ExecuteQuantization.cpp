//===- ExecuteQuantization.cpp - casts, affine maps, requantization -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OperationTable.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Elementwise.h"
#include "tally/Run/Reference.h"
#include "tally/Support/Parallel.h"

#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

namespace {

/// Scale and zero point of element `i` of a tensor with a quantized type.
class Quantizer {
public:
  Quantizer(QuantizedType type, const Shape &shape) {
    CodeRange range = getCodeRange(type);
    saturation = {range.min, range.max};
    if (auto uniform = dyn_cast<UniformQuantizedType>(type)) {
      scales = {uniform.getScale()};
      zeroPoints = {uniform.getZeroPoint()};
      return;
    }
    auto perAxis = cast<UniformQuantizedPerAxisType>(type);
    scales.assign(perAxis.getScales().begin(), perAxis.getScales().end());
    zeroPoints.assign(perAxis.getZeroPoints().begin(), perAxis.getZeroPoints().end());
    stride = reference::stridesOf(shape)[perAxis.getQuantizedDimension()];
  }
  bool isPerTensor() const { return scales.size() == 1; }
  double scale(int64_t i) const { return scales[index(i)]; }
  int64_t zeroPoint(int64_t i) const { return zeroPoints[index(i)]; }

  reference::Saturation saturation;

private:
  int64_t index(int64_t i) const { return scales.size() == 1 ? 0 : i / stride % scales.size(); }
  std::vector<double> scales;
  std::vector<int64_t> zeroPoints;
  int64_t stride = 1;
};

bool isSupported(QuantizedType type) {
  return isa_and_nonnull<UniformQuantizedType, UniformQuantizedPerAxisType>(type);
}

template <typename Float, typename T>
void quantizeRange(const Quantizer &quantizer, const Float *from, int64_t begin, int64_t end,
                   T *to) {
  auto quantize = [&](int64_t first, int64_t count) {
    reference::quantize(from + first, count, quantizer.scale(first), quantizer.zeroPoint(first),
                        quantizer.saturation, to + first);
  };
  if (quantizer.isPerTensor())
    return quantize(begin, end - begin);
  for (int64_t i = begin; i < end; ++i)
    quantize(i, 1);
}

Tensor quantizeTensor(const Tensor &input, QuantizedType type, int threads) {
  Quantizer quantizer(type, input.shape());
  Tensor output(*getTensorElementType(type), input.shape());
  dispatchFloat(input.type(), [&](auto floatTag) {
    const auto *from = input.data<decltype(floatTag)>();
    dispatch(output.type(), [&](auto tag) {
      using T = decltype(tag);
      if constexpr (std::is_integral_v<T>) {
        T *to = output.data<T>();
        parallelForRanges(input.size(), threads, [&](int64_t begin, int64_t end, int) {
          quantizeRange(quantizer, from, begin, end, to);
        });
      }
    });
  });
  return output;
}

/// To floats of type `result`.
Tensor dequantizeTensor(const Tensor &input, QuantizedType type, ElementType result, int threads) {
  Quantizer quantizer(type, input.shape());
  Tensor output(result, input.shape());
  dispatchFloat(result, [&](auto floatTag) {
    using Float = decltype(floatTag);
    Float *to = output.data<Float>();
    dispatch(input.type(), [&](auto tag) {
      const auto *from = input.data<decltype(tag)>();
      parallelForRanges(input.size(), threads, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i)
          to[i] = Float((double(from[i]) - double(quantizer.zeroPoint(i))) * quantizer.scale(i));
      });
    });
  });
  return output;
}

template <typename T>
Tensor channelAffine(const Execution &x, QuantizedType inputType, QuantizedType outputType) {
  const Tensor &input = x.operands[0];
  const T *scale = x.operands[1].data<T>();
  const T *bias = x.operands[2].data<T>();
  const Shape &shape = x.operands[1].shape();
  int64_t channels = input.shape().back();
  Tensor real =
      inputType ? dequantizeTensor(input, inputType, elementTypeOf<T>(), x.threads) : input;
  Tensor output(elementTypeOf<T>(), input.shape());
  const T *from = real.data<T>();
  T *to = output.template data<T>();
  if (shape.size() == 1)
    parallelForRanges(input.size() / channels, x.threads, [&](int64_t begin, int64_t end, int) {
      for (int64_t row = begin; row < end; ++row)
        for (int64_t c = 0, i = row * channels; c < channels; ++c, ++i)
          to[i] = from[i] * scale[c] + bias[c];
    });
  else
    reference::forEachIndex(input.shape(), [&](int64_t i, const Shape &index) {
      int64_t p = reference::broadcastIndex(shape, index);
      to[i] = from[i] * scale[p] + bias[p];
    });
  return outputType ? quantizeTensor(output, outputType, x.threads) : output;
}

/// Levels, or for a float result levels times their scale.
Tensor decodeTensor(const Execution &x, DecodeOp op) {
  const Tensor &codes = x.operands[0];
  auto type = cast<PowerOfTwoType>(getElementTypeOrSelf(op.getInput().getType()));
  PowerOfTwoLevels levels = type.getLevels();
  const std::vector<int64_t> &table = levels.byCode();
  const uint8_t *from = codes.data<uint8_t>();
  Type element = getElementTypeOrSelf(op.getOutput().getType());
  Tensor output(x.elementTypeFor(element), codes.shape());
  if (isFloat(output.type())) {
    ArrayRef<double> scales = type.getScales();
    int64_t stride = type.isPerAxis() ? reference::stridesOf(codes.shape())[type.getAxis()] : 1;
    dispatchFloat(output.type(), [&](auto tag) {
      using T = decltype(tag);
      T *to = output.data<T>();
      for (int64_t i = 0, e = codes.size(); i < e; ++i)
        to[i] = T(double(table[from[i]]) * scales[i / stride % int64_t(scales.size())]);
    });
    return output;
  }
  dispatch(output.type(), [&](auto tag) {
    using T = decltype(tag);
    T *to = output.data<T>();
    for (int64_t i = 0, e = codes.size(); i < e; ++i)
      to[i] = T(table[from[i]]);
  });
  return output;
}

/// The nearest level of every element, times its scale for floats; not-a-number stays.
Tensor snapTensor(const Tensor &input, SnapOp op) {
  PowerOfTwoLevels levels = op.getLevelType().getLevels();
  double scale = op.getLevelType().getScales()[0];
  if (isFloat(input.type()))
    return dispatchFloat(input.type(), [&](auto tag) {
      using T = decltype(tag);
      return reference::map<T>(input, [&](T v) {
        return std::isnan(v) ? v
                             : T(double(levels.nearest(double(v) / scale, op.getTies())) * scale);
      });
    });
  SmallVector<int64_t> thresholds = op.getThresholds();
  Tensor output(*getTensorElementType(getElementTypeOrSelf(op.getOutput().getType())),
                input.shape());
  dispatch(input.type(), [&](auto inTag) {
    dispatch(output.type(), [&](auto outTag) {
      const auto *from = input.data<decltype(inTag)>();
      auto *to = output.data<decltype(outTag)>();
      for (int64_t i = 0, e = input.size(); i < e; ++i) {
        size_t level = llvm::count_if(thresholds, [&](int64_t t) { return int64_t(from[i]) >= t; });
        to[i] = decltype(outTag)(levels.sorted()[level]);
      }
    });
  });
  return output;
}

FailureOr<Tensor> requantizeTensor(const Execution &x, RequantizeOp op) {
  const Tensor &input = x.operands[0];
  std::vector<int64_t> multiplier = getIntegers(op.getMultiplier()),
                       offset = getIntegers(op.getOffset()), shift = getIntegers(op.getShift());
  // The parameters' shape, padded on the left to the input's rank.
  ArrayRef<int64_t> given = cast<ShapedType>(op.getMultiplier().getType()).getShape();
  Shape shape(input.rank() - given.size(), 1);
  shape.insert(shape.end(), given.begin(), given.end());

  Type elementType = getElementTypeOrSelf(op.getOutput().getType());
  CodeRange range = getCodeRange(elementType);
  reference::Saturation saturation{range.min, range.max};
  auto rounding = op.getRounding() == Rounding::HalfUp ? reference::RoundingMode::HalfUp
                                                       : reference::RoundingMode::Floor;
  Tensor output(*getTensorElementType(elementType), input.shape());
  int64_t channels = shape.empty() ? 1 : shape.back();
  bool perChannel = numElements(shape) == channels;
  dispatch(input.type(), [&](auto inTag) {
    dispatch(output.type(), [&](auto outTag) {
      using Out = decltype(outTag);
      const auto *from = input.data<decltype(inTag)>();
      Out *to = output.data<Out>();
      auto one = [&](int64_t i, int64_t p) {
        to[i] = Out(reference::requantize(int64_t(from[i]), multiplier[p], offset[p], shift[p],
                                          rounding, saturation));
      };
      if (perChannel) {
        for (int64_t i = 0, e = input.size(); i < e; ++i)
          one(i, i % channels);
        return;
      }
      reference::forEachIndex(input.shape(), [&](int64_t i, const Shape &index) {
        one(i, reference::broadcastIndex(shape, index));
      });
    });
  });
  return output;
}

} // namespace

std::optional<FailureOr<Tensor>> executeQuantization(const Execution &x) {
  using Maybe = std::optional<FailureOr<Tensor>>;
  return TypeSwitch<Operation *, Maybe>(x.op)
      .Case([&](QuantizeCastOp op) -> Maybe {
        QuantizedType type = getQuantizedElement(op.getResult().getType());
        if (!isSupported(type))
          return Maybe(op.emitError() << "cannot be interpreted for " << type);
        return quantizeTensor(x.operands[0], type, x.threads);
      })
      .Case([&](DequantizeCastOp op) -> Maybe {
        QuantizedType type = getQuantizedElement(op.getInput().getType());
        if (!isSupported(type))
          return Maybe(op.emitError() << "cannot be interpreted for " << type);
        return dequantizeTensor(x.operands[0], type, x.elementTypeFor(op.getType()), x.threads);
      })
      .Case([&](ChannelAffineOp op) -> Maybe {
        return dispatchFloat(x.operands[1].type(), [&](auto tag) {
          return channelAffine<decltype(tag)>(x, getQuantizedElement(op.getInput().getType()),
                                              getQuantizedElement(op.getOutput().getType()));
        });
      })
      .Case([&](RequantizeOp op) -> Maybe { return requantizeTensor(x, op); })
      .Case([&](TableOp op) -> Maybe {
        int64_t lowest = getCodeRange(getElementTypeOrSelf(op.getInput().getType())).min;
        return reference::lookUp(x.operands[0], lowest, x.operands[1]);
      })
      .Case([&](DecodeOp op) -> Maybe { return decodeTensor(x, op); })
      .Case([&](SnapOp op) -> Maybe { return snapTensor(x.operands[0], op); })
      .Case([&](ObserveOp) -> Maybe { return x.operands[0]; })
      .Default(std::nullopt);
}

} // namespace tally
