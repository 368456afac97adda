//===- OnnxForms.cpp - nodes imported in another form ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxForms.h"

#include "OnnxNodeTable.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace tally::onnx {

//===----------------------------------------------------------------------===//
// Which nodes
//===----------------------------------------------------------------------===//

bool isElementwise(const Node &node) {
  return llvm::StringSwitch<bool>(node.qualifiedType())
      .Cases({"Relu",
              "Clip",
              "LeakyRelu",
              "PRelu",
              "HardSigmoid",
              "HardSwish",
              "Sigmoid",
              "Tanh",
              "Abs",
              "Neg",
              "Floor",
              "Ceil",
              "Exp",
              "Log",
              "Sqrt",
              "Reciprocal",
              "Add",
              "Sub",
              "Mul",
              "Div",
              "Pow",
              "Sum",
              "Mean",
              "Max",
              "Min",
              "QuantizeLinear",
              "ai.tally::PotQuant",
              "com.microsoft::QLinearAdd",
              "com.microsoft::QLinearMul",
              "com.microsoft::QLinearLeakyRelu",
              "com.microsoft::QLinearSigmoid",
              "qonnx.custom_op.general::Quant",
              "qonnx.custom_op.general::BipolarQuant",
              "qonnx.custom_op.general::Trunc"},
             true)
      .Default(false);
}

bool isLayerOfWindows(const Node &node) {
  StringRef type = node.opType;
  return llvm::StringSwitch<bool>(type)
      .Cases({"Conv", "AdderConv", "adder_f", "QLinearConv", "ConvInteger", "BatchNormalization",
              "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool",
              "QLinearAveragePool", "QLinearGlobalAveragePool"},
             true)
      .Default(false);
}

//===----------------------------------------------------------------------===//
// Images with channels last
//===----------------------------------------------------------------------===//

static LiteralRef findLiteral(const Model &model, StringRef name) {
  for (const LiteralRef &literal : model.initializers)
    if (literal->name == name)
      return literal;
  for (const Node &node : model.nodes)
    if (node.opType == "Constant" && node.outputs[0] == name && !node.attributes.empty())
      return node.attributes.begin()->second.tensor;
  return nullptr;
}

static bool transposesBy(const Node &node, const std::vector<int64_t> &order) {
  auto perm = node.attributes.find("perm");
  return node.opType == "Transpose" && perm != node.attributes.end() && perm->second.ints == order;
}

/// Whether `node` makes [N, C, H, W] of [N, H, W, C]; with one channel that is a Reshape.
static bool bringsChannelsToFront(const Model &model, const Node &node, ArrayRef<int64_t> shape) {
  if (node.opType != "Reshape" || node.inputs.size() < 2 || shape[3] != 1)
    return transposesBy(node, {0, 3, 1, 2});
  LiteralRef target = findLiteral(model, node.inputs[1]);
  return target && !target->isFloat && target->size() == 4 &&
         ArrayRef<int64_t>(target->ints).drop_front() == ArrayRef<int64_t>({1, shape[1], shape[2]});
}

/// Whether elements keep their places.
static bool keepsPlaces(const Node &node) {
  return isElementwise(node) || node.opType == "Identity" || node.opType == "Cast" ||
         node.opType == "DequantizeLinear" || node.opType == "Dropout";
}

static bool comesChannelsLast(const Model &model, const GraphInput &input) {
  llvm::StringSet<> images;
  images.insert(input.name);
  bool toFront = false;
  for (const Node &node : model.nodes) {
    if (llvm::none_of(node.inputs, [&](const std::string &name) { return images.contains(name); }))
      continue;
    if (keepsPlaces(node))
      images.insert(node.outputs[0]);
    else if (bringsChannelsToFront(model, node, input.shape))
      toFront = true;
    else if (isLayerOfWindows(node))
      return false;
  }
  return toFront;
}

static bool leavesChannelsLast(const llvm::StringMap<const Node *> &producers, StringRef output) {
  const Node *node = producers.lookup(output);
  while (node && keepsPlaces(*node)) {
    const Node *next = nullptr;
    for (const std::string &input : node->inputs)
      if (!next)
        next = producers.lookup(input);
    node = next;
  }
  return node && transposesBy(*node, {0, 2, 3, 1});
}

