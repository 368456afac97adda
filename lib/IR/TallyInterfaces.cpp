//===- TallyInterfaces.cpp - what upstream operations say of themselves ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models of our interfaces for the operations of TOSA, quant and ml_program that stand in
// networks. The tally dialect attaches them when it is loaded.
//
//===----------------------------------------------------------------------===//

#include "tally/IR/TallyInterfaces.h"

#include "OpChecks.h"
#include "UpstreamModels.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Shapes.h"
#include "tally/IR/Tally.h"

using namespace mlir;
using namespace tally;

#include "tally/IR/TallyInterfaces.cpp.inc"

namespace {

//===----------------------------------------------------------------------===//
// NetworkOpInterface
//===----------------------------------------------------------------------===//

/// What meets or joins what: all of these hold images.
template <typename OpT> BatchRole roleOf(unsigned operand) {
  if (llvm::is_one_of<OpT, tosa::AddOp, tosa::SubOp, tosa::MulOp, tosa::PowOp, tosa::MaximumOp,
                      tosa::MinimumOp>::value)
    return operand < 2 ? BatchRole::OneOrImages : BatchRole::Shared;
  if (std::is_same_v<OpT, tosa::MatMulOp>)
    return operand < 2 ? BatchRole::Images : BatchRole::Shared;
  return operand == 0 || std::is_same_v<OpT, tosa::ConcatOp> ? BatchRole::Images
                                                             : BatchRole::Shared;
}

template <typename Model, typename OpT, Multiplies multiplies, bool onCodes>
struct NetworkModel : NetworkOpInterface::ExternalModel<Model, OpT> {
  Multiplies getMultiplies(Operation *) const { return multiplies; }
  bool worksOnCodes(Operation *) const { return onCodes; }
  BatchRole getBatchRole(Operation *, unsigned operand) const { return roleOf<OpT>(operand); }
};

template <typename OpT, Multiplies multiplies>
struct OnFloats : NetworkModel<OnFloats<OpT, multiplies>, OpT, multiplies, false> {};
template <typename OpT> using Free = OnFloats<OpT, Multiplies::Nowhere>;
template <typename OpT> using Multiplying = OnFloats<OpT, Multiplies::OutsideSums>;
template <typename OpT> using MultiplyingSum = OnFloats<OpT, Multiplies::InSums>;
template <typename OpT> using Unknown = OnFloats<OpT, Multiplies::Unknown>;

template <typename OpT, Multiplies multiplies>
struct AlongAxis : NetworkModel<AlongAxis<OpT, multiplies>, OpT, multiplies, false> {
  bool keepsBatch(Operation *op) const { return cast<OpT>(op).getAxis() != 0; }
};
template <typename OpT> using FreeAlongAxis = AlongAxis<OpT, Multiplies::Nowhere>;
template <typename OpT> using UnknownAlongAxis = AlongAxis<OpT, Multiplies::Unknown>;

struct Clamp : NetworkModel<Clamp, tosa::ClampOp, Multiplies::Nowhere, false> {
  bool isChannelwise(Operation *) const { return true; }
};

template <typename OpT>
struct OnCodes : NetworkModel<OnCodes<OpT>, OpT, Multiplies::Nowhere, true> {};

template <typename Model, typename OpT>
struct StorageModel : NetworkModel<Model, OpT, Multiplies::Nowhere, true> {
  bool actsOnStorage(Operation *) const { return true; }
};

template <typename OpT> struct OnStorage : StorageModel<OnStorage<OpT>, OpT> {};

/// Signless integers compare as signed ones.
template <typename OpT> struct Comparing : StorageModel<Comparing<OpT>, OpT> {
  bool actsOnStorage(Operation *op) const {
    Type element = getElementTypeOrSelf(op->getResult(0).getType());
    return isFloat(element) || !hasUnsignedStorage(element);
  }
};

template <typename OpT, unsigned index> struct ShapedBy : StorageModel<ShapedBy<OpT, index>, OpT> {
  OpOperand *getShapeOperand(Operation *op) const { return &op->getOpOperand(index); }
};

struct Concat : StorageModel<Concat, tosa::ConcatOp> {
  bool keepsBatch(Operation *op) const { return cast<tosa::ConcatOp>(op).getAxis() != 0; }
};

struct Transpose : StorageModel<Transpose, tosa::TransposeOp> {
  bool keepsBatch(Operation *op) const { return cast<tosa::TransposeOp>(op).getPerms()[0] == 0; }
};

/// On codes, each product with a power of two is a shift.
template <typename OpT>
struct Convolution : NetworkModel<Convolution<OpT>, OpT, Multiplies::InSums, true> {
  Multiplies getMultiplies(Operation *op) const {
    auto convolution = cast<OpT>(op);
    auto decode = convolution.getWeight().template getDefiningOp<DecodeOp>();
    if (!decode || isFloat(decode.getType()))
      return Multiplies::InSums;
    ElementsAttr zero = getConstantElements(convolution.getWeightZp());
    return zero && getIntegers(zero) == std::vector<int64_t>{0} ? Multiplies::Nowhere
                                                                : Multiplies::InSums;
  }
};

//===----------------------------------------------------------------------===//
// DataMovementOpInterface
//===----------------------------------------------------------------------===//

template <typename Model, typename OpT, Movement movement>
struct MovementModel : DataMovementOpInterface::ExternalModel<Model, OpT> {
  Movement getMovement(Operation *) const { return movement; }
};

template <typename OpT, Movement movement>
struct Moving : MovementModel<Moving<OpT, movement>, OpT, movement> {};
template <typename OpT> using Viewing = Moving<OpT, Movement::View>;
template <typename OpT> using Rearranging = Moving<OpT, Movement::Rearrangement>;
template <typename OpT> using Selecting = Moving<OpT, Movement::Selection>;

struct Joining : MovementModel<Joining, tosa::ConcatOp, Movement::Rearrangement> {
  unsigned getNumMoved(Operation *op) const { return op->getNumOperands(); }
};

struct Padding : MovementModel<Padding, tosa::PadOp, Movement::Rearrangement> {
  OpOperand *getFiller(Operation *op) const { return &cast<tosa::PadOp>(op).getPadConstMutable(); }
};

//===----------------------------------------------------------------------===//
// ReductionOpInterface
//===----------------------------------------------------------------------===//

int64_t sizeOf(Value value, unsigned dim) {
  return cast<RankedTensorType>(value.getType()).getDimSize(dim);
}

/// With filters whose window has its height at dimension `window`.
template <typename OpT, unsigned window>
struct Convolving : ReductionOpInterface::ExternalModel<Convolving<OpT, window>, OpT> {
  Reduction getReduction(Operation *) const { return Reduction::Products; }
  int64_t getNumTerms(Operation *op) const {
    Value filter = cast<OpT>(op).getWeight();
    bool allChannels = window != 0;
    return saturatedProduct({sizeOf(filter, window), sizeOf(filter, window + 1),
                             allChannels ? sizeOf(filter, window + 2) : 1});
  }
  OpOperand *getWeightOperand(Operation *op) const { return &cast<OpT>(op).getWeightMutable(); }
  std::optional<Window> getWindow(Operation *op) const {
    auto layer = cast<OpT>(op);
    auto filter = cast<RankedTensorType>(layer.getWeight().getType());
    return makeWindow(filter.getShape().slice(window, 2), layer.getPad(), layer.getStride(),
                      layer.getDilation());
  }
};
/// Filters are `[F, KH, KW, C]`.
template <typename OpT> using Convolving2D = Convolving<OpT, 1>;
/// Filters are `[KH, KW, C, M]`.
template <typename OpT> using ConvolvingDepthwise = Convolving<OpT, 0>;

struct Product : ReductionOpInterface::ExternalModel<Product, tosa::MatMulOp> {
  Reduction getReduction(Operation *) const { return Reduction::Products; }
  int64_t getNumTerms(Operation *op) const { return sizeOf(op->getOperand(0), 2); }
  OpOperand *getWeightOperand(Operation *op) const {
    return &cast<tosa::MatMulOp>(op).getBMutable();
  }
};

template <typename OpT, Reduction reduction>
struct Pooling : ReductionOpInterface::ExternalModel<Pooling<OpT, reduction>, OpT> {
  Reduction getReduction(Operation *) const { return reduction; }
  int64_t getNumTerms(Operation *op) const { return saturatedProduct(cast<OpT>(op).getKernel()); }
  std::optional<Window> getWindow(Operation *op) const {
    auto pool = cast<OpT>(op);
    return makeWindow(pool.getKernel(), pool.getPad(), pool.getStride(), {1, 1});
  }
};
template <typename OpT> using MaxPooling = Pooling<OpT, Reduction::Extremum>;
template <typename OpT> using MeanPooling = Pooling<OpT, Reduction::Mean>;

template <typename OpT, Reduction reduction>
struct Reducing : ReductionOpInterface::ExternalModel<Reducing<OpT, reduction>, OpT> {
  Reduction getReduction(Operation *) const { return reduction; }
  int64_t getNumTerms(Operation *op) const {
    return sizeOf(op->getOperand(0), cast<OpT>(op).getAxis());
  }
};
template <typename OpT> using Summing = Reducing<OpT, Reduction::Sum>;
template <typename OpT> using TakingExtremum = Reducing<OpT, Reduction::Extremum>;

template <template <typename> class Model, typename... Ops> void attach(MLIRContext *context) {
  (Ops::template attachInterface<Model<Ops>>(*context), ...);
}

} // namespace

