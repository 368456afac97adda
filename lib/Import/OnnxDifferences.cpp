//===- OnnxDifferences.cpp - adder layers in pieces -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxDifferences.h"

#include "OnnxPlaces.h"

#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"

using namespace mlir;

namespace tally::onnx {

//===----------------------------------------------------------------------===//
// What is summed
//===----------------------------------------------------------------------===//

namespace {

/// `x + sign * w + offset`, or its negative.
struct Differences {
  Value activations;
  /// A constant, or computed too.
  Value weights;
  float sign = -1, offset = 0;
};

/// A reduction of some function of differences.
struct Reduction {
  enum class Of { Differences, AbsoluteValues, Squares, Powers };
  Of of = Of::Differences;
  Differences differences;
  /// Dimension d of what is reduced is dimension `order[d]` of the differences.
  Sizes order;
};

} // namespace

static bool isConstant(Value value) { return bool(getConstantElements(value)); }

/// The number that a constant is everywhere.
static std::optional<float> getNumber(Value value) {
  ElementsAttr elements = getConstantElements(value);
  if (!elements || !elements.getElementType().isF32())
    return std::nullopt;
  std::vector<float> floats = getFloats(elements);
  return !floats.empty() && llvm::all_equal(floats) ? std::optional<float>(floats[0])
                                                    : std::nullopt;
}

/// Leaves out transposes, and follows dimensions through them.
static Value peelTransposes(Value value, Sizes &order) {
  while (auto transpose = value.getDefiningOp<tosa::TransposeOp>()) {
    for (int64_t &dim : order)
      dim = transpose.getPerms()[dim];
    value = transpose.getInput1();
  }
  return value;
}

/// Leaves out a number that is added: `value` is the result times `sign`, plus `offset`.
static Value peelNumbers(Value value, float &sign, float &offset) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto negate = dyn_cast<tosa::NegateOp>(op)) {
      value = negate.getInput1();
      sign = -sign;
      continue;
    }
    if (!isa<tosa::AddOp, tosa::SubOp>(op))
      return value;
    Value left = op->getOperand(0), right = op->getOperand(1);
    bool subtracts = isa<tosa::SubOp>(op);
    std::optional<float> number;
    if ((number = getNumber(right)) && left.getType() == value.getType()) {
      offset += subtracts ? -sign * *number : sign * *number;
      value = left;
    } else if ((number = getNumber(left)) && right.getType() == value.getType()) {
      offset += sign * *number;
      sign = subtracts ? -sign : sign;
      value = right;
    } else {
      return value;
    }
  }
  return value;
}

/// What `value` is a difference of.
static std::optional<Differences> findDifferences(Value value) {
  float sign = 1, offset = 0;
  value = peelNumbers(value, sign, offset);
  Operation *op = value.getDefiningOp();
  if (!isa_and_nonnull<tosa::AddOp, tosa::SubOp>(op))
    return std::nullopt;
  Differences result{op->getOperand(0), op->getOperand(1)};
  float left = sign, right = isa<tosa::SubOp>(op) ? -sign : sign;
  if (isConstant(result.activations)) {
    std::swap(result.activations, result.weights);
    std::swap(left, right);
  }
  if (auto negate = result.activations.getDefiningOp<tosa::NegateOp>()) {
    result.activations = negate.getInput1();
    left = -left;
  }
  // Divided by the sign of the activations, which absolute values do not have.
  result.sign = left * right;
  result.offset = left * offset;
  if (!isConstant(result.weights) && isa<tosa::AddOp>(op))
    return std::nullopt;
  return result;
}