llvm::StringSet<> findChannelsLast(const Model &model) {
  llvm::StringSet<> result;
  for (const GraphInput &input : model.inputs)
    if (input.shape.size() == 4 && comesChannelsLast(model, input))
      result.insert(input.name);
  llvm::StringMap<const Node *> producers;
  for (const Node &node : model.nodes)
    if (node.opType != "Constant")
      for (const std::string &output : node.outputs)
        producers[output] = &node;
  for (const std::string &output : model.outputs)
    if (leavesChannelsLast(producers, output))
      result.insert(output);
  return result;
}

//===----------------------------------------------------------------------===//
// Other operands for a while
//===----------------------------------------------------------------------===//

namespace {
/// Operands that stand for others until the end of its life.
class Substitutes {
public:
  explicit Substitutes(llvm::StringMap<Operand> &values) : values(values) {}
  ~Substitutes() {
    for (auto &[name, operand] : saved)
      values[name] = operand;
  }
  void set(const std::string &name, Operand operand) {
    saved.emplace_back(name, values[name]);
    values[name] = std::move(operand);
  }

private:
  llvm::StringMap<Operand> &values;
  SmallVector<std::pair<std::string, Operand>> saved;
};
} // namespace

/// ONNX's shape of what is stored as `sizes`.
static Sizes getLogicalShape(ArrayRef<int64_t> sizes) {
  return permute(sizes, invertPermutationVector(getStorageOrder(sizes.size())));
}

//===----------------------------------------------------------------------===//
// Elementwise operations behind a transpose
//===----------------------------------------------------------------------===//

/// The transpose that every computed input of `node` comes from.
std::optional<Sizes> Importer::findCommonTranspose(const Node &node) {
  std::optional<Sizes> common;
  for (const std::string &input : node.inputs) {
    if (input.empty() || values[input].isConstant())
      continue;
    auto op = values[input].value.getDefiningOp<tosa::TransposeOp>();
    if (!op || (common && *common != Sizes(op.getPerms().begin(), op.getPerms().end())))
      return std::nullopt;
    common = Sizes(op.getPerms().begin(), op.getPerms().end());
  }
  for (const auto &[index, input] : llvm::enumerate(node.inputs)) {
    const Operand &operand = values[input];
    if (!common || input.empty() || !operand.isConstant())
      continue;
    // Of a quantizer, several scales belong to a dimension that it names.
    bool fits = operand.literal->size() == 1 ||
                (operand.rank() <= int64_t(common->size()) && node.opType != "QuantizeLinear");
    if (!fits)
      return std::nullopt;
  }
  return common;
}

/// f(transpose(x)) as transpose(f(x)), so that the transpose can meet another one.
LogicalResult Importer::buildBeforeTranspose(const Node &node, ArrayRef<int64_t> perms,
                                             BuildFunction build) {
  int64_t rank = perms.size();
  Sizes storage = getStorageOrder(rank), axes(rank), inverse(invertPermutationVector(storage));
  for (int64_t axis = 0; axis < rank; ++axis)
    axes[storage[perms[inverse[axis]]]] = axis;
  NodeScope scope(*this, node);
  {
    Substitutes substitutes(values);
    llvm::StringSet<> seen;
    for (const std::string &input : node.inputs) {
      if (input.empty() || !seen.insert(input).second)
        continue;
      Operand operand = values[input];
      if (!operand.isConstant()) {
        operand.value = operand.value.getDefiningOp<tosa::TransposeOp>().getInput1();
        operand.shape = getLogicalShape(scope.shapeOf(operand.value));
      } else if (operand.literal->size() != 1) {
        Literal literal = *operand.literal;
        literal.shape.insert(literal.shape.begin(), rank - literal.rank(), 1);
        literal = onnx::transpose(literal, axes);
        operand.shape = literal.shape;
        operand.literal = std::make_shared<const Literal>(std::move(literal));
      }
      substitutes.set(input, operand);
    }
    if (mlir::failed(build(scope)))
      return failure();
  }
  Operand result = values[node.outputs[0]];
  result.value = scope.transpose(result.value, perms);
  result.shape = getLogicalShape(scope.shapeOf(result.value));
  return scope.forward(result);
}

//===----------------------------------------------------------------------===//
// Layers of one dimension
//===----------------------------------------------------------------------===//

