//===- OnnxScope.cpp - what a node's handler works with -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxImporter.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include <cmath>

using namespace mlir;

namespace tally::onnx {

void NodeScope::warnOfAdderBias() {
  emitWarning(location) << "node '" << node.name << "' (" << node.qualifiedType()
                        << "): an adder layer with a bias; hint: if the exporter folded batch "
                           "normalisation into the weights, they are no adder weights any more: "
                           "export without folding (torch.onnx.export: training="
                           "TrainingMode.PRESERVE, do_constant_folding=False)";
}

NodeScope::NodeScope(Importer &importer, const Node &node)
    : node(node), location(NameLoc::get(StringAttr::get(importer.module.getContext(), node.name),
                                        importer.fileLocation)),
      builder(importer.builder), importer(importer) {}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

InFlightDiagnostic NodeScope::report() {
  return emitError(location) << "node '" << node.name << "' (" << node.qualifiedType() << "): ";
}

LogicalResult NodeScope::unsupported(const Twine &why, const Twine &hint) {
  InFlightDiagnostic diagnostic = report() << "not supported: " << why;
  if (std::string text = hint.str(); !text.empty())
    diagnostic << "; hint: " << text;
  return failure();
}

void NodeScope::note(const Twine &what) {
  emitRemark(location) << "node '" << node.name << "' (" << node.qualifiedType() << ") " << what;
}

LogicalResult NodeScope::invalid(const Twine &why) { return report() << why; }

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

const Operand &NodeScope::input(size_t index) const {
  assert(hasInput(index) && "absent inputs must be tested before");
  return importer.values.find(node.inputs[index])->second;
}

LiteralRef NodeScope::knownConstant(size_t index) const {
  if (!hasInput(index))
    return nullptr;
  auto it = importer.values.find(node.inputs[index]);
  return it == importer.values.end() ? nullptr : it->second.literal;
}

bool NodeScope::isAdderLayer() {
  LiteralRef weight = knownConstant(1);
  return isAdderLayer(weight ? StringRef(weight->name) : "");
}

bool NodeScope::isUsed(size_t output) const {
  return output < node.outputs.size() && !node.outputs[output].empty() &&
         importer.usedValues.contains(node.outputs[output]);
}

LiteralRef NodeScope::constant(size_t index, StringRef what) {
  if (!hasInput(index)) {
    (void)invalid("requires the input '" + what + "'");
    return nullptr;
  }
  if (!input(index).isConstant())
    (void)unsupported("'" + what + "' is computed by the network",
                      "make it a constant, for instance with onnxsim");
  return input(index).literal;
}

LiteralRef NodeScope::floats(size_t index, StringRef what) {
  LiteralRef literal = constant(index, what);
  if (literal && !literal->isFloat) {
    (void)unsupported("'" + what + "' holds integers");
    return nullptr;
  }
  return literal;
}

LiteralRef NodeScope::ints(size_t index, StringRef what) {
  LiteralRef literal = constant(index, what);
  if (literal && literal->isFloat) {
    (void)invalid("requires '" + what + "' to hold integers");
    return nullptr;
  }
  return literal;
}

FailureOr<float> NodeScope::scalar(size_t index, StringRef what) {
  LiteralRef literal = floats(index, what);
  if (!literal)
    return failure();
  if (literal->size() != 1) {
    (void)invalid("requires '" + what + "' to have one element, but got " + Twine(literal->size()));
    return failure();
  }
  return literal->floats[0];
}

Value NodeScope::tensor(const Operand &operand, StringRef name) {
  if (!operand.isConstant())
    return operand.value;
  if (!operand.literal->isFloat || operand.literal->size() == 0) {
    (void)unsupported("its input '" + Twine(name) + "' " +
                          (operand.literal->isFloat ? "has no elements" : "holds integers"),
                      "only tensors of floats can be computed with");
    return {};
  }
  return parameter(onnx::transpose(*operand.literal, getStorageOrder(operand.rank())));
}

Value NodeScope::logicalTensor(const Operand &operand, StringRef name) {
  if (operand.isConstant() && operand.literal->isFloat && operand.literal->size() != 0)
    return parameter(*operand.literal);
  Value value = tensor(operand, name);
  return value ? toLogical(value) : value;
}

Value NodeScope::tensorOfRank(const Operand &operand, StringRef name, int64_t rank) {
  Sizes shape(rank - operand.rank(), 1);
  shape.append(operand.shape.begin(), operand.shape.end());
  if (operand.isConstant() && operand.literal->isFloat && operand.literal->size() != 0) {
    Literal literal = *operand.literal;
    literal.shape = shape;
    return parameter(onnx::transpose(literal, getStorageOrder(rank)));
  }
  Value value = tensor(operand, name);
  return !value || operand.rank() == rank ? value : toStorage(reshape(toLogical(value), shape));
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const Attribute *NodeScope::attribute(StringRef name) const {
  auto it = node.attributes.find(name.str());
  return it == node.attributes.end() ? nullptr : &it->second;
}

int64_t NodeScope::intAttribute(StringRef name, int64_t otherwise) const {
  const Attribute *found = attribute(name);
  return found ? found->integer : otherwise;
}

float NodeScope::floatAttribute(StringRef name, float otherwise) const {
  const Attribute *found = attribute(name);
  return found ? found->real : otherwise;
}

std::string NodeScope::stringAttribute(StringRef name, StringRef otherwise) const {
  const Attribute *found = attribute(name);
  return found ? found->string : otherwise.str();
}

std::optional<Sizes> NodeScope::intsAttribute(StringRef name) const {
  const Attribute *found = attribute(name);
  if (!found)
    return std::nullopt;
  return Sizes(found->ints.begin(), found->ints.end());
}

FailureOr<int64_t> NodeScope::axisAttribute(StringRef name, int64_t otherwise, int64_t rank) {
  int64_t axis = intAttribute(name, otherwise);
  if (auto normalized = normalizeAxis(axis, rank))
    return *normalized;
  (void)invalid("requires '" + name + "' within rank " + Twine(rank) + ", but got " + Twine(axis));
  return failure();
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

Value NodeScope::parameter(const Literal &literal) {
  assert(literal.isFloat && literal.size() != 0 && "parameters are floats");
  RankedTensorType type = tensorType(literal.shape);
  std::string name = literal.name.empty() ? node.name : literal.name;
  auto elements = makeElements<float>(type, literal.floats, name);
  return loadParameter(builder, location, addParameter(importer.module, name, type, elements));
}

/// The scale of each index along `axis`; one where all are equal, none where some index has
/// several.
static std::vector<double> getScalesAlong(const Literal &literal, int64_t axis) {
  int64_t count = literal.shape[axis], stride = getStrides(literal.shape)[axis];
  std::vector<double> scales(count, 0.0);
  for (auto [index, scale] : llvm::enumerate(literal.codes->scales)) {
    double &own = scales[int64_t(index) / stride % count];
    if (own != 0 && own != scale)
      return {};
    own = scale;
  }
  if (llvm::all_equal(scales))
    scales.resize(1);
  return scales;
}

Value NodeScope::filter(const Literal &literal, int64_t axis) {
  std::vector<double> scales;
  codesLostBy = literal.codesLostBy;
  if (literal.codes && literal.size() != 0) {
    scales = getScalesAlong(literal, axis);
    if (scales.empty())
      codesLostBy = node.name;
  }
  if (scales.empty())
    return parameter(literal);
  MLIRContext *context = builder.getContext();
  CodeRange range{literal.codes->lowest, literal.codes->highest};
  Type element = scales.size() == 1 ? Type(getUniformType(context, range, scales[0]))
                                    : Type(getPerAxisType(context, range, scales, axis));
  auto makeCodes = [&](auto tag) {
    std::vector<decltype(tag)> codes(literal.codes->codes.begin(), literal.codes->codes.end());
    auto storage = RankedTensorType::get(literal.shape, builder.getIntegerType(sizeof(tag) * 8));
    std::string name = literal.name.empty() ? node.name : literal.name;
    auto elements = makeElements<decltype(tag)>(storage, codes, name);
    return addParameter(importer.module, name, storage.clone(element), elements);
  };
  bool isNarrow = getStorageWidth(range) == 8;
  auto parameter = isNarrow ? makeCodes(int8_t()) : makeCodes(int16_t());
  Value codes = loadParameter(builder, location, parameter);
  return create<quant::DequantizeCastOp>(tensorType(literal.shape), codes);
}

void NodeScope::noteLostCodes(Operation *layer) {
  if (!codesLostBy.empty())
    layer->setAttr(TallyDialect::kCodesLostByAttr, builder.getStringAttr(codesLostBy));
}

Value NodeScope::splat(ArrayRef<int64_t> shape, float value) {
  auto type = tensorType(shape);
  return tosa::ConstOp::create(builder, location, type, DenseElementsAttr::get(type, value));
}

Value NodeScope::zeroPoint() { return importer.zeroPoint; }

Value NodeScope::shapeConstant(ArrayRef<int64_t> sizes) {
  return tosa::ConstShapeOp::create(builder, location,
                                    tosa::shapeType::get(builder.getContext(), sizes.size()),
                                    builder.getIndexTensorAttr(sizes));
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

LogicalResult NodeScope::setResult(Value stored, size_t index) {
  ArrayRef<int64_t> sizes = shapeOf(stored);
  if (!countElements(sizes))
    return unsupported("its result has too many elements or dimensions");
  Sizes shape(sizes.size());
  for (const auto &[dim, axis] : llvm::enumerate(getStorageOrder(sizes.size())))
    shape[axis] = sizes[dim];
  return forward({shape, stored, nullptr, std::nullopt}, index);
}

LogicalResult NodeScope::setCodes(Value stored, const LinearQuantizer &codes) {
  if (failed(setResult(stored)))
    return failure();
  Operand operand = importer.values[node.outputs[0]];
  operand.codes = codes;
  return forward(operand);
}

LogicalResult NodeScope::forward(const Operand &operand, size_t index) {
  if (index < node.outputs.size() && !node.outputs[index].empty())
    importer.values[node.outputs[index]] = operand;
  return success();
}

LogicalResult NodeScope::setConstant(Literal literal, size_t index) {
  if (!countElements(literal.shape))
    return unsupported("its result has too many elements or dimensions");
  // What is made of one initializer keeps its name; anything else is named
  // after the value.
  if (literal.name.empty())
    literal.name = node.outputs[index];
  Sizes shape = literal.shape;
  return forward(
      {shape, Value(), std::make_shared<const Literal>(std::move(literal)), std::nullopt}, index);
}

LogicalResult NodeScope::spendFolding(std::optional<int64_t> elements) {
  if (!elements || *elements > importer.foldingBudget)
    return unsupported("its constant result is too large, or takes too long to compute");
  importer.foldingBudget -= *elements;
  return success();
}

} // namespace tally::onnx
