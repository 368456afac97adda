//===- InputGradientsToLinalg.cpp - what flows back to layers' inputs -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// To the input flows a convolution of the gradient, padded, with the filter turned around. Where
// outputs lie further apart than inputs, each phase of the inputs is reached by taps of its own:
// a convolution for each, that stores every `stride`-th element. Many phases, and taps that lie
// apart as well, take one convolution of the gradient spread by the stride.
//
//===----------------------------------------------------------------------===//

#include "GradientLayouts.h"
#include "LayerLoops.h"
#include "Reductions.h"
#include "SpreadGradient.h"
#include "TallyToLinalgPatterns.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tally;

namespace {

using utils::IteratorType;
using Sizes = SmallVector<int64_t>;
using TermBody = function_ref<Value(OpBuilder &, Location, ValueRange)>;

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Along one dimension: inputs `first`, `first + stride`, .. and the taps that read them, `tap`,
/// `tap + stride`, ..; `before` and `after` are what the gradient lacks of the outputs that they
/// would reach, negative where it has more.
struct Phase {
  int64_t first, stride, size, tap, taps, before, after;
};

/// `outputs` of the window along `dim` for `inputs`.
SmallVector<Phase> listPhases(const Window &window, int dim, int64_t inputs, int64_t outputs) {
  int64_t stride = window.stride[dim], kernel = window.kernel[dim];
  SmallVector<Phase> phases;
  for (int64_t first = 0; first < std::min(stride, inputs); ++first) {
    int64_t from = first + window.padBefore(dim), tap = from % stride;
    int64_t size = llvm::divideCeil(inputs - first, stride);
    int64_t taps = tap < kernel ? llvm::divideCeil(kernel - tap, stride) : 0;
    // Input `first + stride * i` is read by outputs from `i + begin` on.
    int64_t begin = from / stride - (taps - 1) * window.dilation[dim], end = from / stride + size;
    if (begin >= outputs || end <= 0)
      taps = 0;
    phases.push_back({first, stride, size, tap, taps, -begin, end - outputs});
  }
  return phases;
}

/// All inputs and taps, of a gradient that `spreadOut` has prepared.
Phase getWhole(const Window &window, int dim, int64_t inputs) {
  return {0, 1, inputs, 0, window.kernel[dim], 0, 0};
}

/// Sums for each input of a layer: over the outputs and taps that read it, `term` of the gradient,
/// the weight and, if it is given, the input itself.
struct InputSums {
  OpBuilder &b;
  Location loc;
  Value gradient, filter, input; ///< input may be null
  RankedTensorType result;
  Window window;
  Groups groups;
  TermBody term;

  Value build() const {
    ArrayRef<int64_t> inputs = result.getShape(), outputs = typeOf(gradient).getShape();
    constexpr int64_t kMostPhases = 9;
    int64_t count = window.stride[0] * window.stride[1];
    bool apart = false;
    for (int dim : {0, 1})
      apart |= window.stride[dim] > 1 && window.dilation[dim] > 1;
    if (count == 1 || count > kMostPhases || apart) {
      Value spread = spreadOut(b, loc, gradient, window, inputs, 0);
      Value sums =
          sumPhase(split(spread), getWhole(window, 0, inputs[1]), getWhole(window, 1, inputs[2]));
      return join(sums);
    }
    Value whole =
        tensor::EmptyOp::create(b, loc, getShape(inputs[1], inputs[2]), result.getElementType());
    for (const Phase &rows : listPhases(window, 0, inputs[1], outputs[1]))
      for (const Phase &columns : listPhases(window, 1, inputs[2], outputs[2]))
        whole = insert(whole, buildPhase(rows, columns), rows, columns);
    return join(whole);
  }

private:
  Value buildPhase(const Phase &rows, const Phase &columns) const {
    if (rows.taps == 0 || columns.taps == 0)
      return makeZero(b, loc, getShape(rows.size, columns.size), result.getElementType());
    Value reached =
        padOrCut(b, loc, gradient, {rows.before, columns.before}, {rows.after, columns.after}, 0);
    return sumPhase(split(reached), rows, columns);
  }