/// The attributes that say something of each dimension of the window, for one dimension more.
static LogicalResult widenAttributes(NodeScope &scope, Node &node) {
  for (const char *name :
       {"kernel_shape", "strides", "dilations", "pads", "output_padding", "output_shape"}) {
    auto it = node.attributes.find(name);
    if (it == node.attributes.end())
      continue;
    std::vector<int64_t> &ints = it->second.ints;
    size_t count = StringRef(name) == "pads" ? 2 : 1;
    if (ints.size() != count)
      return scope.invalid("requires " + Twine(count) + " number" + (count == 1 ? "" : "s") +
                           " in '" + name + "', but got " + Twine(ints.size()));
    if (count == 2)
      ints = {0, ints[0], 0, ints[1]};
    else
      ints.insert(ints.begin(), StringRef(name) == "output_padding" ? 0 : 1);
  }
  return success();
}

/// A weight [F, C, K] as [F, C, 1, K].
static Operand widenWeight(const Operand &operand) {
  Literal literal = *operand.literal;
  literal.shape.insert(literal.shape.begin() + 2, 1);
  Operand wide = operand;
  wide.shape = literal.shape;
  wide.literal = std::make_shared<const Literal>(std::move(literal));
  return wide;
}

/// A layer on [N, C, L] as one on [N, C, 1, L].
LogicalResult Importer::buildAsImages(const Node &node, BuildFunction build) {
  Node wide = node;
  NodeScope narrowScope(*this, node), scope(*this, wide);
  if (mlir::failed(widenAttributes(narrowScope, wide)))
    return failure();
  {
    Substitutes substitutes(values);
    Operand image = values[node.inputs[0]];
    // Channels last already, where a layer of this kind made it.
    Value given = scope.tensor(image, node.inputs[0]);
    if (!given)
      return failure();
    Value lines = scope.transpose(given, {0, 2, 1});
    ArrayRef<int64_t> sizes = scope.shapeOf(lines);
    image.value = scope.reshape(lines, {sizes[0], 1, sizes[1], sizes[2]});
    image.shape.insert(image.shape.begin() + 2, 1);
    image.literal = nullptr;
    substitutes.set(node.inputs[0], image);
    size_t weight = node.opType == "QLinearConv" ? 3 : 1;
    bool hasWeight = node.opType != "BatchNormalization" &&
                     !StringRef(node.opType).contains("Pool") && weight < node.inputs.size();
    if (hasWeight && values[node.inputs[weight]].isConstant() &&
        values[node.inputs[weight]].rank() == 3)
      substitutes.set(node.inputs[weight], widenWeight(values[node.inputs[weight]]));
    if (mlir::failed(build(scope)))
      return failure();
  }
  Operand result = values[node.outputs[0]];
  ArrayRef<int64_t> sizes = scope.shapeOf(result.value);
  Value lines = scope.reshape(result.value, {sizes[0], sizes[2], sizes[3]});
  result.value = scope.transpose(lines, {0, 2, 1});
  result.shape = Sizes(scope.shapeOf(result.value));
  return scope.forward(result);
}

//===----------------------------------------------------------------------===//
// By another operator
//===----------------------------------------------------------------------===//

FailureOr<Operand> NodeScope::compute(StringRef opType, ArrayRef<Operand> operands,
                                      const std::map<std::string, Attribute> &attributes) {
  Node other;
  other.name = node.name;
  other.opType = opType.str();
  other.outputs = {node.outputs[0]};
  other.attributes = attributes;
  for (const Operand &operand : operands) {
    std::string name = node.name + ".operand";
    while (importer.values.contains(name))
      name += "'";
    importer.values[name] = operand;
    other.inputs.push_back(name);
  }
  const NodeEntry *entry = findEntry(other);
  assert(entry && entry->build && "only operators that are imported compute");
  NodeScope scope(importer, other);
  bool built =
      succeeded(checkNode(scope, *entry)) && succeeded(importer.build(other, entry->build));
  for (const std::string &input : other.inputs)
    importer.values.erase(input);
  if (!built)
    return failure();
  return importer.values[node.outputs[0]];
}

LogicalResult Importer::build(const Node &node, BuildFunction build) {
  if (isLayerOfWindows(node) && values[node.inputs[0]].rank() == 3)
    return buildAsImages(node, build);
  if (isElementwise(node))
    if (std::optional<Sizes> perms = findCommonTranspose(node))
      return buildBeforeTranspose(node, *perms, build);
  NodeScope scope(*this, node);
  return build(scope);
}

} // namespace tally::onnx
