//===- ExecuteTosa.cpp - elementwise and data-movement operations ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OperationTable.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Elementwise.h"

#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;

namespace tally {

using Maybe = std::optional<FailureOr<Tensor>>;

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

template <typename Function> static Maybe unary(const Execution &x, Function function) {
  if (!isFloat(x.operands[0].type()))
    return Maybe(x.op->emitError() << "cannot be interpreted on codes");
  return dispatchFloat(x.operands[0].type(), [&](auto tag) -> Maybe {
    return reference::map<decltype(tag)>(x.operands[0], function);
  });
}

/// Sums and differences of codes are exact in the result's storage type, or the
/// result type is too narrow and the network invalid; they wrap.
template <typename Function> static Maybe binary(const Execution &x, Function function) {
  if (x.operands[0].type() != x.operands[1].type())
    return Maybe(x.op->emitError() << "has operands of two element types");
  return dispatch(x.operands[0].type(), [&](auto tag) -> Maybe {
    using T = decltype(tag);
    return reference::zip<T>(x.operands[0], x.operands[1],
                             [&](T a, T b) { return T(function(a, b)); });
  });
}

static Tensor clamp(const Execution &x, tosa::ClampOp op) {
  if (auto low = dyn_cast<FloatAttr>(op.getMinValAttr())) {
    float high = cast<FloatAttr>(op.getMaxValAttr()).getValue().convertToFloat();
    return dispatchFloat(x.operands[0].type(), [&](auto tag) {
      using T = decltype(tag);
      T min = low.getValue().convertToFloat(), max = high;
      // Written so that not-a-number passes through.
      return reference::map<T>(x.operands[0], [=](T v) {
        return v < min ? min : v > max ? max : v;
      });
    });
  }
  bool isUnsigned = hasUnsignedStorage(getElementTypeOrSelf(op.getType()));
  auto bound = [&](Attribute attr) {
    APInt value = cast<IntegerAttr>(attr).getValue();
    return isUnsigned ? int64_t(value.getZExtValue()) : value.getSExtValue();
  };
  int64_t min = bound(op.getMinValAttr()), max = bound(op.getMaxValAttr());
  return dispatch(x.operands[0].type(), [&](auto tag) {
    using T = decltype(tag);
    return reference::map<T>(x.operands[0],
                             [&](T v) { return T(std::min(std::max(int64_t(v), min), max)); });
  });
}

std::optional<FailureOr<Tensor>> executeElementwise(const Execution &x) {
  auto reduction = [&](auto op, float start, auto function) -> Maybe {
    if (!isFloat(x.operands[0].type()))
      return Maybe(op.emitError() << "cannot be interpreted on codes");
    return dispatchFloat(x.operands[0].type(), [&](auto tag) {
      return reference::reduce(x.operands[0], op.getAxis(), decltype(tag)(start), function);
    });
  };
  return TypeSwitch<Operation *, Maybe>(x.op)
      .Case([&](tosa::AddOp) { return binary(x, [](auto a, auto b) { return a + b; }); })
      .Case([&](tosa::SubOp) { return binary(x, [](auto a, auto b) { return a - b; }); })
      .Case([&](tosa::MulOp op) -> Maybe {
        if (!isFloat(x.operands[0].type()))
          return Maybe(op.emitError() << "cannot be interpreted on codes");
        return binary(x, [](auto a, auto b) { return a * b; });
      })
      .Case([&](tosa::PowOp) -> Maybe {
        return binary(x, [](auto a, auto b) { return std::pow(a, b); });
      })
      .Case(
          [&](tosa::MaximumOp) { return binary(x, [](auto a, auto b) { return std::max(a, b); }); })
      .Case(
          [&](tosa::MinimumOp) { return binary(x, [](auto a, auto b) { return std::min(a, b); }); })
      .Case([&](tosa::ClampOp op) -> Maybe { return clamp(x, op); })
      .Case([&](tosa::AbsOp) { return unary(x, [](auto v) { return std::fabs(v); }); })
      .Case([&](tosa::ExpOp) { return unary(x, [](auto v) { return std::exp(v); }); })
      .Case([&](tosa::LogOp) { return unary(x, [](auto v) { return std::log(v); }); })
      .Case([&](tosa::FloorOp) { return unary(x, [](auto v) { return std::floor(v); }); })
      .Case([&](tosa::CeilOp) { return unary(x, [](auto v) { return std::ceil(v); }); })
      .Case([&](tosa::RsqrtOp) { return unary(x, [](auto v) { return 1.0f / std::sqrt(v); }); })
      .Case([&](tosa::ReciprocalOp) { return unary(x, [](auto v) { return 1.0f / v; }); })
      .Case([&](tosa::SigmoidOp) {
        return unary(x, [](auto v) { return 1.0f / (1.0f + std::exp(-v)); });
      })
      .Case([&](tosa::TanhOp) { return unary(x, [](auto v) { return std::tanh(v); }); })
      .Case([&](tosa::ErfOp) { return unary(x, [](auto v) { return std::erf(v); }); })
      .Case([&](tosa::SinOp) { return unary(x, [](auto v) { return std::sin(v); }); })
      .Case([&](tosa::CosOp) { return unary(x, [](auto v) { return std::cos(v); }); })
      .Case([&](tosa::NegateOp) { return unary(x, [](auto v) { return -v; }); })
      .Case([&](tosa::ReduceSumOp op) {
        return reduction(op, 0.0f, [](auto a, auto b) { return a + b; });
      })
      .Case([&](tosa::ReduceMaxOp op) {
        return reduction(op, -INFINITY, [](auto a, auto b) { return std::max(a, b); });
      })
      .Case([&](tosa::ReduceMinOp op) {
        return reduction(op, INFINITY, [](auto a, auto b) { return std::min(a, b); });
      })
      .Default(std::nullopt);
}

//===----------------------------------------------------------------------===//
// Data movement
//===----------------------------------------------------------------------===//

static Shape getShape(const Tensor &shape) {
  const int64_t *data = shape.data<int64_t>();
  return Shape(data, data + shape.size());
}

/// The result's shape, with as many images as there are.
static Shape getResultShape(const Execution &x) {
  Shape shape = cast<RankedTensorType>(x.op->getResult(0).getType()).getShape().vec();
  if (!shape.empty())
    shape[0] *= x.batch;
  return shape;
}

static Maybe pad(const Execution &x) {
  const int64_t *pairs = x.operands[1].data<int64_t>();
  int64_t rank = x.operands[0].rank();
  Shape before(rank), after(rank);
  for (int64_t dim = 0; dim < rank; ++dim) {
    before[dim] = pairs[2 * dim];
    after[dim] = pairs[2 * dim + 1];
    if (before[dim] < 0 || after[dim] < 0)
      return Maybe(x.op->emitError() << "has padding that cannot be interpreted");
  }
  return reference::pad(x.operands[0], before, after, x.operands[2]);
}

std::optional<FailureOr<Tensor>> executeDataMovement(const Execution &x) {
  return TypeSwitch<Operation *, Maybe>(x.op)
      .Case([&](tosa::ConstOp op) -> Maybe {
        return Maybe(makeTensor(x, op.getValues(), op.getType()));
      })
      .Case([&](tosa::ConstShapeOp op) -> Maybe {
        std::vector<int64_t> sizes;
        for (const APInt &size : op.getValues().getValues<APInt>())
          sizes.push_back(size.getSExtValue());
        return Tensor::of<int64_t>({int64_t(sizes.size())}, sizes);
      })
      .Case([&](ml_program::GlobalLoadConstOp op) -> Maybe {
        return Maybe(makeTensor(x, getConstantElements(op), op.getType()));
      })
      .Case([&](tosa::IdentityOp) -> Maybe { return x.operands[0]; })
      .Case([&](tosa::ReshapeOp) -> Maybe { return x.operands[0].reshaped(getResultShape(x)); })
      .Case([&](tosa::SliceOp) -> Maybe {
        return reference::slice(x.operands[0], getShape(x.operands[1]), getResultShape(x));
      })
      .Case([&](tosa::TransposeOp op) -> Maybe {
        std::vector<int64_t> perms(op.getPerms().begin(), op.getPerms().end());
        return reference::transpose(x.operands[0], perms);
      })
      .Case([&](tosa::ConcatOp op) -> Maybe {
        return reference::concat({x.operands.begin(), x.operands.end()}, op.getAxis());
      })
      .Case([&](tosa::PadOp) -> Maybe { return pad(x); })
      .Default(std::nullopt);
}

} // namespace tally
