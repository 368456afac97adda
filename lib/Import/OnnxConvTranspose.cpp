//===- OnnxConvTranspose.cpp - transposed convolutions --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Results whose places leave the same remainder by the strides are sums over the same elements of
// the filter. So a transposed convolution is one convolution with a filter for each pair of
// remainders, whose results are spread over space.
//
//===----------------------------------------------------------------------===//

#include "OnnxLayers.h"
#include "OnnxNodeTable.h"
#include "OnnxTarget.h"

using namespace mlir;

namespace tally::onnx {

constexpr int64_t kMaxExtent = int64_t(1) << 20;

namespace {
/// One dimension of the window.
struct Spread {
  int64_t size, kernel, stride, dilation, before, result;
  /// Elements of the filter for one remainder.
  int64_t taps() const {
    int64_t needed = before + result - stride * (size - 1);
    return std::max((extent() + stride - 1) / stride, (needed + stride - 1) / stride);
  }
  int64_t extent() const { return (kernel - 1) * dilation + 1; }
};
} // namespace

static FailureOr<Sizes> readPair(NodeScope &scope, StringRef name, size_t count, int64_t lowest) {
  Sizes sizes = scope.intsAttribute(name).value_or(Sizes(count, lowest));
  if (sizes.size() != count)
    return scope.invalid("requires " + Twine(count) + " numbers in '" + name + "', but got " +
                         Twine(sizes.size()));
  for (int64_t size : sizes)
    if (size < lowest || size > kMaxExtent)
      return scope.invalid("requires '" + name + "' of at least " + Twine(lowest) + ", but got " +
                           Twine(size));
  return sizes;
}

static FailureOr<std::array<Spread, 2>> readSpread(NodeScope &scope, const Operand &input,
                                                   const Literal &weight) {
  auto strides = readPair(scope, "strides", 2, 1), dilations = readPair(scope, "dilations", 2, 1);
  auto pads = readPair(scope, "pads", 4, 0), extra = readPair(scope, "output_padding", 2, 0);
  if (failed(strides) || failed(dilations) || failed(pads) || failed(extra))
    return failure();
  std::optional<Sizes> wanted = scope.intsAttribute("output_shape");
  if (wanted && wanted->size() > 2)
    wanted->erase(wanted->begin(), wanted->end() - 2);
  if (wanted && wanted->size() != 2)
    return scope.invalid("requires 2 numbers in 'output_shape', but got " + Twine(wanted->size()));
  std::string autoPad = scope.stringAttribute("auto_pad", "NOTSET");
  bool same = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
  if (!same && autoPad != "NOTSET" && autoPad != "VALID")
    return scope.invalid("has an unknown auto_pad '" + autoPad + "'");
  std::array<Spread, 2> spread;
  for (int dim : {0, 1}) {
    Spread &one = spread[dim];
    one = {input.shape[dim + 2], weight.shape[dim + 2], (*strides)[dim], (*dilations)[dim], 0, 0};
    int64_t after = 0;
    int64_t full = one.stride * (one.size - 1) + (*extra)[dim] + one.extent();
    if (wanted || same) {
      one.result = wanted ? (*wanted)[dim] : one.size * one.stride;
      int64_t total = std::max<int64_t>(full - one.result, 0);
      one.before = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2;
    } else {
      if (autoPad == "NOTSET") {
        one.before = (*pads)[dim];
        after = (*pads)[dim + 2];
      }
      one.result = full - one.before - after;
    }
    if (one.result < 1 || one.result > kMaxExtent || one.extent() > kMaxExtent)
      return scope.invalid("requires a result of at least 1 in each dimension, but got " +
                           Twine(one.result));
  }
  return spread;
}

/// ONNX's weight [C, F / group, KH, KW] as that of a convolution, [F * SH * SW, C / group, TH, TW]
/// for strides S and taps T: filter (f, p, q) holds the elements at p + SH * (TH - 1 - i), and
/// zeros beyond them.
static Literal makeFilter(const Literal &weight, int64_t group,
                          const std::array<Spread, 2> &spread) {
  int64_t channels = weight.shape[0] / group, filters = weight.shape[1];
  Sizes shape = {group * filters * spread[0].stride * spread[1].stride, channels, spread[0].taps(),
                 spread[1].taps()};
  // One element more stands for the zeros.
  Literal padded = weight;
  padded.shape = {weight.size() + 1};
  padded.floats.push_back(0);
  if (padded.codes) {
    padded.codes->codes.push_back(0);
    padded.codes->scales.push_back(0);
  }
  std::vector<int64_t> indices;
  std::vector<int64_t> scaleOf;
  auto place = [&](int dim, int64_t remainder, int64_t tap) -> int64_t {
    const Spread &one = spread[dim];
    int64_t at = remainder + one.stride * (one.taps() - 1 - tap);
    return at % one.dilation == 0 && at < one.extent() ? at / one.dilation : -1;
  };
  for (int64_t g = 0; g < group; ++g)
    for (int64_t f = 0; f < filters; ++f)
      for (int64_t p = 0; p < spread[0].stride; ++p)
        for (int64_t q = 0; q < spread[1].stride; ++q)
          for (int64_t c = 0; c < channels; ++c)
            for (int64_t i = 0; i < shape[2]; ++i)
              for (int64_t j = 0; j < shape[3]; ++j) {
                int64_t y = place(0, p, i), x = place(1, q, j),
                        from = (g * channels + c) * filters + f;
                from *= spread[0].kernel * spread[1].kernel;
                scaleOf.push_back(from);
                indices.push_back(y < 0 || x < 0 ? weight.size() : from + y * spread[1].kernel + x);
              }
  Literal filter = gather(padded, shape, indices);
  filter.name = weight.name;
  // Zeros share the scale of their neighbours.
  if (filter.codes)
    for (auto [scale, from] : llvm::zip(filter.codes->scales, scaleOf))
      if (scale == 0)
        scale = weight.codes->scales[from];
  return filter;
}

/// The convolution that `node` becomes, around which its input has zeros.
static Node makeConvolution(const Node &node, const std::array<Spread, 2> &spread, int64_t group) {
  Node convolution;
  convolution.name = node.name;
  convolution.opType = node.opType;
  convolution.inputs = node.inputs;
  convolution.outputs = node.outputs;
  int64_t high = spread[0].taps() - 1, wide = spread[1].taps() - 1;
  Attribute &pads = convolution.attributes["pads"], &groups = convolution.attributes["group"];
  pads.kind = Attribute::Kind::Ints;
  pads.ints = {high, wide, high, wide};
  groups.kind = Attribute::Kind::Int;
  groups.integer = group;
  return convolution;
}

LogicalResult importConvTranspose(NodeScope &scope) {
  const Operand &input = scope.input(0);
  LiteralRef weight = scope.floats(1, "W"), bias;
  if (!weight || (scope.hasInput(2) && !(bias = scope.floats(2, "B"))))
    return failure();
  if (input.rank() != 4 || weight->rank() != 4)
    return scope.unsupported("its input and weight have rank " + Twine(input.rank()) + " and " +
                                 Twine(weight->rank()),
                             "convolutions of one and two dimensions (rank 3 and 4) are supported");
  int64_t group = scope.intAttribute("group", 1), channels = input.shape[1];
  if (weight->size() == 0)
    return scope.invalid("requires a weight with elements");
  if (group < 1 || channels % group != 0 || weight->shape[0] != channels)
    return scope.invalid("requires a weight of " + Twine(channels) + " channels in " +
                         Twine(group) + " groups, but got " + Twine(weight->shape[0]));
  int64_t filters = weight->shape[1] * group;
  if (bias && bias->shape != Sizes{filters})
    return scope.invalid("requires a bias of " + Twine(filters) + " elements, but got rank " +
                         Twine(bias->rank()) + " and " + Twine(bias->size()) + " elements");
  auto spread = readSpread(scope, input, *weight);
  if (failed(spread))
    return failure();
  auto [rows, columns] = *spread;
  Sizes shape = {filters, rows.stride * columns.stride, channels / group,
                 rows.taps() * columns.taps()};
  if (failed(scope.spendFolding(countElements(shape))))
    return failure();

  Node node = makeConvolution(scope.node, *spread, group);
  ConvOperands operands{input, std::make_shared<const Literal>(makeFilter(*weight, group, *spread)),
                        nullptr};
  if (bias) {
    std::vector<float> values;
    for (float value : bias->floats)
      values.insert(values.end(), shape[1], value);
    Literal spreadBias = Literal::ofFloats({filters * shape[1]}, std::move(values));
    spreadBias.name = bias->name;
    operands.bias = std::make_shared<const Literal>(std::move(spreadBias));
  }
  NodeScope convScope(scope, node);
  FailureOr<Value> sums = createConvolution(convScope, operands);
  if (failed(sums))
    return failure();
  Value result = depthToSpace(scope, *sums, {rows.stride, columns.stride}, /*channelsFirst=*/true);
  return scope.setResult(scope.slice(result, {0, rows.before, columns.before, 0},
                                     {input.shape[0], rows.result, columns.result, filters}));
}

} // namespace tally::onnx
