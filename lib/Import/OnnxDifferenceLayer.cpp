//===- OnnxDifferenceLayer.cpp - differences as a layer -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxDifferenceLayer.h"

#include "OnnxPlaces.h"

#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"

#include <algorithm>

using namespace mlir;

namespace tally::onnx {

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

static Sizes sizesOf(ArrayRef<int64_t> shape, ArrayRef<int64_t> dims) {
  return permute(shape, dims);
}

static int64_t countOf(ArrayRef<int64_t> sizes) { return *countElements(sizes); }

static Sizes join(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  Sizes result(a);
  result.append(b.begin(), b.end());
  return result;
}

/// The weights that activations are subtracted from, [groups * filters, terms].
static Literal readWeights(NodeScope &scope, const Differences &differences,
                           const Dimensions &dims) {
  ArrayRef<int64_t> activations = scope.shapeOf(differences.activations);
  ArrayRef<int64_t> shape = scope.shapeOf(differences.weights);
  std::vector<float> floats = getFloats(getConstantElements(differences.weights));
  Sizes strides = getStrides(shape);
  for (auto [stride, size] : llvm::zip(strides, shape))
    stride = size == 1 ? 0 : stride;
  Sizes rows = join(dims.groups, dims.filters), order = join(rows, dims.terms);
  Sizes sizes = join(sizesOf(shape, rows), sizesOf(activations, dims.terms));
  std::vector<float> weights;
  for (int64_t index : getIndices(sizes, permute(strides, order)))
    weights.push_back(-(differences.sign * floats[index] + differences.offset));
  return Literal::ofFloats(
      {countOf(sizesOf(shape, rows)), countOf(sizesOf(activations, dims.terms))},
      std::move(weights));
}

/// `literal` gets the name of `weights`, and what is left of these, where it is used at all,
/// another.
static void takeName(Value weights, Literal &literal) {
  ml_program::GlobalOp parameter = getParameter(weights);
  if (!parameter)
    return;
  literal.name = parameter.getSymName().str();
  auto load = weights.getDefiningOp<ml_program::GlobalLoadConstOp>();
  ParameterIndex::with(load->getParentOfType<ModuleOp>(), [&](ParameterIndex &index) {
    if (index.isOnlyLoad(load))
      index.rename(load, index.makeUnique(literal.name));
  });
}

namespace {
/// An image that activations are windows of.
struct WindowsOf {
  /// [N, H, W, C].
  Value image;
  PlacedWindows placed;
};
} // namespace

/// `source` as images [N, H, W, C]; lines [N, C, L] are images of one row. Null for others.
static Value asImage(NodeScope &scope, Value source) {
  ArrayRef<int64_t> shape = scope.shapeOf(source);
  if (shape.size() == 4)
    return source;
  if (shape.size() != 3)
    return {};
  return scope.reshape(scope.transpose(source, {0, 2, 1}), {shape[0], 1, shape[2], shape[1]});
}

/// Zeros around `found.image` become padding of the layer.
static void absorbPadding(WindowsOf &found) {
  auto pad = found.image.getDefiningOp<tosa::PadOp>();
  if (!pad || getNumber(pad.getPadConst()) != 0.0f)
    return;
  SmallVector<int64_t> amounts;
  auto sizes = pad.getPadding().getDefiningOp<tosa::ConstShapeOp>();
  for (const APInt &amount : sizes.getValues().getValues<APInt>())
    amounts.push_back(amount.getSExtValue());
  if (amounts[0] || amounts[1] || amounts[6] || amounts[7])
    return;
  for (int side : {0, 1, 2, 3})
    found.placed.window.pad[side] += amounts[side + 2];
  found.image = pad.getInput1();
}

/// How many of `sources`, nearest first, are columns in some order and shape: whoever finds windows
/// in these takes the order of terms for an image.
static size_t countColumns(ArrayRef<Value> sources) {
  for (auto [index, source] : llvm::enumerate(sources))
    if (!isa_and_nonnull<tosa::ReshapeOp, tosa::TransposeOp>(source.getDefiningOp()))
      return isa_and_nonnull<TakeOp, tosa::ConcatOp>(source.getDefiningOp()) ? index + 1 : index;
  return 0;
}

/// The elements of a large layer's windows ten times, however long the chain that moves them.
constexpr int64_t kTraceBudget = int64_t(1) << 28;

/// The images that the activations come from: the farthest, so that the layer does all of it.
static std::optional<WindowsOf> findImage(NodeScope &scope, Value activations,
                                          const Dimensions &dims) {
  ArrayRef<int64_t> shape = scope.shapeOf(activations);
  Sizes inner = join(dims.groups, dims.terms), order = join(dims.positions, inner);
  int64_t terms = countOf(sizesOf(shape, inner));
  SmallVector<Value> sources = findSources(activations);
  size_t numColumns = countColumns(sources);
  int64_t budget = kTraceBudget;
  for (size_t index = sources.size(); index-- > 0;) {
    Value source = sources[index];
    ArrayRef<int64_t> own = scope.shapeOf(source);
    if (own.size() != 3 && own.size() != 4)
      continue;
    auto places = traceTo(activations, source, budget);
    if (!places)
      continue;
    std::vector<int64_t> ordered;
    for (int64_t index : getIndices(sizesOf(shape, order), permute(getStrides(shape), order))) {
      int64_t place = (*places)[index];
      if (own.size() == 3 && place >= 0) { // [N, C, L] to [N, L, C]
        int64_t line = place / own[2];
        place = (line / own[1] * own[2] + place % own[2]) * own[1] + line % own[1];
      }
      ordered.push_back(place);
    }
    Sizes image = own.size() == 4 ? Sizes(own) : Sizes{own[0], 1, own[2], own[1]};
    auto placed = findWindows(ordered, terms, image);
    if (!placed || (index < numColumns && placed->window.kernel != std::array<int64_t, 2>{1, 1}))
      continue;
    WindowsOf found{asImage(scope, source), std::move(*placed)};
    absorbPadding(found);
    return found;
  }
  return std::nullopt;
}

/// Weights [groups * filters, terms] as [F, KH, KW, C / groups]; nothing where the terms of a
/// group are not those of its channels.
static std::optional<Literal> arrangeFilter(const PlacedWindows &placed, const Literal &weights,
                                            int64_t groups, int64_t channels) {
  int64_t filters = weights.shape[0], terms = weights.shape[1], own = channels / groups;
  Literal filter = weights;
  filter.shape = {filters, placed.window.kernel[0], placed.window.kernel[1], own};
  for (int64_t f = 0; f < filters; ++f)
    for (int64_t t = 0; t < terms; ++t) {
      int64_t group = f / (filters / groups), place = placed.filterPlaces[group * terms + t];
      int64_t tap = place / channels, channel = place % channels - group * own;
      if (channel < 0 || channel >= own)
        return std::nullopt;
      filter.floats[f * terms + tap * own + channel] = weights.floats[f * terms + t];
    }
  return filter;
}

/// [N, OH, OW, F].
static Value createConvolution(NodeScope &scope, WindowsOf &found, const Literal &filter,
                               int64_t groups) {
  const auto &[window, size, order, filterPlaces] = found.placed;
  OpBuilder &builder = scope.builder;
  return scope.create<AdderConv2DOp>(
      scope.tensorType({size[0], size[1], size[2], filter.shape[0]}), found.image,
      scope.parameter(filter), builder.getDenseI64ArrayAttr(window.pad),
      builder.getDenseI64ArrayAttr(window.stride), builder.getDenseI64ArrayAttr(window.dilation),
      builder.getI64IntegerAttr(groups));
}

/// [positions, F].
static Value createLinear(NodeScope &scope, Value activations, const Dimensions &dims,
                          const Literal &weights) {
  Sizes shape(scope.shapeOf(activations)), order;
  for (int64_t dim = 0, rank = shape.size(); dim < rank; ++dim)
    if (shape[dim] == 1)
      order.push_back(dim);
  order = join(order, join(dims.positions, dims.terms));
  int64_t positions = countOf(sizesOf(shape, dims.positions));
  Value rows = scope.reshape(scope.transpose(activations, order), {positions, weights.shape[1]});
  return scope.create<AdderLinearOp>(scope.tensorType({positions, weights.shape[0]}), rows,
                                     scope.parameter(weights));
}

/// `sums`, of positions that are counted through dimensions of sizes `counted`, then groups, then
/// filters, with the dimensions that differences keep.
static Value arrange(NodeScope &scope, Value sums, ArrayRef<int64_t> counted,
                     ArrayRef<int64_t> differences, const Dimensions &dims) {
  // Which of the counted dimensions make each dimension of positions; where they do not divide so,
  // the positions' own.
  SmallVector<Sizes> parts;
  Sizes fine(counted);
  size_t next = 0;
  for (int64_t dim : dims.positions) {
    Sizes &part = parts.emplace_back();
    for (int64_t size = 1; size < differences[dim] && next < counted.size();)
      size *= counted[part.emplace_back(next++)];
    if (countOf(permute(counted, part)) != differences[dim]) {
      next = counted.size() + 1;
      break;
    }
  }
  if (next > counted.size()) {
    fine = sizesOf(differences, dims.positions);
    parts.clear();
    for (size_t index = 0; index < fine.size(); ++index)
      parts.push_back({int64_t(index)});
  }
  Sizes order;
  Sizes channels = join(dims.groups, dims.filters), channelSizes = sizesOf(differences, channels);
  // Channels that stay together stay one dimension.
  bool together =
      !channels.empty() && std::search(dims.kept.begin(), dims.kept.end(), channels.begin(),
                                       channels.end()) != dims.kept.end();
  if (together)
    channelSizes = {countOf(channelSizes)};
  int64_t numParts = fine.size();
  for (int64_t dim : dims.kept) {
    int64_t channel = llvm::find(channels, dim) - channels.begin();
    if (together && channel > 0 && channel < int64_t(channels.size()))
      continue;
    if (channel < int64_t(channels.size()))
      order.push_back(numParts + channel);
    else
      order = join(order, parts[llvm::find(dims.positions, dim) - dims.positions.begin()]);
  }
  for (int64_t dim = 0, rank = numParts; dim < rank; ++dim)
    if (!llvm::is_contained(order, dim)) // of size 1
      order.insert(order.begin(), dim);
  fine = join(fine, channelSizes);
  return scope.transpose(scope.reshape(sums, fine), order);
}

/// What the reduction is of a layer's `sums`, which are negative, over `terms` each.
static Value finish(NodeScope &scope, Value sums, int64_t terms) {
  Sizes ones(scope.shapeOf(sums).size(), 1);
  if (scope.node.opType == "ReduceMean")
    sums = scope.multiply(sums, scope.splat(ones, 1.0f / float(terms)));
  return scope.create<tosa::NegateOp>(sums.getType(), sums, scope.zeroPoint(), scope.zeroPoint());
}

Value createLayer(NodeScope &scope, const Differences &differences, const Dimensions &dims) {
  ArrayRef<int64_t> activations = scope.shapeOf(differences.activations);
  Sizes shape = *broadcast(activations, scope.shapeOf(differences.weights));
  int64_t groups = countOf(sizesOf(shape, dims.groups));
  Literal weights = readWeights(scope, differences, dims);
  std::optional<WindowsOf> found = findImage(scope, differences.activations, dims);
  std::optional<Literal> filter;
  if (found)
    filter = arrangeFilter(found->placed, weights, groups, scope.shapeOf(found->image)[3]);
  // One window of the whole image is a linear layer.
  bool isWhole = found && groups == 1 && found->placed.size[1] * found->placed.size[2] == 1 &&
                 found->placed.window.pad == std::array<int64_t, 4>{0, 0, 0, 0};
  if (!filter && groups != 1)
    return {};
  bool isLinear = !filter || isWhole;
  takeName(differences.weights, isLinear ? weights : *filter);
  if (isLinear) {
    Value sums = createLinear(scope, differences.activations, dims, weights);
    sums = finish(scope, sums, weights.shape[1]);
    return arrange(scope, sums, sizesOf(shape, dims.positions), shape, dims);
  }
  Value sums = createConvolution(scope, *found, *filter, groups);
  sums = finish(scope, sums, weights.shape[1]);
  Sizes counted, order;
  for (unsigned dim : found->placed.order) {
    order.push_back(dim);
    counted.push_back(found->placed.size[dim]);
  }
  order.push_back(3);
  return arrange(scope, scope.transpose(sums, order), counted, shape, dims);
}

} // namespace tally::onnx
