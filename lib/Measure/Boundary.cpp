//===- Boundary.cpp - inputs and results as numbers -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Network.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Run/Interpreter.h"
#include "tally/Run/NetworkImages.h"
#include "tally/Support/Text.h"

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
  auto read = [&](TypeRange types, std::vector<Value> &values) -> LogicalResult {
    for (Type type : types) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || !tensor.hasStaticShape() || tensor.getRank() < 1 ||
          tensor.getNumElements() == 0 || !getTensorElementType(tensor))
        return entry->emitError() << "cannot be evaluated on a value of type " << type;
      if (!isa<UniformQuantizedType, Float32Type>(tensor.getElementType()))
        return entry->emitError() << "requires f32 or quantized inputs and results, but has "
                                  << type;
      values.push_back({tensor.getShape().vec(), type});
    }
    return success();
  };
  Boundary boundary;
  if (failed(read(entry->getArgumentTypes(), boundary.inputs)) ||
      failed(read(entry->getResultTypes(), boundary.results)))
    return failure();
  for (const Value &input : boundary.inputs)
    if (input.shape[0] != boundary.batch())
      return entry->emitError() << "takes " << counted(boundary.batch(), "image")
                                << " by one input, but " << input.shape[0] << " by another";
  for (const Value &result : boundary.results)
    if (result.shape[0] != boundary.batch())
      return entry->emitError() << "takes " << counted(boundary.batch(), "image") << " but returns "
                                << counted(result.shape[0], "result");
  return boundary;
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
    dispatch(codes.type(), [&](auto tag) {
      const auto *from = codes.data<decltype(tag)>();
      float *to = real.data<float>();
      for (int64_t i = 0, e = codes.size(); i < e; ++i)
        to[i] = float((double(from[i]) - double(uniform.getZeroPoint())) * uniform.getScale());
    });
    decoded.push_back(std::move(real));
  }
  return decoded;
}

} // namespace tally