  Value split(Value value) const {
    return groups.isGrouped() ? splitDim(b, loc, value, 3, groups.group) : value;
  }
  Value join(Value value) const { return groups.isGrouped() ? joinDims(b, loc, value, 3) : value; }

  /// Of sums, before they are joined.
  Sizes getShape(int64_t height, int64_t width) const {
    Sizes shape = {result.getDimSize(0), height, width};
    if (groups.isGrouped())
      shape.push_back(groups.group);
    shape.push_back(groups.isGrouped() ? groups.channels : result.getDimSize(3));
    return shape;
  }

  Value insert(Value whole, Value sums, const Phase &rows, const Phase &columns) const {
    int64_t rank = typeOf(whole).getRank();
    SmallVector<OpFoldResult> offsets(rank, b.getIndexAttr(0)), strides(rank, b.getIndexAttr(1)),
        sizes = getAsIndexOpFoldResult(b.getContext(), typeOf(sums).getShape());
    for (auto [dim, phase] : {std::pair(1, rows), std::pair(2, columns)}) {
      offsets[dim] = b.getIndexAttr(phase.first);
      strides[dim] = b.getIndexAttr(phase.stride);
    }
    return tensor::InsertSliceOp::create(b, loc, sums, whole, offsets, sizes, strides);
  }

  /// The taps of `[F, KH, KW, C / group]` turned around, channels last: `[KH, KW, (group,) F /
  /// group, C / group]`, or `[KH, KW, C]` where it is depthwise.
  Value turnFilter(const Phase &rows, const Phase &columns) const {
    Sizes turned = {rows.taps, columns.taps};
    if (groups.isDepthwise())
      turned.push_back(groups.group);
    else if (groups.isGrouped())
      turned.append({groups.group, groups.filters, groups.channels});
    else
      turned.append({groups.filters, groups.channels});
    auto places = [&](OpBuilder &n, Location at, ArrayRef<Value> i) -> SmallVector<Value> {
      auto fromEnd = [&](const Phase &phase, Value index) -> Value {
        Value last =
            arith::ConstantIndexOp::create(n, at, phase.tap + phase.stride * (phase.taps - 1));
        Value stride = arith::ConstantIndexOp::create(n, at, phase.stride);
        return arith::SubIOp::create(n, at, last, arith::MulIOp::create(n, at, index, stride));
      };
      Value kh = fromEnd(rows, i[0]), kw = fromEnd(columns, i[1]);
      if (groups.isDepthwise())
        return {i[2], kh, kw, arith::ConstantIndexOp::create(n, at, 0)};
      if (!groups.isGrouped())
        return {i[2], kh, kw, i[3]};
      Value size = arith::ConstantIndexOp::create(n, at, groups.filters);
      Value first = arith::MulIOp::create(n, at, i[2], size);
      return {arith::AddIOp::create(n, at, first, i[3]), kh, kw, i[4]};
    };
    return rearrange(b, loc, filter, turned, places);
  }

