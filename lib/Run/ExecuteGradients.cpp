//===- ExecuteGradients.cpp - operations of training steps ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OperationTable.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Categorical.h"
#include "tally/Run/Elementwise.h"
#include "tally/Run/Gradients.h"
#include "tally/Run/HardConcrete.h"
#include "tally/Support/Parallel.h"

#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

namespace {

/// The quotient's level, as a number; not-a-number stays.
template <typename T> class LevelOf {
public:
  explicit LevelOf(LearnedQuantizerOp op) : isByExponent(op.getNearestExponent()) {
    if (auto powers = dyn_cast<PowerOfTwoType>(op.getLevels())) {
      levels = powers.getLevels();
      return;
    }
    auto type = cast<QuantizedType>(op.getLevels());
    CodeRange codes = getCodeRange(type);
    auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(type);
    ArrayRef<int64_t> zeros = perAxis ? perAxis.getZeroPoints() : ArrayRef<int64_t>();
    for (int64_t zero :
         perAxis ? zeros.vec() : std::vector{cast<UniformQuantizedType>(type).getZeroPoint()})
      bounds.emplace_back(T(codes.min - zero), T(codes.max - zero));
  }

  /// On index `place` of the dimension that the levels have zero points along.
  T operator()(T quotient, int64_t place) const {
    if (std::isnan(quotient))
      return quotient;
    if (levels)
      return T(isByExponent ? levels->nearestExponent(quotient) : levels->nearest(quotient));
    auto [low, high] = bounds[bounds.size() == 1 ? 0 : place];
    // The ends are integers, so they may come before rounding. Of two zeros the end's is taken.
    T raised = quotient > low ? quotient : low;
    return std::nearbyint(raised < high ? raised : high);
  }

private:
  bool isByExponent;
  std::optional<PowerOfTwoLevels> levels;
  std::vector<std::pair<T, T>> bounds;
};

} // namespace

/// `function` of each element of the first operand and its index along the dimension that scales
/// run along.
template <typename T, typename OpT, typename Function>
static Tensor mapByAxis(const Execution &x, OpT op, Function function) {
  const Tensor &input = x.operands[0];
  int64_t axis = op.getAxis();
  int64_t stride = axis < 0 ? 1 : reference::stridesOf(input.shape())[axis];
  int64_t places = axis < 0 ? 1 : input.dim(axis);
  Tensor output(input.type(), input.shape());
  const T *from = input.data<T>();
  T *to = output.data<T>();
  parallelForRanges(input.size(), x.threads, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i)
      to[i] = function(from[i], i / stride % places);
  });
  return output;
}

template <typename T> static T at(const Tensor &perChannel, int64_t place) {
  return perChannel.data<T>()[perChannel.size() == 1 ? 0 : place];
}

template <typename T> static Tensor learnedQuantizer(const Execution &x, LearnedQuantizerOp op) {
  if (op.getMasks()) {
    CodeRange steps = getStepRange(op.getLevels());
    reference::LevelWeights<T> weights{x.operands[3].data<T>(), op.getEndpoints()};
    return mapByAxis<T>(x, op, [&](T value, int64_t place) {
      T s = at<T>(x.operands[1], place);
      return s * T(reference::mostProbable<T>(value, s, at<T>(x.operands[2], place), steps.min,
                                              steps.max, weights));
    });
  }
  LevelOf<T> levelOf(op);
  return mapByAxis<T>(x, op, [&](T value, int64_t place) {
    T s = at<T>(x.operands[1], place);
    return s * levelOf(value / s, place);
  });
}

/// Members weighted by the softmax of the last operand.
template <typename T> static Tensor mixture(const Execution &x) {
  const Tensor &logits = x.operands.back();
  ArrayRef<T> given(logits.data<T>(), logits.size());
  T most = *llvm::max_element(given), sum = 0;
  std::vector<T> attention;
  for (T logit : given)
    sum += attention.emplace_back(std::exp(logit - most));
  Tensor output(x.operands.front().type(), x.operands.front().shape());
  T *to = output.data<T>();
  for (auto [k, share] : llvm::enumerate(attention)) {
    const T *from = x.operands[k].template data<T>();
    for (int64_t i = 0; i < output.size(); ++i)
      to[i] += share / sum * from[i];
  }
  return output;
}

/// Each mask times those before it.
template <typename T> static Tensor levelMasks(const Execution &x) {
  const Tensor &logits = x.operands[0];
  const T *noise = x.operands.size() > 1 ? x.operands[1].data<T>() : nullptr;
  Tensor output(logits.type(), logits.shape());
  T product = 1;
  for (int64_t k = 0; k < logits.size(); ++k) {
    T logit = logits.data<T>()[k];
    product *= noise ? reference::hardConcrete(logit, noise[k]) : reference::hardMask(logit);
    output.data<T>()[k] = product;
  }
  return output;
}

