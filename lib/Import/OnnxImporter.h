//===- OnnxImporter.h - from ONNX nodes to operations -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The state of one import, and the view that a node's handler has of it.
// Handlers stand in the table of OnnxNodeTable.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IMPORT_ONNXIMPORTER_H
#define TALLY_LIB_IMPORT_ONNXIMPORTER_H

#include "OnnxEnding.h"
#include "OnnxModel.h"

#include "tally/IR/Tally.h"
#include "tally/Import/Onnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Regex.h"

namespace tally::onnx {

/// What integers of an ONNX element type stand for: (integer - zero) * scale.
struct LinearQuantizer {
  int64_t elementType = kInt32Code;
  /// One each, or one each for every index of ONNX's dimension `axis`.
  std::vector<double> scales = {1};
  std::vector<int64_t> zeros = {0};
  int64_t axis = -1;

  bool isPerTensor() const { return axis < 0; }
  bool operator==(const LinearQuantizer &other) const {
    return elementType == other.elementType && scales == other.scales && zeros == other.zeros &&
           axis == other.axis;
  }
  bool operator!=(const LinearQuantizer &other) const { return !(*this == other); }
};

/// A value of the ONNX graph: a constant, or a tensor of f32 that the network
/// computes. `shape` is the one in ONNX's order; `value` is NHWC at rank 4.
struct Operand {
  Sizes shape;
  mlir::Value value;
  LiteralRef literal;
  /// Of a computed value that holds integers in ONNX: `value` holds the reals that
  /// they stand for by this quantizer.
  std::optional<LinearQuantizer> codes;

  bool isConstant() const { return bool(literal); }
  int64_t rank() const { return shape.size(); }
};

/// The order in which values of `rank` are stored: dimension d in memory is
/// ONNX's dimension `getStorageOrder(rank)[d]`.
Sizes getStorageOrder(int64_t rank);

/// The dimension in memory of ONNX's dimension `axis`.
int64_t getStorageAxis(int64_t axis, int64_t rank);

/// `sizes[order[d]]` for every d.
Sizes permute(llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> order);

class NodeScope;
struct NodeEntry;

/// The state of one import.
class Importer {
public:
  Importer(mlir::ModuleOp module, const Model &model, const OnnxImportOptions &options,
           mlir::Location fileLocation);

  /// Builds `@main`. Reports all nodes that cannot be imported.
  mlir::LogicalResult run();
  /// Of a model that is not complete: reports the nodes whose operators there are not.
  void reportUnknown();

private:
  friend class NodeScope;

  void createFunction();
  mlir::LogicalResult createReturn();
  /// What is returned for the output `name`; null with a message where it cannot be.
  mlir::Value getResult(const std::string &name);
  /// Imports `node`, or reports why not and marks its results as failed.
  void importNode(const Node &node);
  /// By what its entry says, where no input is refused. `allConstant`: whether all are constants.
  mlir::LogicalResult build(NodeScope &scope, const NodeEntry &entry, bool allConstant);
  using BuildFunction = mlir::LogicalResult (*)(NodeScope &scope);
  /// `build` of the node, on operands in another order or of higher rank where that is a form
  /// that layers have.
  mlir::LogicalResult build(const Node &node, BuildFunction build);
  std::optional<Sizes> findCommonTranspose(const Node &node);
  mlir::LogicalResult buildBeforeTranspose(const Node &node, llvm::ArrayRef<int64_t> perms,
                                           BuildFunction build);
  /// What `handler` makes of constants alone, as constants.
  mlir::LogicalResult foldByRunning(NodeScope &scope, BuildFunction handler);
  /// The operands that operations have for integers only.
  void createOperandsOfTosa();
  mlir::LogicalResult buildAsImages(const Node &node, BuildFunction build);
  mlir::LogicalResult reportSummary();
  /// What is left out of the network's end, or could be.
  void reportEnding();
  /// Of the node, or of its weight.
  bool isAdderLayer(llvm::StringRef node, llvm::StringRef weight);