static std::optional<Reduction> findReduction(NodeScope &scope, Value value) {
  using Of = Reduction::Of;
  StringRef type = scope.node.opType;
  Reduction result;
  result.of = type == "ReduceL1"                                ? Of::AbsoluteValues
              : type == "ReduceL2" || type == "ReduceSumSquare" ? Of::Squares
                                                                : Of::Differences;
  result.order = llvm::to_vector<4>(llvm::seq<int64_t>(0, scope.shapeOf(value).size()));
  value = peelTransposes(value, result.order);
  if (auto power = value.getDefiningOp<tosa::PowOp>(); power && getNumber(power.getInput2())) {
    result.of = getNumber(power.getInput2()) == 2.0f ? Of::Squares : Of::Powers;
    value = peelTransposes(power.getInput1(), result.order);
  } else if (auto product = value.getDefiningOp<tosa::MulOp>();
             product && product.getInput1() == product.getInput2()) {
    result.of = Of::Squares;
    value = peelTransposes(product.getInput1(), result.order);
  }
  if (auto absolute = value.getDefiningOp<tosa::AbsOp>()) {
    if (result.of == Of::Differences)
      result.of = Of::AbsoluteValues;
    value = peelTransposes(absolute.getInput1(), result.order);
  }
  auto differences = findDifferences(value);
  if (!differences)
    return std::nullopt;
  result.differences = *differences;
  return result;
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

namespace {
/// The dimensions of differences, without those of size 1.
struct Dimensions {
  /// Of positions, of filters, of both, and the terms that are summed. In order.
  Sizes positions, filters, shared, terms;
  /// Dimensions that are summed and along which the activations, or the weights, are repeated.
  Sizes repeatedActivations, repeatedWeights;
  /// Those that are kept, in ONNX's order of what is reduced.
  Sizes kept;
};
} // namespace

static Dimensions sortDimensions(NodeScope &scope, const Reduction &reduction,
                                 ArrayRef<bool> reduced) {
  ArrayRef<int64_t> activations = scope.shapeOf(reduction.differences.activations);
  ArrayRef<int64_t> weights = scope.shapeOf(reduction.differences.weights);
  SmallVector<bool> isTerm(reduced.size());
  for (auto [outer, inner] : llvm::enumerate(reduction.order))
    isTerm[inner] = reduced[outer];
  Dimensions dims;
  for (int64_t dim = 0, rank = activations.size(); dim < rank; ++dim) {
    bool ofPosition = activations[dim] != 1, ofFilter = weights[dim] != 1;
    if (!ofPosition && !ofFilter)
      continue;
    if (isTerm[dim]) {
      dims.terms.push_back(dim);
      if (!ofPosition)
        dims.repeatedActivations.push_back(dim);
      if (!ofFilter)
        dims.repeatedWeights.push_back(dim);
      continue;
    }
    (!ofFilter ? dims.positions : ofPosition ? dims.shared : dims.filters).push_back(dim);
  }
  for (int64_t axis = 0, rank = activations.size(); axis < rank; ++axis) {
    int64_t outer = getStorageAxis(axis, rank), dim = reduction.order[outer];
    if (!reduced[outer] && (activations[dim] != 1 || weights[dim] != 1))
      dims.kept.push_back(dim);
  }
  return dims;
}

/// Whether everything is compared with everything else, as a layer does, not one by one.
static bool comparesAll(const Reduction &reduction, const Dimensions &dims) {
  size_t repeated = dims.repeatedActivations.size() + dims.repeatedWeights.size();
  if (repeated == dims.terms.size())
    return false;
  if (!isConstant(reduction.differences.weights))
    return reduction.of == Reduction::Of::AbsoluteValues &&
           (!dims.filters.empty() || !dims.positions.empty());
  return !dims.filters.empty() ||
         (reduction.of == Reduction::Of::AbsoluteValues && !dims.positions.empty());
}

//===----------------------------------------------------------------------===//
// What almost is a layer
//===----------------------------------------------------------------------===//

/// What makes it none whatever the options say; empty where nothing does.
static std::string whyNever(NodeScope &scope, const Reduction &reduction, const Dimensions &dims) {
  StringRef type = scope.node.opType;
  if (type == "ReduceMax" || type == "ReduceMin")
    return (Twine("takes the ") + (type == "ReduceMax" ? "largest" : "smallest") +
            " of the differences, where an adder layer sums them")
        .str();
  if (!isConstant(reduction.differences.weights))
    return "takes differences of two computed values, where an adder layer has constant weights";
  auto describe = [&](int64_t dim) {
    int64_t outer = llvm::find(reduction.order, dim) - reduction.order.begin();
    int64_t axis = getStorageOrder(reduction.order.size())[outer];
    int64_t size = std::max(scope.shapeOf(reduction.differences.activations)[dim],
                            scope.shapeOf(reduction.differences.weights)[dim]);
    return "dimension " + std::to_string(axis) + " of size " + std::to_string(size);
  };
  if (!dims.shared.empty())
    return "keeps " + describe(dims.shared[0]) +
           ", along which inputs and weights differ both, where an adder layer sums over it";
  if (!dims.repeatedActivations.empty())
    return "sums over " + describe(dims.repeatedActivations[0]) +
           ", along which the weights differ alone, where an adder layer's inputs differ too";
  return "";
}

/// What makes it none unless the options say that it is one.
static StringRef whyNot(const Reduction &reduction) {
  switch (reduction.of) {
  case Reduction::Of::AbsoluteValues:
    return "";
  case Reduction::Of::Differences:
    return "sums the differences, as torch.onnx writes torch.cdist with p = 1, where an adder "
           "layer "
           "sums their absolute values";
  case Reduction::Of::Squares:
    return "squares the differences, where an adder layer takes their absolute values";
  case Reduction::Of::Powers:
    return "takes powers of the differences, where an adder layer takes their absolute values";
  }
  llvm_unreachable("all of them are above");
}

//===----------------------------------------------------------------------===//
// Layers
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

/// The weights that activations are subtracted from, [filters, terms].
static Literal readWeights(NodeScope &scope, const Differences &differences,
                           const Dimensions &dims) {
  ArrayRef<int64_t> activations = scope.shapeOf(differences.activations);
  ArrayRef<int64_t> shape = scope.shapeOf(differences.weights);
  std::vector<float> floats = getFloats(getConstantElements(differences.weights));
  Sizes strides = getStrides(shape);
  for (auto [stride, size] : llvm::zip(strides, shape))
    stride = size == 1 ? 0 : stride;
  Sizes order = join(dims.filters, dims.terms);
  Sizes sizes = join(sizesOf(shape, dims.filters), sizesOf(activations, dims.terms));
  std::vector<float> weights;
  for (int64_t index : getIndices(sizes, permute(strides, order)))
    weights.push_back(-(differences.sign * floats[index] + differences.offset));
  Literal literal = Literal::ofFloats(
      {countOf(sizesOf(shape, dims.filters)), countOf(sizesOf(activations, dims.terms))},
      std::move(weights));
  // The layer has the name, and what is left behind another one, where that is used at all.
  if (ml_program::GlobalOp parameter = getParameter(differences.weights)) {
    literal.name = parameter.getSymName().str();
    auto load = differences.weights.getDefiningOp<ml_program::GlobalLoadConstOp>();
    ParameterIndex::with(load->getParentOfType<ModuleOp>(), [&](ParameterIndex &index) {
      if (index.isOnlyLoad(load))
        index.rename(load, index.makeUnique(literal.name));
    });
  }
  return literal;
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

/// The images that the activations come from: the farthest, so that the layer does all of it.
static std::optional<WindowsOf> findImage(NodeScope &scope, Value activations,
                                          const Dimensions &dims) {
  ArrayRef<int64_t> shape = scope.shapeOf(activations);
  Sizes order = join(dims.positions, dims.terms);
  Sizes sizes = sizesOf(shape, order);
  int64_t terms = countOf(sizesOf(shape, dims.terms));
  std::vector<int64_t> indices = getIndices(sizes, permute(getStrides(shape), order));
  SmallVector<Value> sources = findSources(activations);
  for (Value source : llvm::reverse(sources)) {
    ArrayRef<int64_t> own = scope.shapeOf(source);
    if (own.size() != 3 && own.size() != 4)
      continue;
    auto places = traceTo(activations, source);
    if (!places)
      continue;
    std::vector<int64_t> ordered;
    for (int64_t index : indices) {
      int64_t place = (*places)[index];
      if (own.size() == 3 && place >= 0) { // [N, C, L] to [N, L, C]
        int64_t line = place / own[2];
        place = (line / own[1] * own[2] + place % own[2]) * own[1] + line % own[1];
      }
      ordered.push_back(place);
    }
    Sizes image = own.size() == 4 ? Sizes(own) : Sizes{own[0], 1, own[2], own[1]};
    if (auto placed = findWindows(ordered, terms, image))
      return WindowsOf{asImage(scope, source), std::move(*placed)};
  }
  return std::nullopt;
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

/// [N, OH, OW, F].
static Value createConvolution(NodeScope &scope, WindowsOf &found, const Literal &weights) {
  absorbPadding(found);
  const auto &[window, size, order, filterPlaces] = found.placed;
  int64_t filters = weights.shape[0], terms = weights.shape[1];
  Literal filter = weights;
  filter.shape = {filters, window.kernel[0], window.kernel[1], scope.shapeOf(found.image)[3]};
  for (int64_t f = 0; f < filters; ++f)
    for (int64_t t = 0; t < terms; ++t)
      filter.floats[f * terms + filterPlaces[t]] = weights.floats[f * terms + t];
  OpBuilder &builder = scope.builder;
  return scope.create<AdderConv2DOp>(
      scope.tensorType({size[0], size[1], size[2], filters}), found.image, scope.parameter(filter),
      builder.getDenseI64ArrayAttr(window.pad), builder.getDenseI64ArrayAttr(window.stride),
      builder.getDenseI64ArrayAttr(window.dilation), builder.getI64IntegerAttr(1));
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

/// `sums`, of positions that are counted through dimensions of sizes `counted` and then filters,
/// with the dimensions that differences keep.
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
  size_t position = 0;
  int64_t filter = fine.size();
  for (int64_t dim : dims.kept) {
    if (llvm::is_contained(dims.filters, dim))
      order.push_back(filter++);
    else
      order = join(order, parts[position++]);
  }
  for (int64_t dim = 0, rank = fine.size(); dim < rank; ++dim)
    if (!llvm::is_contained(order, dim)) // of size 1
      order.insert(order.begin(), dim);
  fine = join(fine, sizesOf(differences, dims.filters));
  return scope.transpose(scope.reshape(sums, fine), order);
}

/// What the reduction is of a layer's `sums`, which are negative, over `terms` each.
static Value finish(NodeScope &scope, Value sums, int64_t terms) {
  Sizes ones(scope.shapeOf(sums).size(), 1);
  if (scope.node.opType == "ReduceMean")
    sums = scope.multiply(sums, scope.splat(ones, 1.0f / float(terms)));
  return scope.create<tosa::NegateOp>(sums.getType(), sums, scope.zeroPoint(), scope.zeroPoint());
}

/// The reduction of differences of `shape`, with dimensions as `arrange` makes them.
static Value createLayer(NodeScope &scope, const Differences &differences, const Dimensions &dims,
                         ArrayRef<int64_t> shape) {
  Literal weights = readWeights(scope, differences, dims);
  std::optional<WindowsOf> found = findImage(scope, differences.activations, dims);
  // One window of the whole image is a linear layer.
  bool isWhole = found && found->placed.size[1] * found->placed.size[2] == 1 &&
                 found->placed.window.pad == std::array<int64_t, 4>{0, 0, 0, 0};
  if (!found || isWhole) {
    Value sums = createLinear(scope, differences.activations, dims, weights);
    sums = finish(scope, sums, weights.shape[1]);
    return arrange(scope, sums, sizesOf(shape, dims.positions), shape, dims);
  }
  Value sums = finish(scope, createConvolution(scope, *found, weights), weights.shape[1]);
  Sizes counted, order;
  for (unsigned dim : found->placed.order) {
    order.push_back(dim);
    counted.push_back(found->placed.size[dim]);
  }
  order.push_back(3);
  return arrange(scope, scope.transpose(sums, order), counted, shape, dims);
}

FailureOr<Value> createSumOfDifferences(NodeScope &scope, Value value, ArrayRef<bool> reduced) {
  std::optional<Reduction> reduction = findReduction(scope, value);
  if (!reduction)
    return Value();
  const Differences &differences = reduction->differences;
  Dimensions dims = sortDimensions(scope, *reduction, reduced);
  if (!comparesAll(*reduction, dims))
    return Value();
  ml_program::GlobalOp parameter = getParameter(differences.weights);
  bool named = scope.isAdderLayer(parameter ? parameter.getSymName() : "");
  std::string never = whyNever(scope, *reduction, dims);
  if (named && !never.empty())
    return scope.unsupported("it " + never);
  StringRef why = never.empty() ? whyNot(*reduction) : StringRef(never);
  if (!why.empty() && !named) {
    scope.note("is almost an adder layer, but " + why +
               (never.empty() ? "; hint: --adder-layers reads it as one" : ""));
    return Value();
  }

  Sizes shape =
      *broadcast(scope.shapeOf(differences.activations), scope.shapeOf(differences.weights));
  return createLayer(scope, differences, dims, shape);
}

//===----------------------------------------------------------------------===//
// Signs
//===----------------------------------------------------------------------===//

/// The negation that `value` is, moved by `moves`.
static tosa::NegateOp peelMovement(Value value, SmallVectorImpl<Operation *> &moves) {
  while (auto *op = value.getDefiningOp()) {
    if (!isa<tosa::ReshapeOp, tosa::TransposeOp>(op))
      break;
    moves.push_back(op);
    value = op->getOperand(0);
  }
  return value.getDefiningOp<tosa::NegateOp>();
}

Value findNegative(NodeScope &scope, Value value) {
  SmallVector<Operation *> moves;
  tosa::NegateOp negate = peelMovement(value, moves);
  if (!negate)
    return {};
  value = negate.getInput1();
  for (Operation *op : llvm::reverse(moves)) {
    if (auto transpose = dyn_cast<tosa::TransposeOp>(op))
      value = scope.transpose(value, Sizes(transpose.getPerms()));
    else
      value = scope.reshape(value, scope.shapeOf(op->getResult(0)));
  }
  return value;
}

bool isSumOfDifferences(Value value) {
  SmallVector<Operation *> moves;
  tosa::NegateOp negate = peelMovement(value, moves);
  return negate &&
         isa_and_nonnull<AdderConv2DOp, AdderLinearOp>(negate.getInput1().getDefiningOp());
}

} // namespace tally::onnx