static void attachNetworkModels(MLIRContext *context) {
  attach<OnStorage, tosa::AddOp, tosa::SubOp, tosa::PadOp, tosa::IdentityOp, tosa::ConstOp,
         tosa::ConstShapeOp, ml_program::GlobalLoadConstOp>(context);
  attach<Comparing, tosa::MaximumOp, tosa::MinimumOp>(context);
  tosa::ReshapeOp::attachInterface<ShapedBy<tosa::ReshapeOp, 1>>(*context);
  tosa::SliceOp::attachInterface<ShapedBy<tosa::SliceOp, 2>>(*context);
  tosa::ConcatOp::attachInterface<Concat>(*context);
  tosa::TransposeOp::attachInterface<Transpose>(*context);
  attach<OnCodes, tosa::MaxPool2dOp>(context);
  attach<Convolution, tosa::Conv2DOp, tosa::DepthwiseConv2DOp>(context);

  tosa::ClampOp::attachInterface<Clamp>(*context);
  attach<Free, tosa::AbsOp, tosa::NegateOp>(context);
  attach<FreeAlongAxis, tosa::ReduceSumOp>(context);
  attach<Multiplying, tosa::MulOp, tosa::AvgPool2dOp, tosa::RescaleOp, quant::QuantizeCastOp,
         quant::DequantizeCastOp>(context);
  attach<MultiplyingSum, tosa::MatMulOp, tosa::Conv3DOp, tosa::TransposeConv2DOp>(context);
  attach<Unknown, tosa::ExpOp, tosa::LogOp, tosa::PowOp, tosa::RsqrtOp, tosa::ReciprocalOp,
         tosa::SigmoidOp, tosa::TanhOp, tosa::ErfOp, tosa::SinOp, tosa::CosOp, tosa::FloorOp,
         tosa::CeilOp>(context);
  attach<UnknownAlongAxis, tosa::ReduceMaxOp, tosa::ReduceMinOp, tosa::ReverseOp>(context);
}