  mlir::ModuleOp module;
  const Model &model;
  mlir::Location fileLocation;
  mlir::OpBuilder builder;
  mlir::func::FuncOp function;
  llvm::StringMap<Operand> values;
  /// Inputs and outputs in ONNX's order, which is that of images here.
  llvm::StringSet<> channelsLast;
  /// Results of nodes that were reported; what uses them is skipped.
  llvm::StringSet<> failedValues;
  /// Values that some node or the graph's outputs use.
  llvm::StringSet<> usedValues;
  /// Reported nodes by operator type, in order of appearance.
  llvm::SmallVector<std::pair<std::string, unsigned>> failedTypes;
  bool failed = false;
  std::optional<llvm::Regex> adderLayers;
  std::string adderPattern;
  bool adderPatternMatched = false;
  bool logits = false;
  Ending ending;
  /// Operands that TOSA asks for and floats do not use; once each, on top.
  mlir::Value zeroPoint, mulShift;
  /// How many elements constant folding may still create, or take the time for.
  int64_t foldingBudget;
};

/// One node during its import: inputs, attributes, error messages, and the
/// construction of operations with the node's name and location.
class NodeScope {
public:
  NodeScope(Importer &importer, const Node &node);
  /// Of another node, in the course of importing that of `scope`.
  NodeScope(const NodeScope &scope, const Node &node) : NodeScope(scope.importer, node) {}

  const Node &node;
  const mlir::Location location;
  mlir::OpBuilder &builder;

  int64_t opset() const { return importer.model.opset; }

  //===--------------------------------------------------------------------===//
  // Messages; each returns failure
  //===--------------------------------------------------------------------===//

  /// "not supported: <why>; hint: <hint>".
  mlir::LogicalResult unsupported(const llvm::Twine &why, const llvm::Twine &hint = "");
  /// The model is wrong: "requires ..., but got ...".
  mlir::LogicalResult invalid(const llvm::Twine &why);
  /// "node '...' (...) <what>", to be read and not to be mended.
  void note(const llvm::Twine &what);
  /// What exporters that fold batch normalisation into weights leave of an adder layer.
  void warnOfAdderBias();

  //===--------------------------------------------------------------------===//
  // Inputs
  //===--------------------------------------------------------------------===//

  size_t numInputs() const { return node.inputs.size(); }
  bool hasInput(size_t index) const {
    return index < node.inputs.size() && !node.inputs[index].empty();
  }
  /// Must be present.
  const Operand &input(size_t index) const;
  /// The input where it is a constant, else null.
  LiteralRef knownConstant(size_t index) const;
  /// Whether anything uses the result.
  bool isUsed(size_t output) const;

  /// A constant input, null with a message where it is not one. `what` names
  /// it in messages. Absent inputs must be tested before.
  LiteralRef constant(size_t index, llvm::StringRef what);
  LiteralRef floats(size_t index, llvm::StringRef what);
  LiteralRef ints(size_t index, llvm::StringRef what);
  mlir::FailureOr<float> scalar(size_t index, llvm::StringRef what);

  /// The input as tensor of f32 in memory order; constants become parameters.
  /// Null with a message where the input holds integers or no elements.
  mlir::Value tensor(size_t index) { return tensor(input(index), node.inputs[index]); }
  mlir::Value tensor(const Operand &operand, llvm::StringRef name);
  /// As above, in ONNX's order.
  mlir::Value logicalTensor(size_t index) {
    return logicalTensor(input(index), node.inputs[index]);
  }
  mlir::Value logicalTensor(const Operand &operand, llvm::StringRef name);

  //===--------------------------------------------------------------------===//
  // Attributes; the table has checked their kinds
  //===--------------------------------------------------------------------===//

  const Attribute *attribute(llvm::StringRef name) const;
  int64_t intAttribute(llvm::StringRef name, int64_t otherwise) const;
  float floatAttribute(llvm::StringRef name, float otherwise) const;
  std::string stringAttribute(llvm::StringRef name, llvm::StringRef otherwise) const;
  /// Nothing where it is absent.
  std::optional<Sizes> intsAttribute(llvm::StringRef name) const;
  /// An int attribute `name` within the input's rank, counted from the front.
  mlir::FailureOr<int64_t> axisAttribute(llvm::StringRef name, int64_t otherwise, int64_t rank);

  /// Whether the import's options make this node, with its second input or the parameter `weight`
  /// as weights, an adder layer.
  bool isAdderLayer();
  bool isAdderLayer(llvm::StringRef weight) { return importer.isAdderLayer(node.name, weight); }