template <typename T> static Tensor categoricalSlope(const Execution &x, CategoricalSlopeOp op) {
  CodeRange steps = getStepRange(op.getLevels());
  reference::LevelWeights<T> weights;
  if (op.getMasks())
    weights = {x.operands[3].data<T>(), op.getEndpoints()};
  return mapByAxis<T>(x, op, [&](T value, int64_t place) {
    auto slopes = reference::categoricalSlopes<T>(value, at<T>(x.operands[1], place),
                                                  at<T>(x.operands[2], place), steps.min, steps.max,
                                                  op.getLiteral(), weights, int64_t(op.getMask()));
    switch (op.getOf()) {
    case CategoricalOperand::Input:
      return slopes.input;
    case CategoricalOperand::Scale:
      return slopes.scale;
    case CategoricalOperand::Sigma:
      return slopes.sigma;
    case CategoricalOperand::Masks:
      return slopes.mask;
    }
    llvm_unreachable("no other operand");
  });
}

template <typename T> static Tensor adderExcess(const Tensor &filter, T low, T high) {
  Tensor output(filter.type(), {filter.dim(0)});
  int64_t terms = filter.size() / filter.dim(0);
  const T *weights = filter.data<T>();
  T *sums = output.data<T>();
  for (int64_t i = 0, e = filter.size(); i < e; ++i)
    sums[i / terms] += std::max(weights[i] - high, T(0)) + std::max(low - weights[i], T(0));
  return output;
}

std::optional<FailureOr<Tensor>> executeGradient(const Execution &x) {
  using Maybe = std::optional<FailureOr<Tensor>>;
  auto layer = [&](auto op) {
    return reference::LayerOptions{op.getWindow(), int64_t(op.getGroup()), x.threads};
  };
  auto inFloats = [&](auto function) -> Maybe {
    return dispatchFloat(x.operands[0].type(), function);
  };
  return TypeSwitch<Operation *, Maybe>(x.op)
      .Case([&](Conv2DInputGradientOp op) -> Maybe {
        Shape input = op.getOutput().getType().getShape().vec();
        input[0] = x.operands[0].dim(0);
        return reference::conv2dInputGradient(x.operands[0], x.operands[1], input, layer(op));
      })
      .Case([&](Conv2DFilterGradientOp op) -> Maybe {
        return reference::conv2dFilterGradient(x.operands[0], x.operands[1], layer(op));
      })
      .Case([&](AdderInputGradientOp op) -> Maybe {
        auto rule = op.getRule() == DifferenceRule::Sign ? reference::DifferenceRule::Sign
                                                         : reference::DifferenceRule::HardTanh;
        return reference::adderInputGradient(x.operands[0], x.operands[1], x.operands[2], rule,
                                             layer(op));
      })
      .Case([&](MaxPool2DGradientOp op) -> Maybe {
        return reference::maxPool2dGradient(x.operands[0], x.operands[1],
                                            {op.getWindow(), /*group=*/1, x.threads});
      })
      .Case([&](InsideOp op) {
        return inFloats([&](auto tag) {
          using T = decltype(tag);
          T low = op.getLow().convertToFloat(), high = op.getHigh().convertToFloat();
          return reference::map<T>(x.operands[0], [&](T v) { return T(low < v && v < high); });
        });
      })
      .Case([&](RoundOp) {
        return inFloats([&](auto tag) {
          using T = decltype(tag);
          return reference::map<T>(x.operands[0], [](T v) { return std::nearbyint(v); });
        });
      })
      .Case([&](AdderExcessOp op) {
        return inFloats([&](auto tag) {
          using T = decltype(tag);
          return adderExcess<T>(x.operands[0], op.getLow().convertToFloat(),
                                op.getHigh().convertToFloat());
        });
      })
      .Case([&](LearnedQuantizerOp op) {
        return inFloats([&](auto tag) { return learnedQuantizer<decltype(tag)>(x, op); });
      })
      .Case(
          [&](MixtureOp) { return inFloats([&](auto tag) { return mixture<decltype(tag)>(x); }); })
      .Case([&](LevelMasksOp) {
        return inFloats([&](auto tag) { return levelMasks<decltype(tag)>(x); });
      })
      .Case([&](CategoricalSlopeOp op) {
        return inFloats([&](auto tag) { return categoricalSlope<decltype(tag)>(x, op); });
      })
      .Default(std::nullopt);
}

} // namespace tally
