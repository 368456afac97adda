//===- SimulateQuantizers.cpp - quantizers as arithmetic on floats --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BroughtQuantizers.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_SIMULATEQUANTIZERS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-simulate-quantizers"

namespace {

/// What one element needs to know: scale, and the ends of `code - zero`.
struct Bounds {
  SmallVector<double> scale, low, high;
  /// -1 for one of each.
  int64_t axis = -1;
  /// Whether quotients are rounded to single precision; see reference::divideByScale.
  bool single;
};

std::optional<Bounds> getBounds(Type element) {
  Bounds bounds;
  SmallVector<int64_t> zeros;
  if (auto uniform = dyn_cast<UniformQuantizedType>(element)) {
    bounds.scale = {uniform.getScale()};
    zeros = {uniform.getZeroPoint()};
  } else if (auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(element)) {
    bounds.scale.assign(perAxis.getScales().begin(), perAxis.getScales().end());
    zeros.assign(perAxis.getZeroPoints().begin(), perAxis.getZeroPoints().end());
    bounds.axis = perAxis.getQuantizedDimension();
  } else {
    return std::nullopt;
  }
  CodeRange range = getCodeRange(element);
  bounds.single = range.max - range.min < (1 << 16) &&
                  llvm::all_of(bounds.scale, [](double s) { return double(float(s)) == s; });
  for (int64_t zero : zeros) {
    bounds.low.push_back(double(range.min - zero));
    bounds.high.push_back(double(range.max - zero));
  }
  return bounds;
}

/// Numbers above 2^51 have no fraction: adding this one rounds to integers, ties to even.
constexpr double kRounding = 6755399441055744.0;

/// `clamp(round(x / scale), low, high) * scale` in double precision, 0 for what is no number.
/// With `single`, the quotient is rounded to single precision.
Value simulate(OpBuilder &b, Location loc, Value x, Value scale, Value low, Value high,
               bool single) {
  Type f64 = b.getF64Type();
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getF64FloatAttr(value));
  };
  auto choose = [&](arith::CmpFPredicate predicate, Value a, Value c, Value otherwise) -> Value {
    Value holds = arith::CmpFOp::create(b, loc, predicate, a, c);
    return arith::SelectOp::create(b, loc, holds, c, otherwise);
  };
  Value wide = arith::ExtFOp::create(b, loc, f64, x);
  Value steps;
  if (single) {
    steps = arith::DivFOp::create(b, loc, x, arith::TruncFOp::create(b, loc, x.getType(), scale));
    steps = arith::ExtFOp::create(b, loc, f64, steps);
  } else {
    steps = arith::DivFOp::create(b, loc, wide, scale);
  }
  // The ends are integers, so they may come before rounding.
  steps = choose(arith::CmpFPredicate::OLT, steps, low, steps);
  steps = choose(arith::CmpFPredicate::OGT, steps, high, steps);
  steps = arith::AddFOp::create(b, loc, steps, constant(kRounding));
  steps = arith::SubFOp::create(b, loc, steps, constant(kRounding));
  Value real = arith::MulFOp::create(b, loc, steps, scale);
  Value isNumber = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ORD, wide, wide);
  real = arith::SelectOp::create(b, loc, isNumber, real, constant(0));
  return arith::TruncFOp::create(b, loc, x.getType(), real);
}

struct SimulateQuantizers : tally::impl::SimulateQuantizersBase<SimulateQuantizers> {
  using SimulateQuantizersBase::SimulateQuantizersBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    SmallVector<DequantizeCastOp> casts;
    getOperation().walk([&](DequantizeCastOp cast) { casts.push_back(cast); });
    for (DequantizeCastOp cast : casts)
      if (failed(getCodesBehind(cast) ? expandConstant(cast) : expandPair(cast)))
        return signalPassFailure();
    if (!casts.empty())
      removeUnusedParameters(getOperation());
  }

  static LogicalResult expandConstant(DequantizeCastOp cast) {
    FilterValues filter = getFilterValues(cast);
    if (filter.values.empty())
      return cast.emitError() << "requires a constant of quantized type";
    LDBG() << filter.load.getGlobalAttr() << ": " << filter.values.size() << " codes become floats";
    OpBuilder builder(cast);
    auto shape = llvm::cast<RankedTensorType>(cast.getType()).getShape();
    cast.replaceAllUsesWith(
        makeParameter(builder, cast.getLoc(), takeName(filter.load), shape, filter.values));
    cast.erase();
    return success();
  }

  static LogicalResult expandPair(DequantizeCastOp cast) {
    auto quantize = cast.getInput().getDefiningOp<QuantizeCastOp>();
    std::optional<Bounds> bounds = getBounds(getElementTypeOrSelf(cast.getInput().getType()));
    auto type = llvm::cast<RankedTensorType>(cast.getType());
    if (!quantize || !bounds || !type.getElementType().isF32())
      return cast.emitError() << "requires floats that are quantized and dequantized";
    LDBG() << "'" << getLayerName(quantize) << "': " << getElementTypeOrSelf(quantize.getType())
           << (bounds->single ? " by quotients in single precision" : " in double precision");
    OpBuilder builder(cast);
    Location loc = quantize.getLoc();
    AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
    SmallVector<AffineMap> maps = {identity};
    SmallVector<Value> inputs = {quantize.getInput()};
    if (bounds->axis >= 0) {
      auto channel = AffineMap::get(type.getRank(), 0, builder.getAffineDimExpr(bounds->axis));
      auto vector = RankedTensorType::get({int64_t(bounds->scale.size())}, builder.getF64Type());
      for (ArrayRef<double> values :
           {ArrayRef(bounds->scale), ArrayRef(bounds->low), ArrayRef(bounds->high)}) {
        inputs.push_back(
            arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(vector, values)));
        maps.push_back(channel);
      }
    }
    maps.push_back(identity);
    Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
    auto generic = linalg::GenericOp::create(
        builder, loc, type, inputs, ValueRange{empty}, maps,
        SmallVector<utils::IteratorType>(type.getRank(), utils::IteratorType::parallel),
        [&](OpBuilder &b, Location at, ValueRange args) {
          auto parameter = [&](unsigned index, ArrayRef<double> values) -> Value {
            if (bounds->axis >= 0)
              return args[index];
            return arith::ConstantOp::create(b, at, b.getF64FloatAttr(values[0]));
          };
          linalg::YieldOp::create(b, at,
                                  simulate(b, at, args[0], parameter(1, bounds->scale),
                                           parameter(2, bounds->low), parameter(3, bounds->high),
                                           bounds->single));
        });
    if (Attribute name = cast->getAttr(TallyDialect::kNameAttr))
      generic->setAttr(TallyDialect::kNameAttr, name);
    cast.replaceAllUsesWith(generic.getResult(0));
    cast.erase();
    if (quantize->use_empty())
      quantize.erase();
    return success();
  }
};

} // namespace
