//===- OnnxImporter.cpp - the walk over an ONNX graph ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxImporter.h"

#include "OnnxForms.h"
#include "OnnxNodeTable.h"
#include "OnnxQuantizeLinear.h"

#include "tally/IR/ImageFacts.h"
#include "tally/IR/Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace tally {
namespace onnx {

/// Folding may create this many elements, or four times those of the file.
constexpr int64_t kFoldingBudget = int64_t(1) << 24;

Importer::Importer(ModuleOp module, const Model &model, const OnnxImportOptions &options,
                   Location fileLocation)
    : module(module), model(model), fileLocation(fileLocation), builder(module.getContext()),
      adderPattern(options.adderLayers), logits(options.logits), ending(findEnding(model)) {
  if (!adderPattern.empty())
    adderLayers.emplace("^(" + adderPattern + ")$");
  int64_t elements = 0;
  for (const LiteralRef &literal : model.initializers)
    elements += literal->size();
  foldingBudget = std::max(kFoldingBudget, 4 * elements);
  for (const Node &node : model.nodes)
    for (const std::string &input : node.inputs)
      usedValues.insert(input);
  for (const std::string &output : model.outputs)
    usedValues.insert(output);
}

bool Importer::isAdderLayer(StringRef node, StringRef weight) {
  if (!adderLayers)
    return false;
  bool matches = adderLayers->match(node) || (!weight.empty() && adderLayers->match(weight));
  adderPatternMatched |= matches;
  return matches;
}

static Value createZero(OpBuilder &builder, Location location, Type element) {
  auto type = RankedTensorType::get({1}, element);
  auto zero = DenseElementsAttr::get(type, builder.getZeroAttr(element));
  return tosa::ConstOp::create(builder, location, type, zero);
}

void Importer::createOperandsOfTosa() {
  zeroPoint = createZero(builder, fileLocation, builder.getF32Type());
  mulShift = createZero(builder, fileLocation, builder.getI8Type());
}

void Importer::createFunction() {
  channelsLast = findChannelsLast(model);
  SmallVector<Type> types;
  for (const GraphInput &input : model.inputs) {
    Sizes order = getStorageOrder(input.shape.size());
    types.push_back(RankedTensorType::get(
        channelsLast.contains(input.name) ? input.shape : permute(input.shape, order),
        builder.getF32Type()));
  }
  builder.setInsertionPointToEnd(module.getBody());
  function =
      func::FuncOp::create(builder, fileLocation, "main", builder.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToEnd(entry);
  createOperandsOfTosa();
  for (const auto &[index, input] : llvm::enumerate(model.inputs)) {
    function.setArgAttr(index, TallyDialect::kNameAttr, builder.getStringAttr(input.name));
    Operand operand{input.shape, entry->getArgument(index), nullptr, std::nullopt};
    Node entryNode;
    entryNode.name = input.name;
    NodeScope scope(*this, entryNode);
    if (isIntegerCode(input.elementType)) {
      // Integers come as numbers, which are rounded.
      IntegerFormat format = *getIntegerFormat(input.elementType);
      auto type = builder.getIntegerType(format.bits, format.isSigned);
      function.setArgAttr(index, TallyDialect::kIntegerAttr, TypeAttr::get(type));
      operand.codes.emplace().elementType = input.elementType;
      operand.value = roundTo(scope, operand.value, *operand.codes);
    }
    if (channelsLast.contains(input.name))
      operand.value = scope.toStorage(operand.value);
    values[input.name] = operand;
  }
  for (const LiteralRef &literal : model.initializers)
    values[literal->name] = {literal->shape, Value(), literal, std::nullopt};
}

/// Refuses computed values that hold integers where `handler` cannot work with them.
static LogicalResult checkIntegers(NodeScope &scope, const NodeEntry &entry, Handler handler) {
  bool buildsOnIntegers = handler == entry.build && entry.integers != kRefusesIntegers;
  if (handler == entry.fold || handler == importIdentity)
    return success();
  for (size_t index = 0; index < scope.numInputs(); ++index) {
    if (!scope.hasInput(index) || !scope.input(index).codes)
      continue;
    if (!buildsOnIntegers)
      return scope.unsupported("its input '" + scope.node.inputs[index] + "' holds integers",
                               "put DequantizeLinear in front of it");
    if (entry.integers == kMovesIntegers && !scope.input(index).codes->isPerTensor())
      return scope.unsupported("it moves integers that have several scales",
                               "put DequantizeLinear in front of it");
  }
  return success();
}

/// What is said of a node whose operator has no entry.
static LogicalResult refuseUnknown(NodeScope &scope) {
  return scope.unsupported("no such operator in this importer", getHint(scope.node));
}

void Importer::reportUnknown() {
  for (const Node &node : model.nodes)
    if (NodeScope scope(*this, node); !findEntry(node))
      (void)refuseUnknown(scope);
}

LogicalResult Importer::build(NodeScope &scope, const NodeEntry &entry, bool allConstant) {
  const Node &node = scope.node;
  Handler handler = entry.build;
  if (logits && (ending.probabilities.contains(&node) || ending.behind.contains(&node)))
    handler = importIdentity;
  if (entry.fold && (allConstant || entry.foldsShapes || !entry.build))
    handler = entry.fold;
  if (mlir::failed(checkIntegers(scope, entry, handler)))
    return failure();
  if (handler != entry.build)
    return handler(scope);
  if (allConstant && !node.inputs.empty() && entry.integers != kOnIntegers)
    return foldByRunning(scope, handler);
  if (mlir::failed(build(node, handler)))
    return failure();
  if (entry.integers == kMovesIntegers && scope.input(0).codes)
    for (const std::string &output : node.outputs)
      if (auto it = values.find(output); it != values.end())
        it->second.codes = scope.input(0).codes;
  return success();
}

void Importer::importNode(const Node &node) {
  auto fail = [&](bool reported) {
    for (const std::string &output : node.outputs)
      if (!output.empty())
        failedValues.insert(output);
    if (!reported)
      return;
    failed = true;
    std::string type = node.qualifiedType();
    auto *entry = llvm::find_if(failedTypes, [&](auto &e) { return e.first == type; });
    if (entry == failedTypes.end())
      failedTypes.emplace_back(type, 1);
    else
      ++entry->second;
  };

  NodeScope scope(*this, node);
  const NodeEntry *entry = findEntry(node);
  if (!entry) {
    (void)refuseUnknown(scope);
    return fail(true);
  }
  if (mlir::failed(checkNode(scope, *entry)))
    return fail(true);

  bool allConstant = true;
  for (const std::string &input : node.inputs) {
    if (failedValues.contains(input))
      return fail(false);
    if (!input.empty())
      allConstant &= values[input].isConstant();
  }
  if (!entry->build && !allConstant && !entry->foldsShapes) {
    (void)scope.unsupported("no such operator in this importer, except of constants",
                            getHint(node));
    return fail(true);
  }
  if (mlir::failed(build(scope, *entry, allConstant)))
    return fail(true);
  for (const auto &[index, output] : llvm::enumerate(node.outputs))
    if (scope.isUsed(index) && !values.contains(output)) {
      (void)scope.unsupported("its output number " + Twine(index) + " is used");
      return fail(true);
    }
}

Value Importer::getResult(const std::string &name) {
  const Operand &operand = values[name];
  Node exit;
  exit.name = name;
  NodeScope scope(*this, exit);
  Value value = operand.value;
  if (operand.codes) {
    // Integers are returned as numbers.
    auto integers = asIntegers(scope, operand, name);
    if (mlir::failed(integers))
      return {};
    value = *integers;
  }
  if (!operand.isConstant())
    return channelsLast.contains(name) && operand.rank() == 4 ? scope.toLogical(value) : value;
  if (!operand.literal->isFloat || operand.literal->size() == 0) {
    emitError(fileLocation) << "output '" << name
                            << "' does not depend on the inputs and is no tensor of floats";
    return {};
  }
  Literal stored = transpose(*operand.literal, getStorageOrder(operand.rank()));
  auto type = RankedTensorType::get(stored.shape, builder.getF32Type());
  auto elements = makeElements<float>(type, stored.floats, name);
  return loadParameter(builder, fileLocation, addParameter(module, name, type, elements));
}

LogicalResult Importer::createReturn() {
  SmallVector<Value> results;
  for (const std::string &name : model.outputs) {
    results.push_back(getResult(name));
    if (!results.back())
      return failure();
  }
  func::ReturnOp::create(builder, fileLocation, results);
  function.setType(
      builder.getFunctionType(function.getArgumentTypes(), ValueRange(results).getTypes()));
  for (const auto &[index, name] : llvm::enumerate(model.outputs))
    function.setResultAttr(index, TallyDialect::kNameAttr, builder.getStringAttr(name));
  return success();
}

LogicalResult Importer::reportSummary() {
  unsigned count = 0;
  std::string list;
  for (auto &[type, times] : failedTypes) {
    count += times;
    list += (list.empty() ? "" : ", ") + type;
    if (times > 1)
      list += (" x " + Twine(times)).str();
  }
  return emitError(fileLocation) << count << " of " << model.nodes.size()
                                 << " nodes cannot be imported: " << list;
}

void Importer::reportEnding() {
  auto describe = [](const Node &node) {
    return "node '" + node.name + "' (" + node.qualifiedType() + ")";
  };
  for (const Node *node : ending.probabilities)
    if (!logits)
      emitRemark(NodeScope(*this, *node).location) << describe(*node)
                                                   << " ends the network; hint: --logits leaves it "
                                                      "out, which keeps the order of the classes "
                                                      "and returns what can be quantized";
  if (!logits || !ending.probabilities.empty())
    return;
  InFlightDiagnostic warning = emitWarning(fileLocation) << "--logits leaves nothing out: ";
  if (ending.inside)
    warning << describe(*ending.inside) << " does not end the network, " << describe(*ending.reader)
            << " computes with its result";
  else
    warning << "no Softmax, LogSoftmax or Sigmoid ends the network";
}

/// Layout changes that later ones made superfluous, and the parameters of
/// nodes that nothing uses.
static void eraseDead(ModuleOp module, func::FuncOp function) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  llvm::DenseSet<StringAttr> loaded;
  function.walk([&](ml_program::GlobalLoadConstOp load) {
    loaded.insert(load.getGlobalAttr().getLeafReference());
  });
  for (auto global : llvm::make_early_inc_range(module.getOps<ml_program::GlobalOp>()))
    if (!loaded.contains(global.getSymNameAttr()))
      global.erase();
}

LogicalResult Importer::run() {
  std::string reason;
  if (adderLayers && !adderLayers->isValid(reason))
    return emitError(fileLocation)
           << "adder layers: '" << adderPattern << "' is no regular expression: " << reason;
  createFunction();
  ParameterIndex parameters(module);
  for (const Node &node : model.nodes)
    importNode(node);
  if (failed)
    return reportSummary();
  if (adderLayers && !adderPatternMatched)
    return emitError(fileLocation)
           << "adder layers: '" << adderPattern
           << "' matches no Conv, Gemm or MatMul node, no sum of differences, and "
              "no weight of one";
  if (mlir::failed(createReturn()))
    return failure();
  reportEnding();
  eraseDead(module, function);
  parameters.forget();
  return verify(module);
}

} // namespace onnx

