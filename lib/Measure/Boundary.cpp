//===- Boundary.cpp - inputs and results as numbers -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Batch.h"
#include "tally/IR/ImageFacts.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Run/Interpreter.h"
#include "tally/Run/NetworkImages.h"
#include "tally/Support/Text.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally {

FailureOr<Boundary> Boundary::of(ModuleOp module) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return failure();
  if (entry->getNumArguments() == 0 || entry->getNumResults() == 0)
    return entry->emitError() << "requires inputs and results to be evaluated, but has "
                              << entry->getNumArguments() << " and " << entry->getNumResults();
  Boundary boundary;
  auto read = [&](TypeRange types, std::vector<Value> &values) -> LogicalResult {
    for (auto [index, type] : llvm::enumerate(types)) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || !tensor.hasStaticShape() || tensor.getRank() < 1 ||
          tensor.getNumElements() == 0 || !getTensorElementType(tensor)) {
        bool isInput = &values == &boundary.inputs;
        return entry->emitError() << "cannot be evaluated on " << (isInput ? "input '" : "output '")
                                  << (isInput ? getInputName(*entry, index)
                                              : getOutputName(*entry, index))
                                  << "' of type " << type;
      }
      if (!isa<UniformQuantizedType, Float32Type>(tensor.getElementType()))
        return entry->emitError() << "requires f32 or quantized inputs and results, but has "
                                  << type;
      values.push_back({tensor.getShape().vec(), type});
    }
    return success();
  };
  if (failed(read(entry->getArgumentTypes(), boundary.inputs)) ||
      failed(read(entry->getResultTypes(), boundary.results)))
    return failure();
  for (auto [index, input] : llvm::enumerate(boundary.inputs))
    if (input.shape[0] != boundary.batch())
      return entry->emitError() << "takes " << counted(boundary.batch(), "image") << " by input '"
                                << getInputName(*entry, 0) << "', but " << input.shape[0] << " by '"
                                << getInputName(*entry, index) << "'";
  for (auto [index, result] : llvm::enumerate(boundary.results))
    if (result.shape[0] != boundary.batch())
      return entry->emitError() << "takes " << counted(boundary.batch(), "image")
                                << ", but output '" << getOutputName(*entry, index) << "' has "
                                << counted(result.shape[0], "row")
                                << "; hint: return a row for each image";
  return boundary;
}

/// Whether `op` only counts the rows of `batch` images otherwise: each still has rows of its own.
static bool splitsRows(Operation &op, int64_t batch) {
  auto reshape = dyn_cast<tosa::ReshapeOp>(op);
  auto hasRows = [&](mlir::Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    return type.getRank() > 0 && type.getDimSize(0) % batch == 0;
  };
  return reshape && hasRows(reshape.getInput1()) && hasRows(reshape.getOutput());
}

/// Of values that depend on several images at once, the operation that makes them so.
static llvm::DenseMap<mlir::Value, Operation *> findMixtures(func::FuncOp entry, int64_t batch) {
  llvm::DenseMap<mlir::Value, Operation *> mixtures;
  llvm::DenseSet<mlir::Value> carriers(entry.getArguments().begin(), entry.getArguments().end());
  for (Operation &op : entry.front().without_terminator()) {
    auto carries = [&](unsigned index) { return carriers.contains(op.getOperand(index)); };
    if (llvm::none_of(llvm::seq(op.getNumOperands()), carries))
      continue;
    bool apart =
        !isa<NetworkOpInterface>(op) || keepsBatchesApart(&op, carries) || splitsRows(op, batch);
    Operation *mixes = apart ? nullptr : &op;
    for (mlir::Value operand : op.getOperands())
      if (Operation *before = mixtures.lookup(operand))
        mixes = before;
    for (mlir::Value result : op.getResults()) {
      carriers.insert(result);
      if (mixes)
        mixtures[result] = mixes;
    }
  }
  return mixtures;
}

void remarkBoundary(func::FuncOp entry) {
  for (BlockArgument input : entry.getArguments())
    if (input.use_empty())
      entry->emitRemark() << "input '" << getInputName(entry, input.getArgNumber())
                          << "' is not used by any output; it stays an input, to which data go";
  auto first = entry.getNumArguments() > 0 ? dyn_cast<RankedTensorType>(entry.getArgumentTypes()[0])
                                           : RankedTensorType();
  if (!first || first.getRank() == 0)
    return;
  int64_t batch = first.getDimSize(0);
  auto mixtures = findMixtures(entry, batch);
  for (auto [index, result] : llvm::enumerate(entry.front().getTerminator()->getOperands())) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type)
      continue;
    std::string name = getOutputName(entry, index);
    if (type.getRank() == 0 || type.getDimSize(0) != batch) {
      InFlightDiagnostic warning = entry->emitWarning();
      warning << "output '" << name << "' has no row for each image that goes in, but ";
      if (type.getRank() == 0)
        warning << "no dimensions";
      else
        warning << type.getDimSize(0) << " rows";
      warning << ", so eval cannot tell what belongs to which image; hint: ";
      if (getConstantElements(result))
        warning << "it is a constant, leave it out of the outputs";
      else
        warning << "keep the leading dimension of the input, or import with the batch it needs";
    } else if (Operation *mixes = mixtures.lookup(result); mixes && batch > 1) {
      entry->emitWarning() << "output '" << name << "' may mix the " << batch
                           << " images of a batch, as node '" << getLayerName(mixes)
                           << "' does not keep them apart; hint: import with --batch 1";
    }
  }
}

std::vector<Shape> Boundary::inputShapes() const {
  std::vector<Shape> shapes;
  for (const Value &input : inputs)
    shapes.push_back(input.shape);
  return shapes;
}

std::vector<Shape> Boundary::resultShapes() const {
  std::vector<Shape> shapes;
  for (const Value &result : results)
    shapes.push_back(result.shape);
  return shapes;
}

std::vector<Tensor> Boundary::encode(ArrayRef<Tensor> images) const {
  std::vector<Tensor> encoded;
  for (auto [input, tensor] : llvm::zip(inputs, images)) {
    Shape shape = input.shape;
    shape[0] = (tensor.dim(0) + batch() - 1) / batch() * batch();
    Tensor whole = tensor;
    if (shape[0] != tensor.dim(0)) {
      whole = Tensor(ElementType::F32, shape);
      std::copy_n(tensor.data<float>(), tensor.size(), whole.data<float>());
    }
    encoded.push_back(encodeImages(whole.reshaped(shape), input.type));
  }
  return encoded;
}

std::vector<Tensor> Boundary::decode(ArrayRef<Tensor> tensors) const {
  std::vector<Tensor> decoded;
  for (auto [value, tensor] : llvm::zip(results, tensors)) {
    auto uniform = dyn_cast<UniformQuantizedType>(getElementTypeOrSelf(value.type));
    if (!uniform) {
      decoded.push_back(tensor);
      continue;
    }
    const Tensor &codes = tensor;
    Tensor real(ElementType::F32, codes.shape());
    double zero = double(uniform.getZeroPoint()), scale = uniform.getScale();
    dispatch(codes.type(), [&](auto tag) {
      const auto *from = codes.data<decltype(tag)>();
      float *to = real.data<float>();
      for (int64_t i = 0, e = codes.size(); i < e; ++i)
        to[i] = float((double(from[i]) - zero) * scale);
    });
    decoded.push_back(std::move(real));
  }
  return decoded;
}

} // namespace tally