  //===--------------------------------------------------------------------===//
  // Operations
  //===--------------------------------------------------------------------===//

  template <typename OpTy, typename... Args> mlir::Value create(Args &&...args) {
    auto op = OpTy::create(builder, location, std::forward<Args>(args)...);
    op->setAttr(TallyDialect::kNameAttr, builder.getStringAttr(node.name));
    return op->getResult(0);
  }

  mlir::RankedTensorType tensorType(llvm::ArrayRef<int64_t> shape) const {
    return mlir::RankedTensorType::get(shape, builder.getF32Type());
  }
  llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) const {
    return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
  }

  /// A parameter in the order it has, loaded.
  mlir::Value parameter(const Literal &literal);
  /// The same for a filter with the output channels in dimension `axis`: where it has codes, of
  /// one scale for each channel, the parameter holds them, and they are dequantized.
  mlir::Value filter(const Literal &literal, int64_t axis);
  /// The node that lost the codes of the last `filter`, noted on `layer`; nothing where it has
  /// them, or never had any.
  void noteLostCodes(mlir::Operation *layer);
  /// A `tosa.const` with one value everywhere.
  mlir::Value splat(llvm::ArrayRef<int64_t> shape, float value);
  /// The zero point operand of operations on floats.
  mlir::Value zeroPoint();
  mlir::Value shapeConstant(llvm::ArrayRef<int64_t> sizes);

  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  /// Dimension d of the result is dimension `order[d]` of `value`. A reshape where only
  /// dimensions of size 1 move; undoes an earlier transpose where it can, through what moves
  /// elements between them.
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> order);
  mlir::Value slice(mlir::Value value, llvm::ArrayRef<int64_t> start, llvm::ArrayRef<int64_t> size);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> values, int64_t axis);
  /// The elements `indices` of dimension `axis`; a slice where they follow each other.
  mlir::Value take(mlir::Value value, llvm::ArrayRef<int64_t> indices, int64_t axis);
  mlir::Value multiply(mlir::Value a, mlir::Value b);
  mlir::Value clamp(mlir::Value value, float low, float high);
  /// `bias` [F] on every element of the last dimension, as tally.channel_affine.
  mlir::Value addBias(mlir::Value value, const Literal &bias);
  /// `operand` in memory order, with leading dimensions of size 1 up to `rank`.
  mlir::Value tensorOfRank(const Operand &operand, llvm::StringRef name, int64_t rank);
  /// What the standard operator `opType` makes of `operands`.
  mlir::FailureOr<Operand> compute(llvm::StringRef opType, llvm::ArrayRef<Operand> operands,
                                   const std::map<std::string, Attribute> &attributes = {});
  /// From memory order to ONNX's order and back.
  mlir::Value toLogical(mlir::Value value);
  mlir::Value toStorage(mlir::Value value);

  //===--------------------------------------------------------------------===//
  // Results
  //===--------------------------------------------------------------------===//

  /// The tensor in memory order becomes output `index`.
  mlir::LogicalResult setResult(mlir::Value stored, size_t index = 0);
  /// The same for reals that stand for integers.
  mlir::LogicalResult setCodes(mlir::Value stored, const LinearQuantizer &codes);
  mlir::LogicalResult setLogicalResult(mlir::Value logical, size_t index = 0) {
    return setResult(toStorage(logical), index);
  }
  /// Output `index` is the operand itself.
  mlir::LogicalResult forward(const Operand &operand, size_t index = 0);
  mlir::LogicalResult setConstant(Literal literal, size_t index = 0);
  /// What `build` makes of constants, as constants.
  mlir::LogicalResult foldByRunning(mlir::LogicalResult (*build)(NodeScope &scope)) {
    return importer.foldByRunning(*this, build);
  }
  /// Whether folding may create `elements` more; a message where not.
  mlir::LogicalResult spendFolding(std::optional<int64_t> elements);

private:
  /// The transpose of `value`, which is put together from what was transposed the other way; null
  /// where it is not.
  mlir::Value transposeMoved(mlir::Value value, llvm::ArrayRef<int64_t> order, int depth);
  mlir::InFlightDiagnostic report();
  Importer &importer;
  std::string codesLostBy;
};

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXIMPORTER_H
