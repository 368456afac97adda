//===- OnnxLayers.cpp - convolutions, adder layers, normalisation ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxLayers.h"
#include "OnnxNodeTable.h"
#include "OnnxWindow.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tally::onnx {

/// More slices than this are no sensible program.
constexpr int64_t kMaxGroups = 1024;

namespace {

/// The operands of Conv and AdderConv, checked against each other.
struct Convolution {
  Value input;
  /// [F, C / group, KH, KW].
  LiteralRef weight;
  /// [F]; may be null.
  LiteralRef bias;
  int64_t group;
  PlacedWindow placed;

  int64_t filters() const { return weight->shape[0]; }
};

} // namespace

/// `lines`: whether a convolution along one dimension will do, which is imported as one of two.
static LogicalResult checkRank(NodeScope &scope, StringRef what, int64_t rank, bool lines) {
  if (rank != 4 && !(lines && rank == 3))
    return scope.unsupported("its " + what + " has rank " + Twine(rank),
                             "convolutions of one and two dimensions (rank 3 and 4) are supported");
  return success();
}

LogicalResult checkConv(NodeScope &scope) {
  LiteralRef weight = scope.knownConstant(1);
  return weight ? checkRank(scope, "weight", weight->rank(), /*lines=*/true) : success();
}

static FailureOr<Convolution> readConvolution(NodeScope &scope, const ConvOperands &operands) {
  const Operand &input = operands.input;
  if (failed(checkRank(scope, "input", input.rank(), /*lines=*/false)))
    return failure();
  Convolution conv;
  conv.weight = operands.weight;
  if (failed(checkRank(scope, "weight", conv.weight->rank(), /*lines=*/false)))
    return failure();
  if (conv.weight->size() == 0)
    return scope.invalid("requires a weight with elements");
  ArrayRef<int64_t> shape = conv.weight->shape;
  conv.group = scope.intAttribute("group", 1);
  if (conv.group < 1 || shape[0] % conv.group != 0)
    return scope.invalid("requires 'group' to divide the " + Twine(shape[0]) +
                         " filters, but got " + Twine(conv.group));
  int64_t channels = input.shape[1];
  if (channels % conv.group != 0 || channels / conv.group != shape[1])
    return scope.invalid("requires a weight of " + Twine(channels) + " / " + Twine(conv.group) +
                         " channels, but got " + Twine(shape[1]));
  if (operands.bias) {
    conv.bias = operands.bias;
    if (conv.bias->shape != Sizes{shape[0]})
      return scope.invalid("requires a bias of " + Twine(shape[0]) + " elements, but got rank " +
                           Twine(conv.bias->rank()) + " and " + Twine(conv.bias->size()) +
                           " elements");
  }
  auto placed = getWindow(scope, input.shape, {shape[2], shape[3]});
  if (failed(placed))
    return failure();
  conv.placed = *placed;
  conv.input = scope.tensor(input, scope.node.inputs[0]);
  if (!conv.input)
    return failure();
  return conv;
}

/// Input, weight and bias of Conv and AdderConv.
static FailureOr<ConvOperands> readFloatOperands(NodeScope &scope) {
  ConvOperands operands{scope.input(0), scope.floats(1, "W"), nullptr};
  if (!operands.weight)
    return failure();
  if (scope.hasInput(2) && !(operands.bias = scope.floats(2, "B")))
    return failure();
  return operands;
}

/// One TOSA convolution; `bias` has as many elements as the output has channels.
template <typename OpTy>
static Value createConv(NodeScope &scope, Value input, Value filter, Value bias,
                        const PlacedWindow &placed) {
  const Window &window = placed.window;
  OpBuilder &builder = scope.builder;
  Type type = scope.tensorType({scope.shapeOf(input)[0], placed.outputSize[0], placed.outputSize[1],
                                scope.shapeOf(bias)[0]});
  Value result = scope.create<OpTy>(
      type, input, filter, bias, scope.zeroPoint(), scope.zeroPoint(),
      builder.getDenseI64ArrayAttr(window.pad), builder.getDenseI64ArrayAttr(window.stride),
      builder.getDenseI64ArrayAttr(window.dilation), TypeAttr::get(builder.getF32Type()));
  scope.noteLostCodes(result.getDefiningOp());
  return result;
}

