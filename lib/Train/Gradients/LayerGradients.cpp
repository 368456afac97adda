//===- LayerGradients.cpp - layers, normalisation, pooling ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "GradientModels.h"
#include "TosaBuilder.h"
#include "tally/IR/Tally.h"

using namespace mlir;
using namespace tally;

namespace {

using Sizes = SmallVector<int64_t>;

//===----------------------------------------------------------------------===//
// Convolutions and products
//===----------------------------------------------------------------------===//

/// Gradients of a layer's sums of products with a filter `[F, KH, KW, C / group]`.
struct Products {
  OpBuilder &builder;
  Location loc;
  ArrayRef<int64_t> pad, stride, dilation;
  int64_t group = 1;

  Value toInput(Value g, Value filter, Type input) const {
    return Conv2DInputGradientOp::create(builder, loc, input, g, filter, pad, stride, dilation,
                                         group);
  }
  Value toFilter(Value input, Value g, Type filter) const {
    return Conv2DFilterGradientOp::create(builder, loc, filter, input, g, pad, stride, dilation,
                                          group);
  }
};

/// That of a bias, which has an element for each channel or one for all.
void addBias(Gradients &gradients, TosaBuilder &b, Value bias, Value g) {
  if (gradients.isWanted(bias))
    gradients.add(bias, b.sumTo(g, TosaBuilder::shapeOf(bias)));
}

struct Convolution : GradientRule<Convolution, tosa::Conv2DOp> {
  static LogicalResult build(tosa::Conv2DOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Products products{gradients.getBuilder(), op.getLoc(), op.getPad(), op.getStride(),
                      op.getDilation()};
    Value x = op.getInput(), w = op.getWeight();
    if (gradients.isWanted(x))
      gradients.add(x, products.toInput(g, w, x.getType()));
    if (gradients.isWanted(w))
      gradients.add(w, products.toFilter(x, g, w.getType()));
    addBias(gradients, b, op.getBias(), g);
    return success();
  }
};

/// Filters are `[KH, KW, C, M]`; as those of a convolution in C groups `[C * M, KH, KW, 1]`.
struct Depthwise : GradientRule<Depthwise, tosa::DepthwiseConv2DOp> {
  static LogicalResult build(tosa::DepthwiseConv2DOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Value x = op.getInput(), w = op.getWeight();
    ArrayRef<int64_t> shape = TosaBuilder::shapeOf(w);
    Products products{gradients.getBuilder(), op.getLoc(),      op.getPad(),
                      op.getStride(),         op.getDilation(), shape[2]};
    Sizes grouped = {shape[2] * shape[3], shape[0], shape[1], 1};
    if (gradients.isWanted(x)) {
      Value filter = b.reshape(b.transpose(w, {2, 3, 0, 1}), grouped);
      gradients.add(x, products.toInput(g, filter, x.getType()));
    }
    if (gradients.isWanted(w)) {
      Value filter = products.toFilter(x, g, TosaBuilder::typeOf(w).clone(grouped));
      Value split = b.reshape(filter, {shape[2], shape[3], shape[0], shape[1]});
      gradients.add(w, b.transpose(split, {2, 3, 0, 1}));
    }
    addBias(gradients, b, op.getBias(), g);
    return success();
  }
};

struct Product : GradientRule<Product, tosa::MatMulOp> {
  static LogicalResult build(tosa::MatMulOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    if (gradients.isWanted(op.getA()))
      gradients.add(op.getA(), b.matmul(g, b.transpose(op.getB(), {0, 2, 1})));
    if (gradients.isWanted(op.getB()))
      gradients.add(op.getB(), b.matmul(b.transpose(op.getA(), {0, 2, 1}), g));
    return success();
  }
};

/// AdderNet's rules: to the input by `hard_tanh`, to the filter the full-precision gradient
/// `sum g * (x - w)`, which is that of products less w times the sum of g.
struct Adder : GradientRule<Adder, AdderConv2DOp> {
  static LogicalResult build(AdderConv2DOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Value x = op.getInput(), w = op.getFilter();
    // What a quantizer clamped still says which side of the input the weight is on.
    Value whole = w;
    if (auto quantizer = w.getDefiningOp<LearnedQuantizerOp>())
      if (quantizer.getPassesOutside())
        whole = quantizer.getInput();
    if (gradients.isWanted(x))
      gradients.add(x,
                    AdderInputGradientOp::create(gradients.getBuilder(), op.getLoc(), x.getType(),
                                                 g, x, whole, DifferenceRule::HardTanh, op.getPad(),
                                                 op.getStride(), op.getDilation(), op.getGroup()));
    if (gradients.isWanted(w)) {
      Products products{gradients.getBuilder(), op.getLoc(),      op.getPad(),
                        op.getStride(),         op.getDilation(), int64_t(op.getGroup())};
      Value sums = b.reshape(b.sumChannels(g), {TosaBuilder::shapeOf(w)[0], 1, 1, 1});
      gradients.add(w, b.sub(products.toFilter(x, g, w.getType()), b.mul(w, sums)));
    }
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Channels
//===----------------------------------------------------------------------===//

struct Affine : GradientRule<Affine, ChannelAffineOp> {
  static LogicalResult build(ChannelAffineOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Value x = op.getInput(), scale = op.getScale();
    if (gradients.isWanted(x))
      gradients.add(x, b.mul(g, scale));
    if (gradients.isWanted(scale))
      gradients.add(scale, b.sumTo(b.mul(g, x), TosaBuilder::shapeOf(scale)));
    addBias(gradients, b, op.getBias(), g);
    return success();
  }
};

/// To all five operands, so that statistics that are computed from the batch pass on their own.
/// With d = sqrt(variance + epsilon) and u = (input - mean) / d: output = u * scale + bias.
struct Normalisation : GradientRule<Normalisation, BatchNormOp> {
  static LogicalResult build(BatchNormOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Value x = op.getInput(), scale = op.getScale();
    Value inverse = b.rsqrt(b.add(op.getVariance(), op.getEpsilon().convertToFloat()));
    Value factor = b.mul(scale, inverse);
    if (gradients.isWanted(x))
      gradients.add(x, b.mul(g, factor));
    if (gradients.isWanted(op.getBias()) || gradients.isWanted(op.getMean())) {
      Value sum = b.sumChannels(g);
      gradients.add(op.getBias(), sum);
      gradients.add(op.getMean(), b.negate(b.mul(sum, factor)));
    }
    if (gradients.isWanted(scale) || gradients.isWanted(op.getVariance())) {
      Value centred = b.sub(x, op.getMean());
      Value sum = b.mul(b.sumChannels(b.mul(g, centred)), inverse);
      gradients.add(scale, sum);
      gradients.add(op.getVariance(), b.mul(b.mul(b.mul(sum, factor), inverse), -0.5));
    }
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

struct MaxPool : GradientRule<MaxPool, tosa::MaxPool2dOp> {
  static LogicalResult build(tosa::MaxPool2dOp op, Value g, Gradients &gradients) {
    gradients.add(op.getInput(),
                  MaxPool2DGradientOp::create(gradients.getBuilder(), op.getLoc(),
                                              op.getInput().getType(), g, op.getInput(),
                                              op.getKernel(), op.getPad(), op.getStride()));
    return success();
  }
};

/// What each element of `g` gives to all elements of its window, channel by channel.
Value spread(Gradients &gradients, Location loc, Value g, Value input, const Window &window) {
  TosaBuilder b(gradients.getBuilder(), loc);
  auto type = TosaBuilder::typeOf(input);
  ArrayRef<int64_t> shape = type.getShape(), result = TosaBuilder::shapeOf(g);
  bool isWhole = window.pad == std::array<int64_t, 4>{0, 0, 0, 0} && result[1] == 1 &&
                 result[2] == 1 && window.kernel[0] == shape[1] && window.kernel[1] == shape[2];
  if (isWhole)
    return b.add(b.splat(shape, 0), g);
  Value ones = b.splat({shape[3], window.kernel[0], window.kernel[1], 1}, 1);
  return Products{gradients.getBuilder(), loc, window.pad, window.stride, window.dilation, shape[3]}
      .toInput(g, ones, type);
}

/// Of the elements of a window, those inside the input are counted.
struct AveragePool : GradientRule<AveragePool, tosa::AvgPool2dOp> {
  static LogicalResult build(tosa::AvgPool2dOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    Window window = *cast<ReductionOpInterface>(op.getOperation()).getWindow();
    ArrayRef<int64_t> in = TosaBuilder::shapeOf(op.getInput()), out = TosaBuilder::shapeOf(g);
    std::vector<float> shares;
    for (int64_t h = 0; h < out[1]; ++h)
      for (int64_t w = 0; w < out[2]; ++w)
        shares.push_back(1.0f / float(count(window, 0, h, in[1]) * count(window, 1, w, in[2])));
    Value share = b.constant({1, out[1], out[2], 1}, shares);
    gradients.add(op.getInput(),
                  spread(gradients, op.getLoc(), b.mul(g, share), op.getInput(), window));
    return success();
  }

  /// How many taps of the window at `position` lie inside.
  static int64_t count(const Window &window, int dim, int64_t position, int64_t size) {
    int64_t begin = position * window.stride[dim] - window.padBefore(dim);
    return std::min(begin + window.kernel[dim], size) - std::max<int64_t>(begin, 0);
  }
};

struct SumPool : GradientRule<SumPool, SumPool2DOp> {
  static LogicalResult build(SumPool2DOp op, Value g, Gradients &gradients) {
    gradients.add(op.getInput(), spread(gradients, op.getLoc(), g, op.getInput(), op.getWindow()));
    return success();
  }
};

struct BoxSum : GradientRule<BoxSum, BoxSumOp> {
  static LogicalResult build(BoxSumOp op, Value g, Gradients &gradients) {
    TosaBuilder b(gradients.getBuilder(), op.getLoc());
    auto type = TosaBuilder::typeOf(op.getInput());
    Value ones = b.splat({1, op.getKernel()[0], op.getKernel()[1], type.getDimSize(3)}, 1);
    Products products{gradients.getBuilder(), op.getLoc(), op.getPad(), op.getStride(),
                      op.getDilation()};
    gradients.add(op.getInput(), products.toInput(g, ones, type));
    return success();
  }
};

} // namespace

void tally::attachLayerGradients(MLIRContext *context) {
  tosa::Conv2DOp::attachInterface<Convolution>(*context);
  tosa::DepthwiseConv2DOp::attachInterface<Depthwise>(*context);
  tosa::MatMulOp::attachInterface<Product>(*context);
  AdderConv2DOp::attachInterface<Adder>(*context);
  ChannelAffineOp::attachInterface<Affine>(*context);
  BatchNormOp::attachInterface<Normalisation>(*context);
  tosa::MaxPool2dOp::attachInterface<MaxPool>(*context);
  tosa::AvgPool2dOp::attachInterface<AveragePool>(*context);
  SumPool2DOp::attachInterface<SumPool>(*context);
  BoxSumOp::attachInterface<BoxSum>(*context);
}