  Value sumPhase(Value outputs, const Phase &rows, const Phase &columns) const {
    Value weights = turnFilter(rows, columns);
    Value start = makeZero(b, loc, getShape(rows.size, columns.size), result.getElementType());
    // Dimensions: n, h, w, [g,] c, then kh, kw, f (f is absent in depthwise form).
    int outer = groups.isGrouped() ? 5 : 4, count = outer + (groups.isDepthwise() ? 2 : 3);
    SmallVector<AffineExpr> d;
    for (int i = 0; i < count; ++i)
      d.push_back(b.getAffineDimExpr(i));
    AffineExpr kh = d[outer], kw = d[outer + 1], c = d[outer - 1];
    SmallVector<AffineExpr> from = {d[0], d[1] + kh * window.dilation[0],
                                    d[2] + kw * window.dilation[1]},
                            weight = {kh, kw}, to(d.begin(), d.begin() + outer);
    if (groups.isGrouped()) {
      from.push_back(d[3]);
      weight.push_back(d[3]);
    }
    from.push_back(groups.isDepthwise() ? c : d[outer + 2]);
    if (!groups.isDepthwise())
      weight.push_back(d[outer + 2]);
    weight.push_back(c);
    MLIRContext *context = b.getContext();
    SmallVector<Value> inputs = {outputs, weights};
    SmallVector<AffineMap> maps = {AffineMap::get(count, 0, from, context),
                                   AffineMap::get(count, 0, weight, context)};
    if (input) {
      SmallVector<AffineExpr> place = to;
      place[1] = d[1] * rows.stride + rows.first;
      place[2] = d[2] * columns.stride + columns.first;
      inputs.push_back(split(input));
      maps.push_back(AffineMap::get(count, 0, place, context));
    }
    maps.push_back(AffineMap::get(count, 0, to, context));
    SmallVector<IteratorType> iterators(count, IteratorType::reduction);
    std::fill_n(iterators.begin(), outer, IteratorType::parallel);
    return linalg::GenericOp::create(
               b, loc, start.getType(), inputs, ValueRange{start}, maps, iterators,
               [&](OpBuilder &nested, Location at, ValueRange args) {
                 Value factor = term(nested, at, args.drop_front());
                 Value product = arith::MulFOp::create(nested, at, args[0], factor);
                 Value sum = arith::AddFOp::create(nested, at, args.back(), product);
                 linalg::YieldOp::create(nested, at, sum);
               })
        .getResult(0);
  }
};

template <typename OpT>
Value sumToInput(OpBuilder &builder, OpT op, typename OpT::Adaptor adaptor, Value input,
                 TermBody term) {
  Value filter = adaptor.getFilter();
  InputSums sums{builder,
                 op.getLoc(),
                 adaptor.getGradient(),
                 filter,
                 input,
                 typeOf(op.getOutput()),
                 op.getWindow(),
                 Groups(op.getGroup(), typeOf(filter)),
                 term};
  return sums.build();
}

struct ConvertInputGradient : OpConversionPattern<Conv2DInputGradientOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(Conv2DInputGradientOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto weight = [](OpBuilder &, Location, ValueRange v) { return v[0]; };
    rewriter.replaceOp(op, sumToInput(rewriter, op, adaptor, {}, weight));
    return success();
  }
};

struct ConvertAdderInputGradient : OpConversionPattern<AdderInputGradientOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(AdderInputGradientOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    bool sign = op.getRule() == DifferenceRule::Sign;
    auto term = [&](OpBuilder &b, Location at, ValueRange v) {
      return sign ? buildSign(b, at, v[0], v[1]) : buildTanh(b, at, v[0], v[1]);
    };
    rewriter.replaceOp(op, sumToInput(rewriter, op, adaptor, adaptor.getInput(), term));
    return success();
  }

  static Value number(OpBuilder &b, Location at, Value like, double value) {
    return arith::ConstantOp::create(b, at, b.getFloatAttr(like.getType(), value));
  }

  static Value buildSign(OpBuilder &b, Location at, Value w, Value x) {
    Value above = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGT, w, x);
    Value below = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OLT, w, x);
    Value one = number(b, at, w, 1), zero = number(b, at, w, 0), minusOne = number(b, at, w, -1);
    Value minus = arith::SelectOp::create(b, at, below, minusOne, zero);
    return arith::SelectOp::create(b, at, above, one, minus);
  }

  /// `min(max(w - x, -1), 1)`.
  static Value buildTanh(OpBuilder &b, Location at, Value w, Value x) {
    Value difference = arith::SubFOp::create(b, at, w, x);
    Value raised = arith::MaximumFOp::create(b, at, difference, number(b, at, w, -1));
    return arith::MinimumFOp::create(b, at, raised, number(b, at, w, 1));
  }
};

} // namespace

void tally::populateInputGradientPatterns(const TypeConverter &converter,
                                          RewritePatternSet &patterns) {
  patterns.add<ConvertInputGradient, ConvertAdderInputGradient>(converter, patterns.getContext());
}