/// What the file says of its images.
static LogicalResult recordNormalisation(ModuleOp module, const onnx::Model &model) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return failure();
  if (!model.mean.empty() && getIntegerInput(*entry)) {
    entry->emitWarning() << "takes integers as they are: the file's metadata 'tally.mean' and "
                            "'tally.std' have no meaning";
    return success();
  }
  auto normalisation = chooseNormalisation(*entry, model.mean, model.std);
  if (failed(normalisation))
    return failure();
  if (*normalisation)
    setNormalisation(module, **normalisation);
  return success();
}

OwningOpRef<ModuleOp> importOnnx(StringRef path, MLIRContext &context,
                                 const OnnxImportOptions &options) {
  context.loadDialect<func::FuncDialect, ml_program::MLProgramDialect, quant::QuantDialect,
                      tosa::TosaDialect, TallyDialect>();
  Location location = FileLineColLoc::get(&context, path == "-" ? "<stdin>" : path, 0, 0);
  FailureOr<onnx::Model> model = onnx::loadModel(path, options, location);
  if (failed(model))
    return nullptr;
  OwningOpRef<ModuleOp> module = ModuleOp::create(location);
  (*module)->setAttr(TallyDialect::kStageAttr, StageAttr::get(&context, Stage::Imported));
  onnx::Importer importer(*module, *model, options, location);
  if (!model->complete)
    importer.reportUnknown();
  if (!model->complete || failed(importer.run()) || failed(recordNormalisation(*module, *model)))
    return nullptr;
  return module;
}

} // namespace tally