/// The `count` leading slices of `literal` from `first` on.
static Literal takeLeading(const Literal &literal, int64_t first, int64_t count) {
  Sizes shape = literal.shape;
  Sizes strides = getStrides(shape);
  shape[0] = count;
  Literal result = gather(literal, shape, getIndices(shape, strides, first * strides[0]));
  result.name = literal.name;
  return result;
}

/// `weight` [F, C, KH, KW] becomes FHWC; zero stands for an absent bias.
static Value createPlainConv(NodeScope &scope, Value input, const Literal &weight,
                             const std::optional<Literal> &bias, const PlacedWindow &placed) {
  Value filter = scope.filter(transpose(weight, getStorageOrder(4)), /*axis=*/0);
  Value offset = bias ? scope.parameter(*bias) : scope.splat({weight.shape[0]}, 0);
  return createConv<tosa::Conv2DOp>(scope, input, filter, offset, placed);
}

/// Grouped convolution as one convolution per group: each has a slice of the
/// input and parameters of its own.
static Value createGroupedConv(NodeScope &scope, const Convolution &conv) {
  Sizes start(4, 0), size(scope.shapeOf(conv.input));
  size[3] /= conv.group;
  int64_t filters = conv.filters() / conv.group;
  SmallVector<Value> parts;
  for (int64_t group = 0; group < conv.group; ++group) {
    start[3] = group * size[3];
    std::optional<Literal> bias;
    if (conv.bias)
      bias = takeLeading(*conv.bias, group * filters, filters);
    parts.push_back(createPlainConv(scope, scope.slice(conv.input, start, size),
                                    takeLeading(*conv.weight, group * filters, filters), bias,
                                    conv.placed));
    parts.back().getDefiningOp()->setAttr(
        TallyDialect::kNameAttr,
        scope.builder.getStringAttr(scope.node.name + "." + std::to_string(group)));
  }
  return scope.concat(parts, 3);
}

/// ONNX's weight [G * M, 1, KH, KW] as [KH, KW, G, M].
static Literal makeDepthwiseFilter(const Literal &weight, int64_t group) {
  Literal split = weight;
  split.shape = {group, weight.shape[0] / group, weight.shape[2], weight.shape[3]};
  return transpose(split, {2, 3, 0, 1});
}

/// A type has one scale for each of the G channels. Where filters of one channel have codes of
/// different scales, gives all of them the scale of the first; returns what results are then to be
/// multiplied by, one factor a filter.
static std::vector<float> shareScales(Literal &weight, int64_t group) {
  if (!weight.codes || weight.size() == 0)
    return {};
  int64_t filters = weight.shape[0], terms = weight.size() / filters, multiplier = filters / group;
  std::vector<double> &scales = weight.codes->scales;
  std::vector<float> factors(filters, 1.0f);
  for (int64_t filter = 0; filter < filters; ++filter) {
    ArrayRef<double> own = ArrayRef<double>(scales).slice(filter * terms, terms);
    if (!llvm::all_equal(own))
      return {};
    factors[filter] = float(own[0] / scales[filter / multiplier * multiplier * terms]);
  }
  if (llvm::all_of(factors, [](float factor) { return factor == 1; }))
    return {};
  for (int64_t i = 0; i < weight.size(); ++i) {
    scales[i] = scales[i / terms / multiplier * multiplier * terms];
    weight.floats[i] = float(double(weight.codes->codes[i]) * scales[i]);
  }
  return factors;
}

static Value createDepthwiseConv(NodeScope &scope, const Convolution &conv) {
  Literal weight = *conv.weight;
  std::vector<float> factors = shareScales(weight, conv.group);
  Value filter = scope.filter(makeDepthwiseFilter(weight, conv.group), /*axis=*/2);
  Value zeros = scope.splat({conv.filters()}, 0);
  Value bias = conv.bias ? scope.parameter(*conv.bias) : zeros;
  Value sums = createConv<tosa::DepthwiseConv2DOp>(scope, conv.input, filter,
                                                   factors.empty() ? bias : zeros, conv.placed);
  if (factors.empty())
    return sums;
  Literal scale = Literal::ofFloats({conv.filters()}, std::move(factors));
  scale.name = scope.node.name + ".factors";
  return scope.create<ChannelAffineOp>(sums.getType(), sums, scope.parameter(scale), bias);
}

