//===- OnnxFoldByRunning.cpp - constants by the reference -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a layer has constants only, its result is what the reference interpreter makes of it. So
// whatever can be imported can be folded.
//
//===----------------------------------------------------------------------===//

#include "OnnxImporter.h"

#include "tally/Run/Elementwise.h"
#include "tally/Run/Interpreter.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace tally::onnx {

/// A tensor in memory order as a constant.
static Literal makeLiteral(const Tensor &tensor) {
  SmallVector<int64_t> inverse = invertPermutationVector(getStorageOrder(tensor.rank()));
  Tensor logical = reference::transpose(tensor, {inverse.begin(), inverse.end()});
  const float *values = logical.data<float>();
  return Literal::ofFloats(Sizes(logical.shape().begin(), logical.shape().end()),
                           {values, values + logical.size()});
}

/// How many elements of folding `op` costs; nothing where that is beyond counting.
static std::optional<int64_t> countSteps(Operation &op) {
  constexpr int64_t kTermsPerElement = 64; // a layer's loops are fast
  int64_t steps = 0;
  for (Type type : op.getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    std::optional<int64_t> elements = tensor ? countElements(tensor.getShape()) : 0;
    if (!elements || llvm::AddOverflow(steps, *elements, steps))
      return std::nullopt;
  }
  auto layer = dyn_cast<ReductionOpInterface>(op);
  if (layer && llvm::MulOverflow(steps, layer.getNumTerms() / kTermsPerElement + 1, steps))
    return std::nullopt;
  return steps;
}

LogicalResult Importer::foldByRunning(NodeScope &scope, BuildFunction handler) {
  // In a module of its own, so that no parameter is left behind.
  OwningOpRef<ModuleOp> scratch = ModuleOp::create(fileLocation);
  llvm::SaveAndRestore savedModule(module, *scratch);
  llvm::SaveAndRestore savedZero(zeroPoint), savedShift(mulShift);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(scratch->getBody());
  auto body = func::FuncOp::create(builder, fileLocation, "main", builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(body.addEntryBlock());
  createOperandsOfTosa();
  if (mlir::failed(build(scope.node, handler)))
    return failure();
  SmallVector<std::pair<size_t, Value>> computed;
  for (const auto &[index, output] : llvm::enumerate(scope.node.outputs))
    if (auto it = values.find(output); it != values.end() && it->second.value)
      computed.emplace_back(index, it->second.value);
  if (computed.empty())
    return success();
  SmallVector<Value> results = llvm::to_vector(llvm::make_second_range(computed));
  func::ReturnOp::create(builder, fileLocation, results);
  body.setType(builder.getFunctionType({}, ValueRange(results).getTypes()));
  for (Operation &op : body.front())
    if (mlir::failed(scope.spendFolding(countSteps(op))))
      return failure();
  FailureOr<std::vector<Tensor>> tensors = interpret(body, {});
  if (mlir::failed(tensors))
    return failure();
  for (auto [result, tensor] : llvm::zip(computed, *tensors)) {
    Literal literal = makeLiteral(tensor);
    for (const std::string &input : scope.node.inputs)
      if (auto it = values.find(input);
          it != values.end() && it->second.literal &&
          (it->second.literal->codes || !it->second.literal->codesLostBy.empty()))
        literal.codesLostBy = scope.node.name;
    if (mlir::failed(scope.setConstant(std::move(literal), result.first)))
      return failure();
  }
  return success();
}

} // namespace tally::onnx
