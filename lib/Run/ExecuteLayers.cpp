//===- ExecuteLayers.cpp - layers, pooling, normalisation -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OperationTable.h"
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

static Window makeTosaWindow(ArrayRef<int64_t> kernel, ArrayRef<int64_t> pad,
                             ArrayRef<int64_t> stride, ArrayRef<int64_t> dilation = {1, 1}) {
  return {{kernel[0], kernel[1]},
          {pad[0], pad[1], pad[2], pad[3]},
          {stride[0], stride[1]},
          {dilation[0], dilation[1]}};
}

static int64_t getZeroPoint(Value value) {
  auto type = dyn_cast_or_null<UniformQuantizedType>(getQuantizedElement(value.getType()));
  return type ? type.getZeroPoint() : 0;
}

/// A zero point operand's only element.
static int64_t getScalar(const Tensor &tensor) {
  return dispatch(tensor.type(),
                  [&](auto tag) { return int64_t(tensor.data<decltype(tag)>()[0]); });
}

/// Sums come out of the reference as I32; the result type may be narrower, and
/// its verified range says that the values fit. Floats keep their precision.
static Tensor storeAs(Tensor sums, Type type) {
  ElementType wanted = *getTensorElementType(type);
  if (isFloat(sums.type()) || sums.type() == wanted)
    return sums;
  Tensor result(wanted, sums.shape());
  dispatch(sums.type(), [&](auto from) {
    dispatch(wanted, [&](auto to) {
      using To = decltype(to);
      const auto *source = sums.data<decltype(from)>();
      To *target = result.data<To>();
      for (int64_t i = 0, e = sums.size(); i < e; ++i)
        target[i] = To(source[i]);
    });
  });
  return result;
}

static Tensor adderLinear(const Execution &x) {
  const Tensor &input = x.operands[0], &filter = x.operands[1];
  reference::LayerOptions options;
  options.threads = x.threads;
  Tensor sums =
      reference::adderConv2d(input.reshaped({input.dim(0), 1, 1, input.dim(1)}),
                             filter.reshaped({filter.dim(0), 1, 1, filter.dim(1)}), 0, options);
  return sums.reshaped({input.dim(0), filter.dim(0)});
}

template <typename T> static Tensor batchNorm(const Execution &x, T epsilon) {
  const Tensor &input = x.operands[0];
  const T *scale = x.operands[1].data<T>(), *bias = x.operands[2].data<T>(),
          *mean = x.operands[3].data<T>(), *variance = x.operands[4].data<T>();
  Tensor output(input.type(), input.shape());
  const T *from = input.data<T>();
  T *to = output.data<T>();
  int64_t channels = input.shape().back();
  std::vector<T> deviation(channels);
  for (int64_t c = 0; c < channels; ++c)
    deviation[c] = std::sqrt(variance[c] + epsilon);
  parallelForRanges(input.size() / channels, x.threads, [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row)
      for (int64_t c = 0, i = row * channels; c < channels; ++c, ++i)
        to[i] = (from[i] - mean[c]) / deviation[c] * scale[c] + bias[c];
  });
  return output;
}

std::optional<FailureOr<Tensor>> executeLayer(const Execution &x) {
  Type resultType = x.op->getNumResults() ? x.op->getResult(0).getType() : Type();
  auto layer = [&](Window window, int64_t group = 1) {
    return reference::LayerOptions{window, group, x.threads};
  };
  using Maybe = std::optional<FailureOr<Tensor>>;
  auto convolve = [&](auto sum, auto op, ArrayRef<int64_t> kernel) -> Maybe {
    Window window = makeTosaWindow(kernel, op.getPad(), op.getStride(), op.getDilation());
    return storeAs(sum(x.operands[0], x.operands[1], x.operands[2], getScalar(x.operands[3]),
                       getScalar(x.operands[4]), layer(window)),
                   resultType);
  };
  return TypeSwitch<Operation *, Maybe>(x.op)
      .Case([&](AdderConv2DOp op) -> Maybe {
        return storeAs(reference::adderConv2d(x.operands[0], x.operands[1],
                                              getZeroPoint(op.getInput()),
                                              layer(op.getWindow(), op.getGroup())),
                       resultType);
      })
      .Case([&](AdderLinearOp) -> Maybe { return adderLinear(x); })
      .Case([&](tosa::Conv2DOp op) -> Maybe {
        return convolve(reference::conv2d, op,
                        cast<RankedTensorType>(op.getWeight().getType()).getShape().slice(1, 2));
      })
      .Case([&](tosa::DepthwiseConv2DOp op) -> Maybe {
        return convolve(reference::depthwiseConv2d, op,
                        cast<RankedTensorType>(op.getWeight().getType()).getShape().take_front(2));
      })
      .Case([&](tosa::MatMulOp op) -> Maybe {
        if (!isFloat(x.operands[0].type()))
          return Maybe(op.emitError() << "cannot be interpreted on codes");
        return reference::matmul(x.operands[0], x.operands[1]);
      })
      .Case([&](tosa::MaxPool2dOp op) -> Maybe {
        return reference::maxPool2d(
            x.operands[0], layer(makeTosaWindow(op.getKernel(), op.getPad(), op.getStride())));
      })
      .Case([&](tosa::AvgPool2dOp op) -> Maybe {
        if (!isFloat(x.operands[0].type()))
          return Maybe(op.emitError() << "cannot be interpreted on codes");
        return reference::averagePool2d(
            x.operands[0], layer(makeTosaWindow(op.getKernel(), op.getPad(), op.getStride())));
      })
      .Case([&](SumPool2DOp op) -> Maybe {
        return storeAs(
            reference::sumPool2d(x.operands[0], getZeroPoint(op.getInput()), layer(op.getWindow())),
            resultType);
      })
      .Case([&](BoxSumOp op) -> Maybe {
        return storeAs(reference::boxSum(x.operands[0], layer(op.getWindow())), resultType);
      })
      .Case([&](MultiplyOp op) -> Maybe {
        return storeAs(reference::multiply(x.operands[0], getZeroPoint(op.getA()), x.operands[1],
                                           getZeroPoint(op.getB())),
                       resultType);
      })
      .Case([&](BatchNormOp op) -> Maybe {
        return dispatchFloat(x.operands[0].type(), [&](auto tag) {
          return batchNorm(x, decltype(tag)(op.getEpsilon().convertToFloat()));
        });
      })
      .Case([&](ShuffleChannelsOp op) -> Maybe {
        return reference::shuffleChannels(x.operands[0], op.getPermutation().vec());
      })
      .Case([&](TakeOp op) -> Maybe {
        return reference::take(x.operands[0], op.getIndices().vec(), op.getAxis());
      })
      .Default(std::nullopt);
}

} // namespace tally