FailureOr<Value> createConvolution(NodeScope &scope, const ConvOperands &operands) {
  FailureOr<Convolution> conv = readConvolution(scope, operands);
  if (failed(conv))
    return failure();
  bool depthwise = conv->group > 1 && conv->weight->shape[1] == 1;
  if (!depthwise && conv->group > kMaxGroups)
    return scope.unsupported("it has " + Twine(conv->group) + " groups");
  auto input = cutUnused(scope, conv->input, conv->placed);
  if (failed(input))
    return failure();
  conv->input = *input;

  if (conv->group > 1 && !depthwise)
    return createGroupedConv(scope, *conv);
  if (depthwise)
    return createDepthwiseConv(scope, *conv);
  std::optional<Literal> bias;
  if (conv->bias)
    bias = *conv->bias;
  return createPlainConv(scope, conv->input, *conv->weight, bias, conv->placed);
}

LogicalResult importConv(NodeScope &scope) {
  if (scope.isAdderLayer())
    return importAdderConv(scope);
  FailureOr<ConvOperands> operands = readFloatOperands(scope);
  if (failed(operands))
    return failure();
  FailureOr<Value> result = createConvolution(scope, *operands);
  return failed(result) ? failure() : scope.setResult(*result);
}

LogicalResult importAdderConv(NodeScope &scope) {
  FailureOr<ConvOperands> operands = readFloatOperands(scope);
  if (failed(operands))
    return failure();
  FailureOr<Convolution> conv = readConvolution(scope, *operands);
  if (succeeded(conv) && conv->bias)
    scope.warnOfAdderBias();
  if (failed(conv))
    return failure();
  const PlacedWindow &placed = conv->placed;
  OpBuilder &builder = scope.builder;
  Value filter = scope.parameter(transpose(*conv->weight, getStorageOrder(4)));
  Type type = scope.tensorType(
      {scope.shapeOf(conv->input)[0], placed.outputSize[0], placed.outputSize[1], conv->filters()});
  // No need to cut unused rows: the op's output size rounds down, as ONNX's does.
  Value output = scope.create<AdderConv2DOp>(
      type, conv->input, filter, builder.getDenseI64ArrayAttr(placed.declaredPad),
      builder.getDenseI64ArrayAttr(placed.window.stride),
      builder.getDenseI64ArrayAttr(placed.window.dilation), builder.getI64IntegerAttr(conv->group));
  if (conv->bias)
    output = scope.addBias(output, *conv->bias);
  return scope.setResult(output);
}

LogicalResult checkBatchNorm(NodeScope &scope) {
  if (scope.intAttribute("training_mode", 0) != 0)
    return scope.unsupported("it is in training mode", "export the network in evaluation mode");
  for (size_t i = 1; i < scope.node.outputs.size(); ++i)
    if (scope.isUsed(i))
      return scope.unsupported("its running statistics are used",
                               "export the network in evaluation mode");
  return success();
}

LogicalResult importBatchNorm(NodeScope &scope) {
  const Operand &input = scope.input(0);
  if (input.rank() != 2 && input.rank() != 4)
    return scope.unsupported("its input has rank " + Twine(input.rank()),
                             "rank 2 and 4 are supported");
  float epsilon = scope.floatAttribute("epsilon", 1e-5f);
  if (!(epsilon >= 0))
    return scope.invalid("requires 'epsilon' of at least 0");

  SmallVector<LiteralRef> literals;
  const StringRef names[] = {"scale", "B", "mean", "var"};
  for (const auto &[index, name] : llvm::enumerate(names)) {
    LiteralRef literal = scope.floats(index + 1, name);
    if (!literal)
      return failure();
    if (literal->shape != Sizes{input.shape[1]})
      return scope.invalid("requires '" + name + "' of " + Twine(input.shape[1]) +
                           " elements, but got rank " + Twine(literal->rank()) + " and " +
                           Twine(literal->size()) + " elements");
    literals.push_back(literal);
  }
  Value value = scope.tensor(0);
  if (!value)
    return failure();
  SmallVector<Value> parameters;
  for (const LiteralRef &literal : literals)
    parameters.push_back(scope.parameter(*literal));
  return scope.setResult(scope.create<BatchNormOp>(value.getType(), value, parameters[0],
                                                   parameters[1], parameters[2], parameters[3],
                                                   scope.builder.getF32FloatAttr(epsilon)));
}

} // namespace tally::onnx
