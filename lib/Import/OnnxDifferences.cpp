//===- OnnxDifferences.cpp - adder layers in pieces -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxDifferences.h"

#include "OnnxDifferenceLayer.h"

#include "tally/IR/Parameters.h"

using namespace mlir;

namespace tally::onnx {

//===----------------------------------------------------------------------===//
// What is summed
//===----------------------------------------------------------------------===//

namespace {

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

/// What `value` is a difference of. Sums with constants are differences where their absolute values
/// are taken.
static std::optional<Differences> findDifferences(Value value, bool absolute) {
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
  if (isa<tosa::AddOp>(op) && !(absolute && isConstant(result.weights)))
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
  auto differences = findDifferences(value, result.of == Of::AbsoluteValues);
  if (!differences)
    return std::nullopt;
  result.differences = *differences;
  return result;
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

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
    (!ofFilter ? dims.positions : ofPosition ? dims.groups : dims.filters).push_back(dim);
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

/// Weights that are repeated along a dimension are listed there.
constexpr int64_t kMaxWeights = int64_t(1) << 28;

static int64_t sizeOf(NodeScope &scope, const Reduction &reduction, int64_t dim) {
  return std::max(scope.shapeOf(reduction.differences.activations)[dim],
                  scope.shapeOf(reduction.differences.weights)[dim]);
}

/// A dimension as ONNX counts it.
static std::string describe(NodeScope &scope, const Reduction &reduction, int64_t dim) {
  int64_t outer = llvm::find(reduction.order, dim) - reduction.order.begin();
  int64_t axis = getStorageOrder(reduction.order.size())[outer];
  return "dimension " + std::to_string(axis) + " of size " +
         std::to_string(sizeOf(scope, reduction, dim));
}

/// What makes it none whatever the options say; empty where nothing does.
static std::string whyNever(NodeScope &scope, const Reduction &reduction, const Dimensions &dims) {
  StringRef type = scope.node.opType;
  if (type == "ReduceMax" || type == "ReduceMin")
    return (Twine("takes the ") + (type == "ReduceMax" ? "largest" : "smallest") +
            " of the differences, where an adder layer sums them")
        .str();
  if (!isConstant(reduction.differences.weights))
    return "takes differences of two computed values, where an adder layer has constant weights";
  if (!dims.repeatedActivations.empty())
    return "sums over " + describe(scope, reduction, dims.repeatedActivations[0]) +
           ", along which the weights differ alone, where an adder layer's inputs differ too";
  int64_t numWeights = 1;
  for (const Sizes &sizes : {dims.groups, dims.filters, dims.terms})
    for (int64_t dim : sizes)
      numWeights *= sizeOf(scope, reduction, dim);
  if (numWeights > kMaxWeights)
    return "has " + std::to_string(numWeights) + " weights, more than " +
           std::to_string(kMaxWeights);
  return "";
}

/// What makes it none unless the options say that it is one.
static StringRef whyNot(const Reduction &reduction) {
  switch (reduction.of) {
  case Reduction::Of::AbsoluteValues:
    return "";
  case Reduction::Of::Differences:
    return "sums the differences, as torch.onnx writes torch.cdist with p = 1, where an adder "
           "layer sums their absolute values";
  case Reduction::Of::Squares:
    return "squares the differences, where an adder layer takes their absolute values";
  case Reduction::Of::Powers:
    return "takes powers of the differences, where an adder layer takes their absolute values";
  }
  llvm_unreachable("all of them are above");
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
  std::string why = whyNever(scope, *reduction, dims);
  bool never = !why.empty();
  if (!never && !named)
    why = whyNot(*reduction).str();
  if (why.empty()) {
    if (Value layer = createLayer(scope, differences, dims))
      return layer;
    never = true;
    why = "keeps " + describe(scope, *reduction, dims.groups[0]) +
          ", along which inputs and weights differ both, and which are no groups of channels";
  }
  if (named)
    return scope.unsupported("it " + why);
  scope.note("is almost an adder layer, but " + why +
             (never ? "" : "; hint: --adder-layers reads it as one"));
  return Value();
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