static void attachMovementModels(MLIRContext *context) {
  attach<Viewing, tosa::ReshapeOp, tosa::SliceOp, tosa::IdentityOp>(context);
  attach<Rearranging, tosa::TransposeOp>(context);
  attach<Selecting, tosa::MaxPool2dOp>(context);
  tosa::ConcatOp::attachInterface<Joining>(*context);
  tosa::PadOp::attachInterface<Padding>(*context);
}

static void attachReductionModels(MLIRContext *context) {
  attach<Convolving2D, tosa::Conv2DOp>(context);
  attach<ConvolvingDepthwise, tosa::DepthwiseConv2DOp>(context);
  tosa::MatMulOp::attachInterface<Product>(*context);
  attach<MaxPooling, tosa::MaxPool2dOp>(context);
  attach<MeanPooling, tosa::AvgPool2dOp>(context);
  attach<Summing, tosa::ReduceSumOp>(context);
  attach<TakingExtremum, tosa::ReduceMaxOp, tosa::ReduceMinOp>(context);
}

void tally::registerUpstreamModels(DialectRegistry &registry) {
  registry.addExtension(
      +[](MLIRContext *context, tosa::TosaDialect *) { context->loadDialect<TallyDialect>(); });
}

void tally::attachUpstreamModels(MLIRContext *context) {
  attachNetworkModels(context);
  attachMovementModels(context);
  attachReductionModels(context);
}
