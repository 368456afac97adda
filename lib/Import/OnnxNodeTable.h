//===- OnnxNodeTable.h - from operator types to handlers --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_IMPORT_ONNXNODETABLE_H
#define TALLY_LIB_IMPORT_ONNXNODETABLE_H

#include "OnnxImporter.h"

namespace tally::onnx {

using Handler = mlir::LogicalResult (*)(NodeScope &scope);

/// What an operator makes of computed values that hold integers.
enum IntegerUse {
  kRefusesIntegers,
  /// Its results are elements of its first input.
  kMovesIntegers,
  /// Its handler looks at `Operand::codes`.
  kOnIntegers,
};

struct NodeEntry {
  /// For the standard operators without a domain. "*::" stands for any domain.
  const char *type;
  unsigned minInputs, maxInputs;
  /// Kind letter and name of each attribute: i int, f float, s string, I ints,
  /// F floats, t tensor.
  const char *attributes;
  /// Builds operations; null where the operator is for constants only.
  Handler build;
  /// Computes the result when all inputs are constants; may be null.
  Handler fold;
  /// The result follows from the inputs' shapes, so `fold` serves all inputs.
  bool foldsShapes = false;
  /// Refuses what attributes, uses and constants alone decide, for nodes after a
  /// refused one as well; may be null. Must not look at other inputs.
  Handler check = nullptr;
  IntegerUse integers = kRefusesIntegers;
};

/// The entry of an operator, or null.
const NodeEntry *findEntry(const Node &node);

/// What would help with an operator that has no entry; may be empty.
llvm::StringRef getHint(const Node &node);

/// Checks the node's inputs and attributes against its entry.
mlir::LogicalResult checkNode(NodeScope &scope, const NodeEntry &entry);

// What needs no inputs
mlir::LogicalResult checkConv(NodeScope &scope);
mlir::LogicalResult checkBatchNorm(NodeScope &scope);
mlir::LogicalResult checkPool(NodeScope &scope);
mlir::LogicalResult checkDropout(NodeScope &scope);
mlir::LogicalResult checkPad(NodeScope &scope);

// Layers
mlir::LogicalResult importConv(NodeScope &scope);
mlir::LogicalResult importAdderConv(NodeScope &scope);
mlir::LogicalResult importConvTranspose(NodeScope &scope);
mlir::LogicalResult importGemm(NodeScope &scope);
mlir::LogicalResult importMatMul(NodeScope &scope);
mlir::LogicalResult importBatchNorm(NodeScope &scope);

// Pooling and reductions
mlir::LogicalResult importMaxPool(NodeScope &scope);
mlir::LogicalResult importAveragePool(NodeScope &scope);
mlir::LogicalResult importGlobalPool(NodeScope &scope);
mlir::LogicalResult importReduce(NodeScope &scope);

// Elementwise
mlir::LogicalResult importUnary(NodeScope &scope);
mlir::LogicalResult importFunction(NodeScope &scope);
mlir::LogicalResult importRelu(NodeScope &scope);
mlir::LogicalResult importClip(NodeScope &scope);
mlir::LogicalResult importLeakyRelu(NodeScope &scope);
mlir::LogicalResult importPRelu(NodeScope &scope);
mlir::LogicalResult importHardSigmoid(NodeScope &scope);
mlir::LogicalResult importHardSwish(NodeScope &scope);
mlir::LogicalResult importBinary(NodeScope &scope);
mlir::LogicalResult importVariadic(NodeScope &scope);
mlir::LogicalResult importSoftmax(NodeScope &scope);

// Shapes and data movement
mlir::LogicalResult importIdentity(NodeScope &scope);
mlir::LogicalResult importDropout(NodeScope &scope);
mlir::LogicalResult importCast(NodeScope &scope);
mlir::LogicalResult importConcat(NodeScope &scope);
mlir::LogicalResult importPad(NodeScope &scope);
mlir::LogicalResult importReshape(NodeScope &scope);
mlir::LogicalResult importTranspose(NodeScope &scope);
mlir::LogicalResult importSlice(NodeScope &scope);
mlir::LogicalResult importSplit(NodeScope &scope);
mlir::LogicalResult importGather(NodeScope &scope);
mlir::LogicalResult importExpand(NodeScope &scope);
mlir::LogicalResult importTile(NodeScope &scope);
mlir::LogicalResult importDepthToSpace(NodeScope &scope);
mlir::LogicalResult importSpaceToDepth(NodeScope &scope);
mlir::LogicalResult importResize(NodeScope &scope);

// Quantizers
mlir::LogicalResult importPotQuant(NodeScope &scope);
mlir::LogicalResult foldPotQuant(NodeScope &scope);
mlir::LogicalResult importQuantizeLinear(NodeScope &scope);
mlir::LogicalResult foldQuantizeLinear(NodeScope &scope);
mlir::LogicalResult checkQuantizeLinear(NodeScope &scope);
mlir::LogicalResult importDequantizeLinear(NodeScope &scope);

mlir::LogicalResult importQuant(NodeScope &scope);
mlir::LogicalResult foldQuant(NodeScope &scope);
mlir::LogicalResult importBipolarQuant(NodeScope &scope);
mlir::LogicalResult foldBipolarQuant(NodeScope &scope);
mlir::LogicalResult importTrunc(NodeScope &scope);

// Integers
mlir::LogicalResult importQLinearBinary(NodeScope &scope);
mlir::LogicalResult importQLinearUnary(NodeScope &scope);
mlir::LogicalResult importQLinearConcat(NodeScope &scope);
mlir::LogicalResult importQGemm(NodeScope &scope);
mlir::LogicalResult importQLinearConv(NodeScope &scope);
mlir::LogicalResult importQLinearMatMul(NodeScope &scope);
mlir::LogicalResult importConvInteger(NodeScope &scope);
mlir::LogicalResult importMatMulInteger(NodeScope &scope);
mlir::LogicalResult importIntegerSum(NodeScope &scope);
mlir::LogicalResult importIntegerClip(NodeScope &scope);
mlir::LogicalResult foldClip(NodeScope &scope);
mlir::LogicalResult importBitShift(NodeScope &scope);
mlir::LogicalResult foldBitShift(NodeScope &scope);

// Constants
mlir::LogicalResult foldConstant(NodeScope &scope);
mlir::LogicalResult foldShape(NodeScope &scope);
mlir::LogicalResult foldConstantOfShape(NodeScope &scope);
mlir::LogicalResult foldRange(NodeScope &scope);
mlir::LogicalResult foldCast(NodeScope &scope);
mlir::LogicalResult foldUnary(NodeScope &scope);
mlir::LogicalResult foldBinary(NodeScope &scope);
mlir::LogicalResult foldWhere(NodeScope &scope);
mlir::LogicalResult foldPredicate(NodeScope &scope);
mlir::LogicalResult foldVariadic(NodeScope &scope);
mlir::LogicalResult foldReduce(NodeScope &scope);
mlir::LogicalResult foldArgExtremum(NodeScope &scope);
mlir::LogicalResult foldCumSum(NodeScope &scope);
mlir::LogicalResult foldSplit(NodeScope &scope);
mlir::LogicalResult foldTile(NodeScope &scope);
mlir::LogicalResult foldTrilu(NodeScope &scope);
mlir::LogicalResult foldNonZero(NodeScope &scope);
mlir::LogicalResult foldGatherElements(NodeScope &scope);
mlir::LogicalResult foldGatherND(NodeScope &scope);
mlir::LogicalResult foldScatterND(NodeScope &scope);
mlir::LogicalResult foldGather(NodeScope &scope);
mlir::LogicalResult foldConcat(NodeScope &scope);
mlir::LogicalResult foldReshape(NodeScope &scope);
mlir::LogicalResult foldTranspose(NodeScope &scope);
mlir::LogicalResult foldSlice(NodeScope &scope);
mlir::LogicalResult foldExpand(NodeScope &scope);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXNODETABLE_H
